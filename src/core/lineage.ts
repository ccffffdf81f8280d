import type { LineageRow } from '../contract/lineage.ts';
import type { Request } from '../contract/requests.ts';
import { placesOf } from './event.ts';

/** Whether a row reads a field of an object that it reads whole, the event or its traits. */
export function passesOn({ from, except, only }: LineageRow, root: string, key: string): boolean {
  return from.includes(`${root}.*`) && (only?.includes(key) ?? except?.includes(key) !== true);
}

/** In a path: any key of an object, and any element of a list. */
export const ANY_KEY = Symbol('any key');
export const ANY_ELEMENT = Symbol('any element');

/** One step of the path to a place in a request. */
export type PathStep = string | number | typeof ANY_KEY | typeof ANY_ELEMENT;

/** A place of the output that the event or the config feeds. */
export interface Fed {
  readonly row: LineageRow;
  /** The path within its request; empty for the request itself. */
  readonly path: readonly PathStep[];
  /** Whether its value becomes a part of a text. */
  readonly isPart: boolean;
}

/** The result of an expression: a value, nothing, or nothing although the event has something for it. */
export type Evaluated = 'value' | 'absent' | 'unconverted';

/** What was read of the event: a source of lineage, or one field of the object that a source names. */
export interface Seen {
  readonly source: string;
  readonly key?: string;
}

/** One evaluation of what feeds a place. */
export interface Evaluation extends Fed {
  readonly status: Evaluated;
  readonly value: unknown;
  /** What was read for the value, without what could not be used. */
  readonly seen: readonly Seen[];
  /** The request that it was evaluated for. Absent if that request was not sent after all. */
  readonly request?: Request;
}

/** Records where values come from while one event is mapped. It serves one event only. */
export class Trace {
  readonly #evaluations: Evaluation[] = [];
  /** What was read for the values in slots. */
  readonly #held = new Map<number, readonly Seen[]>();
  #seen: Seen[] = [];

  get evaluations(): readonly Evaluation[] {
    return this.#evaluations;
  }

  note(fed: Fed, status: Evaluated, value?: unknown, seen: readonly Seen[] = []): void {
    this.#evaluations.push({ ...fed, status, value, seen });
  }

  /** The event has something here, and it is read. */
  saw(seen: Seen): void {
    this.#seen.push(seen);
  }

  /** The value in a slot is read, which includes what was read for it. */
  sawSlot(slot: number): void {
    for (const seen of this.#held.get(slot) ?? []) this.#seen.push(seen);
  }

  /** What was read at a place cannot be used. */
  unsee(path: string): void {
    this.#seen = this.#seen.filter(({ source, key }) => key !== undefined || !placesOf(source).includes(path));
  }

  /** Returns what is read meanwhile. It counts for the surrounding reads too. */
  watch<T>(work: () => T): { value: T; seen: readonly Seen[] } {
    const outer = this.#seen;
    this.#seen = [];
    try {
      const value = work();
      const seen = this.#seen;
      for (const one of seen) outer.push(one);
      return { value, seen };
    } finally {
      this.#seen = outer;
    }
  }

  /** The same for a value that goes into slots. */
  hold<T>(slots: readonly number[], work: () => T): T {
    const { value, seen } = this.watch(work);
    for (const slot of slots) this.#held.set(slot, seen);
    return value;
  }

  /**
   * Assigns the noted evaluations to their requests.
   * @param start the number of evaluations before
   */
  made(requests: readonly Request[], start: number): void {
    if (requests.length === 0) return;
    const feeding = this.#evaluations.splice(start);
    for (const request of requests) {
      for (const evaluation of feeding) this.#evaluations.push({ ...evaluation, request });
    }
  }
}
