import { isRejecting } from '../core/definition.ts';
import { HIDDEN, redact } from '../core/redact.ts';
import type { Registry } from '../core/registry.ts';
import type { Log } from './log.ts';
import type { Counted, Metrics } from './metrics.ts';

/** Tells operators what became of pairs: it is counted always, and logged where everything is. */
export class Outcomes {
  readonly #registry: Registry;
  readonly #metrics: Metrics;
  readonly #log: Log;

  constructor(registry: Registry, metrics: Metrics, log: Log) {
    this.#registry = registry;
    this.#metrics = metrics;
    this.#log = log;
  }

  /**
   * @param name the name that the caller gives the destination
   * @param messageId the event's, if it has one
   */
  tell(name: string, outcome: Counted & { path?: string }, config: unknown, messageId: unknown): void {
    this.#metrics.outcome(name, outcome);
    if (!this.#log.isLevelEnabled('debug')) return;
    const { code, path } = outcome;
    const known = { destination: name, config: this.#redacted(name, config), messageId };
    this.#log.debug({ ...known, outcome: outcome.outcome, code, path }, 'outcome');
  }

  /** Tells of an outcome that a repetition could mend, where nothing is repeated. */
  tellUnretried(name: string, { code }: { code: string }): void {
    this.#metrics.unretried(name, code);
  }

  #redacted(name: string, config: unknown): unknown {
    const destination = this.#registry.get(name);
    return destination === undefined || isRejecting(destination) ? HIDDEN : redact(destination.config, config);
  }
}
