import type { Fail, Result } from '../contract/results.ts';
import { pipeline } from 'node:stream/promises';
import { leaveToService, toResults } from '../wire/native/results.ts';
import { Transformer } from '../core/transform.ts';
import { bindTargets, type EventMapper } from '../wire/native/pairs.ts';
import { foldersIn, loadRegistry } from '../loader/load.ts';
import { loadPolicies } from '../loader/policies.ts';
import { columns } from './columns.ts';
import { readEvents, type Read } from './events.ts';
import { Progress } from './progress.ts';
import { readTargets, type Choice } from './targets.ts';

/** How many characters of results to collect before a write. */
const CHUNK_LENGTH = 65_536;

export interface TransformOptions extends Choice {
  /** The current time for destinations; defaults to the system clock. */
  now?: Date;
  /** Whether to add where every field comes from. */
  explain?: true;
  /** Whether to end with status 1 if any outcome is `fail`. */
  fail?: true;
}

/** Writes one line of JSON per event and destination to standard output, and a summary to standard error. */
export async function transform(files: readonly string[], options: TransformOptions): Promise<void> {
  const registry = await loadRegistry(foldersIn(process.env.DESTINATIONS_PATH ?? ''));
  const targets = await readTargets(options, registry);
  const transformer = new Transformer({
    registry,
    policies: await loadPolicies(process.env.POLICIES),
    onMapperError: (error, destination) => {
      console.error(destination, error);
    },
  });
  // On a terminal, the results show the progress.
  const isWatched = process.stderr.isTTY && !process.stdout.isTTY;
  const progress = isWatched ? new Progress(process.stderr) : undefined;
  const run = new Run(bindTargets(transformer, targets), options, progress);
  try {
    await pipeline(run.answer(readEvents(files)), process.stdout, { end: false });
  } catch (error) {
    // The reader closed the pipe.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return;
    throw error;
  } finally {
    progress?.end();
  }
  process.stderr.write(run.summary());
  if (options.fail === true && run.hasFailures) process.exitCode = 1;
}

/** One run over all events: its results and its counts. */
class Run {
  readonly #mapEvent: EventMapper;
  readonly #options: Pick<TransformOptions, 'now' | 'explain'>;
  readonly #progress: Progress | undefined;
  readonly #counts = new Map<string, number>();
  #events = 0;
  #results = 0;

  constructor(
    mapEvent: EventMapper,
    options: Pick<TransformOptions, 'now' | 'explain'>,
    progress: Progress | undefined,
  ) {
    this.#mapEvent = mapEvent;
    this.#options = options;
    this.#progress = progress;
  }

  get hasFailures(): boolean {
    return [...this.#counts.keys()].some((key) => key.split('\t')[1] === 'fail');
  }

  /** The lines of the answer, several per chunk, as fast as the reader takes them. */
  async *answer(input: AsyncIterable<Read[]>): AsyncGenerator<string> {
    for await (const reads of input) {
      let text = '';
      for (const read of reads) {
        for (const result of this.#map(read)) text += `${JSON.stringify(result)}\n`;
        if (text.length < CHUNK_LENGTH) continue;
        yield text;
        text = '';
        this.#progress?.show(this.#events);
      }
      if (text !== '') yield text;
      this.#progress?.show(this.#events);
    }
  }

  #map(read: Read): object[] {
    if ('unreadable' in read) {
      this.#count('', read.unreadable);
      return [{ ...read.origin, ...read.unreadable }];
    }
    const event = this.#events++;
    const { now = new Date(), explain = false } = this.#options;
    return toResults(this.#mapEvent(read.incoming, 0, { now, explain }), leaveToService).map((result) => {
      this.#count(result.destinationId, result);
      return { ...read.origin, ...result, event };
    });
  }

  #count(destination: string, result: Fail | Result): void {
    this.#results++;
    const key = [destination, result.outcome, 'code' in result ? result.code : ''].join('\t');
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** The number of results of each kind. */
  summary(): string {
    const rows = [...this.#counts].sort().map(([key, count]) => [...key.split('\t'), count.toLocaleString('en')]);
    const [events, results] = [this.#events, this.#results].map((count) => count.toLocaleString('en'));
    return `${columns(rows)}${events ?? ''} events, ${results ?? ''} results\n`;
  }
}
