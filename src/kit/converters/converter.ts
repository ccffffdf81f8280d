import type { Json } from '../../core/json.ts';

/**
 * Turns a JSON value into what a vendor's field takes.
 * The examples are executed by the tests and shown in the docs.
 */
export interface Converter<out T> {
  readonly name: string;
  /** What it yields and what it takes, in a phrase. */
  readonly summary: string;
  /** Pairs of a value and what becomes of it; undefined where it cannot be converted. */
  readonly examples: readonly (readonly [value: Json, result: T | undefined])[];
  /** @returns the converted value, or undefined; never throws */
  convert(value: Json): T | undefined;
}
