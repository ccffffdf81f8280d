import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WarningCode } from '../contract/codes.ts';
import type { Delivery } from '../contract/delivery.ts';
import { Counter, Gauge, Histogram, Registry as MetricRegistry } from 'prom-client';
import { isRejecting, type Destination } from '../core/definition.ts';
import { namesOf, type Registry } from '../core/registry.ts';
import { shedReasons, type Load } from './load.ts';

/** What became of an (event, destination) pair, as far as it is counted; only what is not sent has a code. */
export interface Counted {
  outcome: 'send' | 'drop' | 'fail' | 'ask';
  code?: string;
}

/** Counts of one destination since they were collected last: of outcomes, by outcome and code, and of warnings. */
interface Cells {
  outcomes: Map<string, Counted & { count: number }>;
  warnings: Map<WarningCode, number>;
}

/** The label of all that is no destination, or no route that is measured. */
const OTHER = 'other';

/** The routes that transform. */
const ROUTES = ['/transform', '/v0/destinations/:type', '/routerTransform', '/batch'];

/** From an answer that takes no work to one that waits for vendors as long as it may. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/** What Prometheus is told. Labels are bounded; most series are there once they have counted something. */
export class Metrics {
  readonly registry = new MetricRegistry();
  readonly #registers = [this.registry];
  /** Counts since they were collected last, by every spelling of a destination's names that callers commonly use. */
  readonly #cells = new Map<string, Cells>();
  readonly #others: Cells = { outcomes: new Map(), warnings: new Map() };
  readonly #registry: Registry;
  readonly #unretried = new Counter({
    name: 'transformer_unretried_total',
    help: 'Outcomes that a repetition could mend, at a stage of a pipeline that repeats nothing.',
    labelNames: ['destination', 'code'],
    registers: this.#registers,
  });
  readonly #deliveries = new Counter({
    name: 'transformer_deliveries_total',
    help: 'What came of results whose requests were made.',
    labelNames: ['outcome'],
    registers: this.#registers,
  });
  readonly #duration = new Histogram({
    name: 'transformer_duration_seconds',
    help: 'How long requests took, from their headers to the end of their answers.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers: this.#registers,
  });

  /** @param load what is told of the load; absent where nothing watches it */
  constructor(registry: Registry, load?: Load) {
    this.#registry = registry;
    const series = new Map([[OTHER, this.#others]]);
    for (const destination of registry.destinations) {
      const cells = seed(destination);
      series.set(destination.name, cells);
      for (const name of [...namesOf(destination), ...destination.aliases]) this.#cells.set(name, cells);
    }
    this.#countOutcomes(series);
    this.#countWarnings(series);
    for (const route of [...ROUTES, OTHER]) this.#duration.zero({ route });
    if (load !== undefined) this.#watch(load);
  }

  /** Counts what became of a pair, by the name that the caller gave the destination. */
  outcome(name: string, { outcome, code = '' }: Counted): void {
    const { outcomes } = this.#cellsOf(name);
    const key = outcome + code;
    const cell = outcomes.get(key);
    if (cell === undefined) outcomes.set(key, { outcome, code, count: 1 });
    else cell.count++;
  }

  /** Counts what a pair was warned of. */
  warnings(name: string, warnings: readonly { code: WarningCode }[]): void {
    if (warnings.length === 0) return;
    const { warnings: counts } = this.#cellsOf(name);
    for (const { code } of warnings) counts.set(code, (counts.get(code) ?? 0) + 1);
  }

  /** Counts an outcome that a repetition could mend, where nothing is repeated. */
  unretried(name: string, code: string): void {
    this.#unretried.inc({ destination: this.#registry.get(name)?.name ?? OTHER, code });
  }

  /** Counts what came of a delivery. */
  delivery(outcome: Delivery['outcome']): void {
    this.#deliveries.inc({ outcome });
  }

  /** Counts a request that has been answered. */
  request(route: string | undefined, seconds: number): void {
    this.#duration.observe({ route: route !== undefined && ROUTES.includes(route) ? route : OTHER }, seconds);
  }

  #cellsOf(name: string): Cells {
    const known = this.#cells.get(name);
    if (known !== undefined) return known;
    // Names are known in any case, so that to keep each spelling would be to let callers decide what is kept.
    const destination = this.#registry.get(name);
    return (destination && this.#cells.get(destination.name)) ?? this.#others;
  }

  #countOutcomes(series: ReadonlyMap<string, Cells>): void {
    new Counter({
      name: 'transformer_events_total',
      help: 'Outcomes of (event, destination) pairs.',
      labelNames: ['destination', 'outcome', 'code'],
      registers: this.#registers,
      // Counted by hand until then, which is many times cheaper for each pair.
      collect() {
        for (const [destination, { outcomes }] of series) {
          for (const cell of outcomes.values()) {
            this.inc({ destination, outcome: cell.outcome, code: cell.code ?? '' }, cell.count);
            cell.count = 0;
          }
        }
      },
    });
  }

  #countWarnings(series: ReadonlyMap<string, Cells>): void {
    new Counter({
      name: 'transformer_warnings_total',
      help: 'What of an event or of a config could not be used as it is, whatever came of the event.',
      labelNames: ['destination', 'code'],
      registers: this.#registers,
      collect() {
        for (const [destination, { warnings }] of series) {
          for (const [code, count] of warnings) this.inc({ destination, code }, count);
          warnings.clear();
        }
      },
    });
  }

  #watch(load: Load): void {
    new Gauge({
      name: 'transformer_inflight_bytes',
      help: 'Bytes of the bodies of all requests under way.',
      registers: this.#registers,
      collect() {
        this.set(load.inFlight);
      },
    });
    new Counter({
      name: 'transformer_shed_total',
      help: 'Requests that were answered 503 to protect those under way.',
      labelNames: ['reason'],
      registers: this.#registers,
      collect() {
        this.reset();
        for (const reason of shedReasons) this.inc({ reason }, load.refused[reason]);
      },
    });
  }
}

/** Those outcomes of a destination that are there before they happen, since an alert looks at how much they change. */
function seed(destination: Destination): Cells {
  const outcomes: Counted[] = isRejecting(destination)
    ? [{ outcome: 'drop', code: 'GROUP_NOT_SUPPORTED' }]
    : [{ outcome: 'send' }, { outcome: 'fail', code: 'MAPPER_ERROR' }];
  const counted = outcomes.map((one) => [one.outcome + (one.code ?? ''), { ...one, count: 0 }] as const);
  return { outcomes: new Map(counted), warnings: new Map() };
}

/** Makes of callers that come while one is being answered one call. */
export function shared<T>(call: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () =>
    // Requests that arrive together do so within a turn.
    (underWay ??= nextTurn()
      .then(call)
      .finally(() => {
        underWay = undefined;
      }));
}
