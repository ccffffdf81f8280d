import type { IndexedRequest, MapInput } from '../core/definition.ts';
import type { JsonObject } from '../core/json.ts';

/** What expressions read while one event is mapped. */
export interface Scope extends Readonly<MapInput> {
  /** The current group id, if any. */
  readonly groupId: string | undefined;
  /** Results of `.once()` and list items, at places that the binding assigns. */
  readonly slots: unknown[];
}

export type Read = (scope: Scope) => unknown;

/** Writes fields into an object. */
export type Fill = (scope: Scope, object: JsonObject) => void;

/** Receives requests. */
export interface Sink {
  push: (request: IndexedRequest) => void;
}

/** Builds the requests for one event, and passes them on. */
export type Emit = (scope: Scope, out: Sink) => void;

/** The content of a slot before it gets a value. */
export const NOT_EVALUATED = Symbol('not evaluated');

/** Fresh slots for one event. */
export function freshSlots(count: number): unknown[] {
  return new Array<unknown>(count).fill(NOT_EVALUATED);
}
