import type { Request } from './outcome.ts';

/**
 * What feeds one place of a destination's output. `to` is `outcome`, a request (`requests[0]`), or a field of one
 * (`requests[0].body.json.name`, `….*` for keys that the event decides), requests being numbered by their place in the
 * definition. `from` lists event fields, `via` the converters in between.
 */
export interface LineageRow {
  to: string;
  from: readonly string[];
  via: readonly string[];
  /** Of an object that is passed on whole, the keys that are left out. */
  except?: readonly string[];
  /** Of an object that is passed on whole, the only keys that are not left out. */
  only?: readonly string[];
  /** Whether the event fails without it. */
  isRequired?: true;
  /** Whether it decides only that there is something in this place, and not what. */
  isCondition?: true;
  /** What stands there whatever the event says; it comes from the definition or the config. */
  value?: unknown;
  /** Whether it says something about a person, as opposed to a link to one. */
  describesPerson?: true;
  /** What stands there comes from the answer to an earlier step, under this name. */
  answer?: string;
}

/** Whether a row reads a field of an object that it reads whole, the event or its traits. */
export function passesOn({ from, except, only }: LineageRow, root: string, key: string): boolean {
  return from.includes(`${root}.*`) && (only?.includes(key) ?? except?.includes(key) !== true);
}

/** In a path: any key of an object, and any element of a list. */
export const ANY_KEY = Symbol('any key');
export const ANY_ELEMENT = Symbol('any element');

/** One step of the way to a place in a request. */
export type Step = string | number | typeof ANY_KEY | typeof ANY_ELEMENT;

/** A place of the output that is fed. */
export interface Fed {
  readonly row: LineageRow;
  /** The way to it within its request; none for the request itself. */
  readonly path: readonly Step[];
  /** Whether what feeds it becomes a part of a text there. */
  readonly isPart: boolean;
}

/** What came of an expression: a value, nothing, or nothing although the event has something for it. */
export type Came = 'value' | 'absent' | 'unconverted';

/** One evaluation of what feeds a place. */
export interface Evaluation extends Fed {
  readonly came: Came;
  readonly value: unknown;
  /** What it was evaluated for; absent where that request was not made after all. */
  readonly request?: Request;
}

/** What a destination tells of where values come from while it maps one event; it serves one event only. */
export class Trace {
  #evaluations: Evaluation[] = [];

  get evaluations(): readonly Evaluation[] {
    return this.#evaluations;
  }

  note(fed: Fed, came: Came, value?: unknown): void {
    this.#evaluations.push({ ...fed, came, value });
  }

  /**
   * Tells which requests were made of what has been noted.
   * @param start how many evaluations there were before
   */
  made(requests: readonly Request[], start: number): void {
    if (requests.length === 0) return;
    const feeding = this.#evaluations.slice(start);
    this.#evaluations = [
      ...this.#evaluations.slice(0, start),
      ...requests.flatMap((request) => feeding.map((evaluation) => ({ ...evaluation, request }))),
    ];
  }
}
