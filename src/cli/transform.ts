import { pipeline } from 'node:stream/promises';

import type { Fail, Result } from '../contract/results.ts';
import { Transformer } from '../core/transform.ts';
import { foldersIn, loadRegistry } from '../loader/load.ts';
import { loadPolicies } from '../loader/policies.ts';
import { bindTargets, type EventMapper } from '../wire/native/pairs.ts';
import { leaveToService, toResults } from '../wire/native/results.ts';
import { columns } from './columns.ts';
import type { Courier } from './courier.ts';
import { type Read, readEvents } from './events.ts';
import { watch, type Watched } from './progress.ts';
import { type Choice, readTargets } from './targets.ts';
import { UsageError } from './usage.ts';

/** How many characters of results to collect before a write. */
const CHUNK_LENGTH = 65_536;

/** The maximum number of results in delivery or waiting for it, for all destinations together. */
const MAX_UNDER_WAY = 1_000;

export interface TransformOptions extends Choice {
  /** The current time for destinations; defaults to the system clock. */
  now?: Date;
  /** Whether to add where every field comes from. */
  explain?: true;
  /** Whether to end with status 1 if any outcome is `fail`. */
  fail?: true;
  /** Whether to send the requests to the vendors. */
  deliver?: true;
  /** The journal's file, which lets a run continue where an earlier one ended. */
  resume?: string;
}

/** Writes one line of JSON per event and destination to standard output, and a summary to standard error. */
export async function transform(files: readonly string[], options: TransformOptions): Promise<void> {
  const { deliver = false, resume } = options;
  if (resume !== undefined && !deliver) throw new UsageError('--resume requires --deliver');
  const registry = await loadRegistry(foldersIn(process.env.DESTINATIONS_PATH ?? ''));
  const targets = await readTargets(options, registry);
  const transformer = new Transformer({
    registry,
    policies: await loadPolicies(process.env.POLICIES),
    onMapperError: (error, destination) => {
      console.error(destination, error);
    },
  });
  // Results on the same terminal show the progress themselves, unless they are slow.
  const watched = process.stdout.isTTY && !deliver ? {} : await watch(files);
  const run = new Run(bindTargets(transformer, targets), options, watched);
  const input = readEvents(files, (bytes) => (run.bytes += bytes));
  if (deliver) {
    const { openCourier } = await import('./courier.ts');
    const courier = await openCourier(registry, resume);
    // If the process ends early, its status is 1.
    process.exitCode = 1;
    const isWritten = await write(run, run.deliver(input, courier)).finally(() => courier.close());
    process.exitCode = isWritten && !run.hasUndelivered ? 0 : 1;
  } else if ((await write(run, run.answer(input))) && options.fail === true && run.hasFailures) {
    process.exitCode = 1;
  }
}

/** @returns whether the reader read everything */
async function write(run: Run, answer: AsyncGenerator<string>): Promise<boolean> {
  try {
    await pipeline(answer, process.stdout, { end: false });
  } catch (error) {
    // The reader closed the pipe.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return false;
    throw error;
  } finally {
    run.watched.progress?.end();
  }
  process.stderr.write(run.summary());
  return true;
}

/** The result of an event, or of a line that can't be read. */
type Mapped = Result | (Fail & { destinationId?: never });

/** One run over all events: its results and its counts. */
class Run {
  readonly watched: Watched;
  /** The number of bytes read so far. */
  bytes = 0;
  readonly #mapEvent: EventMapper;
  readonly #options: Pick<TransformOptions, 'now' | 'explain'>;
  readonly #counts = new Map<string, number>();
  #events = 0;
  #results = 0;
  /** The number of results in delivery. */
  #underWay = 0;

  constructor(mapEvent: EventMapper, options: Pick<TransformOptions, 'now' | 'explain'>, watched: Watched) {
    this.watched = watched;
    this.#mapEvent = mapEvent;
    this.#options = options;
  }

  get hasFailures(): boolean {
    return this.#hasCounted('fail');
  }

  /** Whether a result that should have reached its vendor didn't. */
  get hasUndelivered(): boolean {
    return this.#hasCounted('fail', 'refused', 'retry');
  }

  /** The lines of the answer, several per chunk, as fast as the reader takes them. */
  async *answer(input: AsyncIterable<Read[]>): AsyncGenerator<string> {
    for await (const reads of input) {
      let text = '';
      for (const read of reads) {
        for (const result of this.#map(read)) {
          this.#countMapped(result);
          text += `${JSON.stringify({ ...read.origin, ...result })}\n`;
        }
        if (text.length < CHUNK_LENGTH) continue;
        yield text;
        text = '';
        this.#show();
      }
      if (text !== '') yield text;
      this.#show();
    }
  }

  /** The same with the outcomes of deliveries, as they become known. */
  async *deliver(input: AsyncIterable<Read[]>, courier: Courier): AsyncGenerator<string> {
    const underWay = new Set<Promise<void>>();
    let text = '';
    const take = () => {
      this.#underWay = underWay.size;
      this.#show();
      if (text !== '' && process.stdout.isTTY) this.watched.progress?.end();
      const taken = text;
      text = '';
      return taken;
    };
    for await (const reads of input) {
      for (const { read, result } of this.#mapAll(reads)) {
        const task = this.#deliver(read, result, courier).then((line) => {
          text += line;
          underWay.delete(task);
        });
        // The race below rethrows the error.
        task.catch(() => undefined);
        underWay.add(task);
        if (underWay.size < MAX_UNDER_WAY) continue;
        await Promise.race(underWay);
        yield take();
      }
    }
    for (; underWay.size > 0; yield take()) await Promise.race(underWay);
    yield take();
  }

  /** @throws {Error} at once, if the journal belongs to other events */
  #deliver(read: Read, result: Mapped, courier: Courier): Promise<string> {
    if (result.outcome !== 'send' || 'unreadable' in read) {
      this.#countMapped(result);
      return Promise.resolve(`${JSON.stringify({ ...read.origin, ...result })}\n`);
    }
    return courier.deliver({ ...result, payload: read.incoming.payload }).then((delivery) => {
      if (delivery === 'before') {
        this.#count(result.destinationId, 'delivered', 'before');
        return '';
      }
      const { outcome, status } = delivery;
      this.#count(result.destinationId, outcome, outcome === 'delivered' ? '' : status);
      return `${JSON.stringify({ ...read.origin, ...result, delivery })}\n`;
    });
  }

  *#mapAll(reads: readonly Read[]) {
    for (const read of reads) for (const result of this.#map(read)) yield { read, result };
  }

  #map(read: Read): Mapped[] {
    if ('unreadable' in read) return [read.unreadable];
    const event = this.#events++;
    const { now = new Date(), explain = false } = this.#options;
    const results = toResults(this.#mapEvent(read.incoming, 0, { now, explain }), leaveToService);
    return results.map((result) => ({ ...result, event }));
  }

  #count(destination: string, outcome: string, why: string | number = ''): void {
    this.#results++;
    const key = [destination, outcome, why].join('\t');
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  #countMapped(result: Mapped): void {
    this.#count(result.destinationId ?? '', result.outcome, 'code' in result ? result.code : '');
  }

  #hasCounted(...outcomes: string[]): boolean {
    return [...this.#counts.keys()].some((key) => outcomes.includes(key.split('\t')[1] ?? ''));
  }

  #show(): void {
    const { progress, bytes } = this.watched;
    // All that was read is done, except what is in progress.
    const done = this.#results / (this.#results + this.#underWay || 1);
    progress?.show(Math.floor(done * this.#events), bytes && (done * this.bytes) / bytes);
  }

  /** The number of results of each kind. */
  summary(): string {
    const rows = [...this.#counts].sort().map(([key, count]) => [...key.split('\t'), count.toLocaleString('en')]);
    const [events, results] = [this.#events, this.#results].map((count) => count.toLocaleString('en'));
    return `${columns(rows)}${events ?? ''} events, ${results ?? ''} results\n`;
  }
}
