import type { MapInput, IndexedRequest } from '../core/definition.ts';
import type { JsonObject } from '../core/json.ts';

/** What expressions read while one event is mapped. */
export interface Scope extends Readonly<MapInput> {
  /** The group id at hand, if any. */
  readonly groupId: string | undefined;
  /** Results of `.once()` and the items of lists, at places given out by the binding. */
  readonly slots: unknown[];
}

export type Read = (scope: Scope) => unknown;

/** Writes fields into an object. */
export type Fill = (scope: Scope, object: JsonObject) => void;

/** Takes requests. */
export interface Sink {
  push: (request: IndexedRequest) => void;
}

/** Builds requests for one event, handing them on. */
export type Emit = (scope: Scope, out: Sink) => void;

/** Stands in a slot until something is put there. */
export const NOT_EVALUATED = Symbol('not evaluated');

/** Fresh slots for one event. */
export function freshSlots(count: number): unknown[] {
  return new Array<unknown>(count).fill(NOT_EVALUATED);
}
