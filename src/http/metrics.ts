import { totalmem } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { Counter, Gauge, Histogram, Registry as MetricRegistry } from 'prom-client';

import type { WarningCode } from '../contract/codes.ts';
import type { Delivery } from '../contract/delivery.ts';
import { namesOf, type Registry } from '../core/registry.ts';
import type { Captured } from './capture.ts';
import { type Load, shedReasons } from './load.ts';

/** How the answer of the upstream and that of this service compare. */
export type ShadowResult = 'equal' | 'different' | 'skipped' | 'dropped' | 'failed';

/**
 * The outcome of a pair of event and destination, as far as it is counted. Only pairs that are not sent have a code.
 */
export interface Counted {
  outcome: 'send' | 'drop' | 'fail' | 'ask';
  code?: string;
}

/** Counts of one destination since the last collection: outcomes, by outcome and code, and warnings. */
interface Cells {
  outcomes: Map<string, Counted & { count: number }>;
  warnings: Map<WarningCode, number>;
}

/** The label of everything that is not a destination, or not a measured route. */
const OTHER = 'other';

/** The routes that transform. */
const ROUTES = ['/transform', '/v0/destinations/:type', '/routerTransform', '/batch'];

/** From an answer without any work to one that waits for vendors as long as possible. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/** How many durations are observed together: one between two requests takes several times as long as one of many. */
const OBSERVED_TOGETHER = 500;

export interface MetricsOptions {
  registry: Registry;
  /** The version of the service. */
  version: string;
  /** The load to report; absent if nothing measures it. */
  load?: Load | undefined;
}

/** The metrics for Prometheus. Labels are bounded. A series appears when it first counts something. */
export class Metrics {
  readonly registry = new MetricRegistry();
  readonly #registers = [this.registry];
  /** Counts since the last collection, by every common spelling of a destination's names. */
  readonly #cells = new Map<string, Cells>();
  readonly #others: Cells = { outcomes: new Map(), warnings: new Map() };
  readonly #registry: Registry;
  readonly #unretried = new Counter({
    name: 'transformer_unretried_total',
    help: 'Outcomes that a retry could improve, on a route whose pipeline does not retry.',
    labelNames: ['destination', 'code'],
    registers: this.#registers,
  });
  readonly #deliveries = new Counter({
    name: 'transformer_deliveries_total',
    help: 'Outcomes of deliveries.',
    labelNames: ['outcome'],
    registers: this.#registers,
  });
  readonly #shadows = new Counter({
    name: 'transformer_shadow_total',
    help: 'Events that the upstream has answered, by how the answer compares with that of this service.',
    labelNames: ['destination', 'result'],
    registers: this.#registers,
  });
  readonly #captured = new Counter({
    name: 'transformer_captured_total',
    help: 'Events of the sample for CAPTURE_PATH, by what became of them.',
    labelNames: ['result'],
    registers: this.#registers,
  });
  /** The durations of requests that the histogram does not have yet. */
  readonly #waiting: { route: string; seconds: number }[] = [];
  readonly #duration = new Histogram({
    name: 'transformer_duration_seconds',
    help: 'Duration of requests, from their headers to the end of their answers.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers: this.#registers,
    collect: () => {
      this.#observeWaiting();
    },
  });

  constructor({ registry, version, load }: MetricsOptions) {
    this.#registry = registry;
    const series = new Map([[OTHER, this.#others]]);
    for (const destination of registry.destinations) {
      const cells: Cells = { outcomes: new Map(), warnings: new Map() };
      series.set(destination.name, cells);
      for (const name of [...namesOf(destination), ...destination.aliases]) this.#cells.set(name, cells);
    }
    this.#countOutcomes(series);
    this.#countWarnings(series);
    this.#describeBuild(version);
    if (load !== undefined) this.#watch(load);
  }

  /** Counts the outcome of a pair, by the caller's name of the destination. */
  outcome(name: string, { outcome, code = '' }: Counted): void {
    const { outcomes } = this.#cellsOf(name);
    const key = outcome + code;
    const cell = outcomes.get(key);
    if (cell === undefined) outcomes.set(key, { outcome, code, count: 1 });
    else cell.count++;
  }

  /** Counts the warnings of a pair. */
  warnings(name: string, warnings: readonly { code: WarningCode }[]): void {
    if (warnings.length === 0) return;
    const { warnings: counts } = this.#cellsOf(name);
    for (const { code } of warnings) counts.set(code, (counts.get(code) ?? 0) + 1);
  }

  /** Counts an outcome that a retry could improve, where nothing is retried. */
  unretried(name: string, code: string): void {
    this.#unretried.inc({ destination: this.#registry.get(name)?.name ?? OTHER, code });
  }

  /**
   * Counts events that the upstream has answered.
   * @param name the caller's name of the destination, if it is known
   */
  shadow(name: string | undefined, result: ShadowResult, count = 1): void {
    const destination = name === undefined ? undefined : this.#registry.get(name);
    this.#shadows.inc({ destination: destination?.name ?? OTHER, result }, count);
  }

  /** Counts a delivery. */
  delivery(outcome: Delivery['outcome']): void {
    this.#deliveries.inc({ outcome });
  }

  /** Counts events of the sample that is captured. */
  captured(result: Captured, count: number): void {
    if (count > 0) this.#captured.inc({ result }, count);
  }

  /** Counts an answered request. */
  request(route: string | undefined, seconds: number): void {
    this.#waiting.push({ route: route !== undefined && ROUTES.includes(route) ? route : OTHER, seconds });
    if (this.#waiting.length >= OBSERVED_TOGETHER) this.#observeWaiting();
  }

  #observeWaiting(): void {
    for (const { route, seconds } of this.#waiting) this.#duration.observe({ route }, seconds);
    this.#waiting.length = 0;
  }

  #cellsOf(name: string): Cells {
    const known = this.#cells.get(name);
    if (known !== undefined) return known;
    // Names match in any case. Keeping each spelling would let callers decide how much is kept.
    const destination = this.#registry.get(name);
    return (destination && this.#cells.get(destination.name)) ?? this.#others;
  }

  #countOutcomes(series: ReadonlyMap<string, Cells>): void {
    new Counter({
      name: 'transformer_events_total',
      help: 'Outcomes of pairs of event and destination.',
      labelNames: ['destination', 'outcome', 'code'],
      registers: this.#registers,
      // Counted by hand until collection, which is much cheaper for each pair.
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
      help: 'Parts of events and configs that could not be used, whatever the outcome.',
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

  #describeBuild(version: string): void {
    new Gauge({
      name: 'transformer_build_info',
      help: 'Always 1; its label is the version of the service.',
      labelNames: ['version'],
      registers: this.#registers,
      // Of several processes, all have the same.
      aggregator: 'max',
    }).set({ version }, 1);
    new Gauge({
      name: 'transformer_memory_limit_bytes',
      help: 'Memory that the service may use: the limit of its container, else all of the machine.',
      registers: this.#registers,
      aggregator: 'max',
    }).set(Math.min(process.constrainedMemory() || Infinity, totalmem()));
  }

  #watch(load: Load): void {
    new Gauge({
      name: 'transformer_inflight_limit_bytes',
      help: 'The most that the bodies of all requests under way may have together.',
      registers: this.#registers,
    }).set(load.inFlightLimit);
    new Gauge({
      name: 'transformer_inflight_bytes',
      help: 'Bytes of the bodies of all requests in progress.',
      registers: this.#registers,
      collect() {
        this.set(load.inFlight);
      },
    });
    new Counter({
      name: 'transformer_shed_total',
      help: 'Requests that were shed with a 503.',
      labelNames: ['reason'],
      registers: this.#registers,
      collect() {
        this.reset();
        for (const reason of shedReasons) this.inc({ reason }, load.refused[reason]);
      },
    });
  }
}

/** Merges callers that arrive while another one is being answered into one call. */
export function shared<T>(call: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () =>
    // Requests that arrive together do so within one turn of the event loop.
    (underWay ??= nextTurn()
      .then(call)
      .finally(() => {
        underWay = undefined;
      }));
}
