import _ from 'lodash';

import type { Warning } from '../contract/results.ts';
import { isRejecting } from '../core/definition.ts';
import { redact } from '../core/redact.ts';
import type { Registry } from '../core/registry.ts';
import { HIDDEN } from '../core/secrets.ts';
import type { Target } from '../core/transform.ts';
import type { Log } from './log.ts';
import type { Counted, Metrics } from './metrics.ts';

/** The part of a result that identifies its pair. */
interface PairPosition {
  destination: number;
  messageId?: string;
  warnings?: readonly Warning[];
}

/** The recorded part of a result. */
interface Recorded extends Counted {
  path?: string;
  message?: string;
}

/** The maximum number of characters of a text or a config in a log line, and of warnings. */
const MOST = { text: 300, config: 10_000, warnings: 10 };

const cut = (text: unknown) => (typeof text === 'string' ? _.truncate(text, { length: MOST.text }) : undefined);

/** The value itself, or the start of its text if that is too long. */
function cutJson(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text !== undefined && text.length > MOST.config ? _.truncate(text, { length: MOST.config }) : value;
}

/** Records the outcomes of pairs for operators: in the metrics, and in the log at the level `debug`. */
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
   * @param name the caller's name of the destination
   * @param messageId the event's, if it has one
   */
  record(
    name: string,
    outcome: Recorded,
    warnings: readonly Warning[] | undefined,
    config: unknown,
    messageId: unknown,
  ): void {
    this.#metrics.outcome(name, outcome);
    if (warnings !== undefined) this.#metrics.warnings(name, warnings);
    if (!this.#log.isLevelEnabled('debug')) return;
    const known = { destination: cut(name), config: cutJson(this.#redacted(name, config)), messageId: cut(messageId) };
    const { code, path, message } = outcome;
    const became = { outcome: outcome.outcome, code, path: cut(path), message: cut(message) };
    // Paths and messages are already truncated.
    const told = warnings?.length ? warnings.slice(0, MOST.warnings) : undefined;
    this.#log.debug({ ...known, ...became, warnings: told }, 'outcome');
  }

  /** Records the results of pairs. @param targets the targets that the results' positions refer to */
  recordResults(targets: readonly Target[], results: readonly (Recorded & PairPosition)[]): void {
    for (const result of results) {
      const { name, config } = targets[result.destination] as Target;
      this.record(name, result, result.warnings, config, result.messageId);
    }
  }

  /** Counts an outcome that a retry could improve, on a route that does not retry. */
  recordUnretried(name: string, { code }: { code: string }): void {
    this.#metrics.unretried(name, code);
  }

  #redacted(name: string, config: unknown): unknown {
    const destination = this.#registry.get(name);
    return destination === undefined || isRejecting(destination) ? HIDDEN : redact(destination.config, config);
  }
}
