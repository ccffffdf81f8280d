import type { LineageRow } from '../contract/lineage.ts';
import type { Request } from '../contract/requests.ts';

/** Whether a row reads a field of an object that it reads whole, the event or its traits. */
export function passesOn({ from, except, only }: LineageRow, root: string, key: string): boolean {
  return from.includes(`${root}.*`) && (only?.includes(key) ?? except?.includes(key) !== true);
}

/** In a path: any key of an object, and any element of a list. */
export const ANY_KEY = Symbol('any key');
export const ANY_ELEMENT = Symbol('any element');

/** One step of the way to a place in a request. */
export type PathStep = string | number | typeof ANY_KEY | typeof ANY_ELEMENT;

/** A place of the output that is fed. */
export interface Fed {
  readonly row: LineageRow;
  /** The way to it within its request; none for the request itself. */
  readonly path: readonly PathStep[];
  /** Whether what feeds it becomes a part of a text there. */
  readonly isPart: boolean;
}

/** What an expression has yielded: a value, nothing, or nothing although the event has something for it. */
export type Evaluated = 'value' | 'absent' | 'unconverted';

/** One evaluation of what feeds a place. */
export interface Evaluation extends Fed {
  readonly status: Evaluated;
  readonly value: unknown;
  /** What it was evaluated for; absent where that request was not made after all. */
  readonly request?: Request;
}

/** What a destination tells of where values come from while it maps one event; it serves one event only. */
export class Trace {
  readonly #evaluations: Evaluation[] = [];

  get evaluations(): readonly Evaluation[] {
    return this.#evaluations;
  }

  note(fed: Fed, status: Evaluated, value?: unknown): void {
    this.#evaluations.push({ ...fed, status, value });
  }

  /**
   * Tells which requests were made of what has been noted.
   * @param start how many evaluations there were before
   */
  made(requests: readonly Request[], start: number): void {
    if (requests.length === 0) return;
    const feeding = this.#evaluations.splice(start);
    for (const request of requests) {
      for (const evaluation of feeding) this.#evaluations.push({ ...evaluation, request });
    }
  }
}
