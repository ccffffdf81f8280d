import _ from 'lodash';
import { isRejecting } from '../core/definition.ts';
import { redact } from '../core/redact.ts';
import type { Registry } from '../core/registry.ts';
import { HIDDEN } from '../core/secrets.ts';
import type { Target } from '../core/transform.ts';
import type { Log } from './log.ts';
import type { Counted, Metrics } from './metrics.ts';

/** What of a result says which pair it is of. */
interface PairPosition {
  destination: number;
  messageId?: string;
}

/** The most characters of a text, and of a configuration, that a line of the log has. */
const MOST = { text: 300, config: 10_000 };

const cut = (text: unknown) => (typeof text === 'string' ? _.truncate(text, { length: MOST.text }) : undefined);

/** The value itself, or the start of its text if that is too long. */
function cutJson(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text !== undefined && text.length > MOST.config ? _.truncate(text, { length: MOST.config }) : value;
}

/** Records what became of pairs for operators: in the metrics, and in the log where its level is `debug`. */
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
  record(name: string, outcome: Counted & { path?: string }, config: unknown, messageId: unknown): void {
    this.#metrics.outcome(name, outcome);
    if (!this.#log.isLevelEnabled('debug')) return;
    const { code, path } = outcome;
    const known = { destination: cut(name), config: cutJson(this.#redacted(name, config)), messageId: cut(messageId) };
    this.#log.debug({ ...known, outcome: outcome.outcome, code, path: cut(path) }, 'outcome');
  }

  /** Records the results of pairs. @param targets those that the results' positions are of */
  recordResults(targets: readonly Target[], results: readonly (Counted & PairPosition)[]): void {
    for (const result of results) {
      const { name, config } = targets[result.destination] as Target;
      this.record(name, result, config, result.messageId);
    }
  }

  /** Counts an outcome that a retry could mend, at a stage that retries nothing. */
  recordUnretried(name: string, { code }: { code: string }): void {
    this.#metrics.unretried(name, code);
  }

  #redacted(name: string, config: unknown): unknown {
    const destination = this.#registry.get(name);
    return destination === undefined || isRejecting(destination) ? HIDDEN : redact(destination.config, config);
  }
}
