import type { FailCode } from '../contract/codes.ts';
import type { Fail } from '../contract/results.ts';
import { fail } from './outcome.ts';

/** The limits of one event. Exceeding them fails that event only. */
export const eventLimits = { bytes: 1_000_000, depth: 100, keyLength: 1_024 } as const;

/** The budget of one pair, whatever the event's size. Exceeding it fails that pair only. */
export const pairBudget = {
  /** The maximum number of group ids. */
  groups: 100,
  requests: 1_000,
  /**
   * The maximum size of all requests together: this many bytes for each byte of the event, and at least `outputBytes`.
   */
  outputFactor: 20,
  outputBytes: 1_000_000,
  /** The same for everything written on the way to the requests, even if little of it remains. */
  writtenBytes: 2_000_000,
  /** The maximum number of steps of a dialogue. */
  steps: 32,
  /** The maximum number of warnings. Further ones are counted, and fail nothing. */
  warnings: 100,
} as const;

/** The default budget of a pair. A transformer's creator may set another. */
export type PairBudget = { readonly [Name in keyof typeof pairBudget]: number };

/** The limits of one request to the native API: its pairs, and the bytes of its merged requests. */
export const requestLimits = { events: 2_500, pairs: 100_000, refBytes: 1_024, mergedBytes: 300_000_000 } as const;

/** The limits of the kept configs together, and of the kept policies, in estimated bytes. */
export const cacheLimits = { boundBytes: 32_000_000, compiledBytes: 64_000_000, policyBytes: 16_000_000 } as const;

/** The maximum number of characters of a message, and of a path. */
const MESSAGE_LENGTH = 500;

/** What a check of the shape notes. */
export interface ShapeNotes {
  /** Whether there is a number beyond 2^53, whose last digits may be lost. */
  inexactNumber: boolean;
}

/**
 * Checks the nesting, the keys and the numbers of an event.
 * @param root the start of a failure's path
 * @param notes collects what is of interest later, so that nothing is walked twice
 * @returns the failure with the offending place, or undefined
 */
export function checkShape(
  value: object,
  root: string,
  notes: ShapeNotes = { inexactNumber: false },
): Fail | undefined {
  const misshapen = find(value, 1, notes);
  if (misshapen === undefined) return undefined;
  return fail(misshapen.code, misshapen.message, shorten([root, ...misshapen.steps.toReversed()].join('.')));
}

interface Misshapen {
  code: FailCode;
  message: string;
  /** The path of the place, innermost key first. */
  readonly steps: readonly string[];
}

/** `1e400` is read as infinity, which JSON cannot write again. */
const TOO_GREAT: Misshapen = { code: 'EVENT_INVALID', message: 'the number is too large to represent', steps: [] };

/** Every event passes through here, so valid events cost no allocation. */
function find(value: object, depth: number, notes: ShapeNotes): Misshapen | undefined {
  if (depth > eventLimits.depth) {
    return {
      code: 'EVENT_TOO_DEEP',
      message: `the event is nested deeper than ${String(eventLimits.depth)} levels`,
      steps: [],
    };
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = findIn(value[i], depth, notes);
      if (found !== undefined) return { ...found, steps: [...found.steps, String(i)] };
    }
    return undefined;
  }
  for (const key in value) {
    if (key.length > eventLimits.keyLength) return keyTooLong(key);
    const found = findIn((value as Record<string, unknown>)[key], depth, notes);
    if (found !== undefined) return { ...found, steps: [...found.steps, key] };
  }
  return undefined;
}

function findIn(child: unknown, depth: number, notes: ShapeNotes): Misshapen | undefined {
  if (typeof child === 'object') return child === null ? undefined : find(child, depth + 1, notes);
  if (typeof child !== 'number' || Math.abs(child) <= Number.MAX_SAFE_INTEGER) return undefined;
  if (Math.abs(child) === Infinity) return TOO_GREAT;
  notes.inexactNumber = true;
  return undefined;
}

function keyTooLong(key: string): Misshapen {
  const limit = String(eventLimits.keyLength);
  const message = `the key starting "${key.slice(0, 40)}" is longer than ${limit} characters`;
  return { code: 'EVENT_KEY_TOO_LONG', message, steps: [] };
}

/** A readable path: its first and its last steps. */
export function shorten(path: string): string {
  return path.length > 200 ? `${path.slice(0, 120)}…${path.slice(-60)}` : path;
}

/** A message of readable length, whatever it echoes. */
export function shortenMessage(message: string): string {
  return message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}…` : message;
}

/**
 * Checks the size of an event, as JSON text in UTF-8.
 * @param root the start of a failure's path
 */
export function checkSize(value: unknown, root: string): Fail | undefined {
  if (!isLongerThan(value, eventLimits.bytes)) return undefined;
  return fail('EVENT_TOO_LARGE', `the event is larger than ${String(eventLimits.bytes)} bytes`, root);
}

/** How much longer a value may get when it is written again: `1e20,` becomes 22 characters. */
const GROWTH = 4.4;

/**
 * The same for an event that came as text. An event in a much shorter text cannot exceed the limit.
 * @param byteLength the size of that text
 */
export function checkSizeWithin(byteLength: number, value: unknown, root: string): Fail | undefined {
  return byteLength * GROWTH > eventLimits.bytes ? checkSize(value, root) : undefined;
}

/** Whether a value's JSON text exceeds a number of bytes, or is nested deeper than the engine can follow. */
export function isLongerThan(value: unknown, limit: number): boolean {
  return mostBytes(value, limit) > limit && exactBytes(value, limit) > limit;
}

/**
 * An upper bound of a value's size as JSON text, added up to a limit. Writing every value as text again would take
 * longer than mapping it.
 */
export function mostBytes(value: unknown, limit: number): number {
  try {
    return estimate(value, MOST, limit);
  } catch {
    return Infinity;
  }
}

/** A lower bound of a value's size as JSON text, which is about its size in memory. */
export const leastBytes = (value: unknown): number => estimate(value, LEAST, Infinity);

/** The size of a value's JSON text. Beyond the limit, only that it exceeds the limit. */
export function exactBytes(value: unknown, limit: number): number {
  try {
    const least = estimate(value, LEAST, limit);
    return least > limit ? least : Buffer.byteLength(JSON.stringify(value));
  } catch {
    return Infinity;
  }
}

/** The JSON text of a character, of what surrounds a key or a text, and of any other value, in bytes. */
interface Rates {
  character: number;
  quotes: number;
  other: number;
}

const MOST: Rates = { character: '\\u0000'.length, quotes: '"":,'.length, other: '-1.2345678901234567e-123,'.length };
const LEAST: Rates = { character: 1, quotes: '""'.length, other: '1'.length };

/** Adds up a value up to a limit: it may contain the same object any number of times. */
function estimate(value: unknown, rates: Rates, limit: number): number {
  if (typeof value !== 'object' || value === null) return scalarBytes(value, rates);
  const { character, quotes } = rates;
  let bytes = quotes;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && bytes <= limit; i++) bytes += estimate(value[i], rates, limit - bytes);
    return bytes;
  }
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    bytes += quotes + character * key.length;
    if (typeof field === 'string') bytes += quotes + character * field.length;
    else if (typeof field !== 'object' || field === null) bytes += rates.other;
    else if (bytes <= limit) bytes += estimate(field, rates, limit - bytes);
    else return bytes;
  }
  return bytes;
}

function scalarBytes(value: unknown, { character, quotes, other }: Rates): number {
  return typeof value === 'string' ? quotes + character * value.length : other;
}
