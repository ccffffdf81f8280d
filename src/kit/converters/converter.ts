import type { Json } from '../../core/json.ts';

/** Converts a JSON value into what a vendor's field accepts. The tests run the examples, and the docs show them. */
export interface Converter<out T> {
  readonly name: string;
  /** What it accepts, in a phrase. */
  readonly summary: string;
  /** Pairs of a value and its result; undefined if it cannot be converted. */
  readonly examples: readonly (readonly [value: Json, result: T | undefined])[];
  /** @returns the converted value, or undefined; never throws */
  convert(value: Json): T | undefined;
}
