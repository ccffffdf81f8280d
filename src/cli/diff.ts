import _ from 'lodash';

import { describe } from '../core/describe.ts';
import type { Registry } from '../core/registry.ts';
import { type Target, Transformer } from '../core/transform.ts';
import { list } from '../http/settings.ts';
import { foldersIn, loadRegistry } from '../loader/load.ts';
import { loadPolicies } from '../loader/policies.ts';
import { findingsOf } from '../verify/report/compare.ts';
import { type Other, withOther } from '../verify/report/other.ts';
import type { Answered, HttpService } from '../verify/report/service.ts';
import { veil, type Veiled } from '../verify/report/stand-ins.ts';
import { Tally } from '../verify/report/tally.ts';
import { bindTargets, type EventMapper, type IncomingEvent } from '../wire/native/pairs.ts';
import { handOver, toResults } from '../wire/native/results.ts';
import { placesOf, type Read, readEvents } from './events.ts';
import { interruption } from './interruption.ts';
import { watch, type Watched } from './progress.ts';
import { check, type Choice, chooseTargets } from './targets.ts';
import { UsageError } from './usage.ts';

/** The maximum number of results of one call, and of calls in progress. */
const MAX_RESULTS = 500;
const MAX_CALLS = 4;

export interface DiffOptions extends Choice {
  /** A git revision, or the URL of a running service. */
  against: string;
  /** The current time for destinations; defaults to the start of the command. */
  now?: Date;
}

/**
 * Prints what another build makes of events, compared with this one, by kinds of differences. Ends with status 1 if
 * there are any.
 * @throws {UsageError} if the builds cannot be compared
 */
export async function diff(files: readonly string[], options: DiffOptions): Promise<void> {
  const registry = await loadRegistry(foldersIn(process.env.DESTINATIONS_PATH ?? ''));
  const targets = await chooseTargets(options);
  for (const target of targets) warnOf(target, registry);
  const { POLICIES, API_TOKENS } = process.env;
  const policies = await loadPolicies(POLICIES);
  const transformer = new Transformer({ registry, policies });
  const signal = interruption();
  const [token] = list.parse(API_TOKENS ?? '');
  const { against, now = new Date() } = options;
  const other = { against, folder: process.cwd(), signal, env: { POLICIES }, token };
  try {
    const tally = await withOther(other, async (side) => {
      const comparison = await Comparison.begin({ side, registry, transformer, targets, now });
      await Promise.race([comparison.run(files), whenAborted(signal)]);
      return comparison.tally;
    });
    console.log(tally.render());
    process.exitCode = tally.isDifferent ? 1 : 0;
  } catch (error) {
    if (signal.aborted) {
      console.error('interrupted');
      // The input may still be open.
      process.exit(2);
    }
    throw error instanceof UsageError ? error : new UsageError((error as Error).message, { cause: error });
  }
}

/** An upgrade may make a config invalid, which is a difference to report. */
function warnOf(target: Target, registry: Registry): void {
  try {
    check(target, registry);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`warning: ${error.message}`);
  }
}

const whenAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('interrupted'));
    });
  });

interface ComparisonOptions {
  side: Other;
  registry: Registry;
  transformer: Transformer;
  targets: readonly Target[];
  now: Date;
}

/** An event to compare, and where it comes from. */
interface Compared {
  incoming: IncomingEvent;
  place: string;
}

/** One run over all events, with both builds. */
class Comparison {
  readonly tally: Tally;
  readonly #service: HttpService;
  readonly #veiled: readonly Veiled[];
  readonly #mapEvent: EventMapper;
  readonly #now: Date;
  readonly #calls: Promise<void>[] = [];
  #events = 0;
  #unread = 0;
  #bytes = 0;

  private constructor(tally: Tally, veiled: readonly Veiled[], { side, transformer, now }: ComparisonOptions) {
    this.tally = tally;
    this.#service = side.service;
    this.#veiled = veiled;
    this.#mapEvent = bindTargets(transformer, _.map(veiled, 'target'));
    this.#now = now;
  }

  /** Asks the other build what it knows of the destinations. */
  static async begin(options: ComparisonOptions): Promise<Comparison> {
    const { side, registry, targets } = options;
    const known = await Promise.all(
      targets.map(async (target) => {
        const destination = registry.get(target.name);
        const descriptions = [await side.service.describe(target.name), destination && describe(destination)] as const;
        const findings = findingsOf(...descriptions);
        return { id: target.id, findings, veiled: veil(target, destination, descriptions) };
      }),
    );
    const findings = new Map(known.map(({ id, findings: found }) => [id, found]));
    return new Comparison(new Tally({ against: side.title, findings }), _.map(known, 'veiled'), options);
  }

  /** Compares the results of all events. Memory does not depend on their number. */
  async run(files: readonly string[]): Promise<void> {
    const watched = await watch(files);
    const size = Math.max(1, Math.floor(MAX_RESULTS / this.#veiled.length));
    try {
      for await (const reads of readEvents(files, (bytes) => (this.#bytes += bytes))) {
        for (const some of _.chunk(
          reads.flatMap((read) => this.#comparedOf(read)),
          size,
        ))
          await this.#start(some);
        this.#show(watched);
      }
      await Promise.all(this.#calls);
    } finally {
      watched.progress?.end();
    }
    if (this.#unread > 0) {
      console.error(`${this.#unread.toLocaleString('en')} lines or events cannot be read, and are not compared`);
    }
  }

  /** What no build can read is not compared. */
  #comparedOf(read: Read): Compared[] {
    if ('unreadable' in read || read.incoming.rejected !== undefined) {
      this.#unread++;
      return [];
    }
    const { origin, incoming } = read;
    const number = `event ${String(++this.#events)}`;
    return [{ incoming, place: [...placesOf(origin), ...(origin.line === undefined ? [number] : [])].join(', ') }];
  }

  /** Starts a call, once there is room for one more. */
  async #start(events: readonly Compared[]): Promise<void> {
    if (this.#calls.length >= MAX_CALLS) await this.#calls.shift();
    const call = this.#compare(events, this.#calls.at(-1));
    // It is awaited later.
    call.catch(() => undefined);
    this.#calls.push(call);
  }

  /** @param before the call before, whose results are counted first, so that each run has the same examples */
  async #compare(events: readonly Compared[], before: Promise<void> | undefined): Promise<void> {
    const targets = _.map(this.#veiled, 'target');
    const theirs = this.#service.transform(_.map(events, 'incoming.payload'), targets, this.#now);
    const ours = events.flatMap(({ incoming }) => this.#resultsOf(incoming));
    const results = await theirs;
    await before;
    for (const [index, was] of results.entries()) {
      const [is, event] = [ours[index], events[Math.floor(index / targets.length)]];
      if (is === undefined || event === undefined) throw new Error('the service answers more than it was asked');
      this.tally.add(was, is, event.place, this.#veiled[is.destination]?.hasSecrets === true);
    }
  }

  #resultsOf(incoming: IncomingEvent): Answered[] {
    return toResults(this.#mapEvent(incoming, 0, { now: this.#now }), handOver(''));
  }

  #show({ progress, bytes }: Watched): void {
    progress?.show(this.#events, bytes && this.#bytes / bytes);
  }
}
