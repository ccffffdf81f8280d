import type { LineageRow } from '../contract/lineage.ts';
import { placesOf } from './event.ts';
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

/** What has been read of the event: what a source of lineage names, or one field of the object that it names. */
export interface Seen {
  readonly source: string;
  readonly key?: string;
}

/** One evaluation of what feeds a place. */
export interface Evaluation extends Fed {
  readonly status: Evaluated;
  readonly value: unknown;
  /** What has been read for the value, but for what could not be used. */
  readonly seen: readonly Seen[];
  /** What it was evaluated for; absent where that request was not made after all. */
  readonly request?: Request;
}

/** What a destination tells of where values come from while it maps one event; it serves one event only. */
export class Trace {
  readonly #evaluations: Evaluation[] = [];
  /** What was read for the values that stand in slots. */
  readonly #held = new Map<number, readonly Seen[]>();
  #seen: Seen[] = [];

  get evaluations(): readonly Evaluation[] {
    return this.#evaluations;
  }

  note(fed: Fed, status: Evaluated, value?: unknown, seen: readonly Seen[] = []): void {
    this.#evaluations.push({ ...fed, status, value, seen });
  }

  /** Something of the event is there and is read. */
  saw(seen: Seen): void {
    this.#seen.push(seen);
  }

  /** What stands in a slot is read, and so is what was read for it. */
  sawSlot(slot: number): void {
    for (const seen of this.#held.get(slot) ?? []) this.#seen.push(seen);
  }

  /** What was read at a place cannot be used. */
  unsee(path: string): void {
    this.#seen = this.#seen.filter(({ source, key }) => key !== undefined || !placesOf(source).includes(path));
  }

  /** Tells what is read meanwhile; it counts for what is around, too. */
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
