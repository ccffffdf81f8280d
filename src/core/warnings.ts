import type { WarningCode } from '../contract/codes.ts';
import type { Warning } from '../contract/results.ts';
import { shorten, shortenMessage } from './limits.ts';

/** Reports a warning about the event. `path` is a place in it. */
export type Warn = (code: WarningCode, path: string, message: string) => void;

/** The warnings of one pair, each once: a list of group ids maps the same event several times. */
export class Warnings {
  readonly #limit: number;
  readonly #taken: Warning[] = [];
  // Messages name the field. Created with the first warning, since most pairs have none.
  #seen: Set<string> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  readonly warn: Warn = (code, path, message) => {
    const seen = (this.#seen ??= new Set());
    const { size } = seen;
    seen.add(message);
    if (seen.size === size || size >= this.#limit) return;
    this.#taken.push({ code, path: shorten(path), message: shortenMessage(message) });
  };

  /** The first warnings, and the number of others. */
  get all(): readonly Warning[] {
    const cut = (this.#seen?.size ?? 0) - this.#taken.length;
    if (cut === 0) return this.#taken;
    return [
      ...this.#taken,
      { code: 'WARNINGS_CUT', path: 'event', message: `${String(cut)} more warnings are left out` },
    ];
  }
}
