import type { FailCode } from '../contract/codes.ts';
import type { Fail } from '../contract/results.ts';
import { fail } from './outcome.ts';

/** What one event may weigh; more is that event's failure and no other's. */
export const eventLimits = { bytes: 1_000_000, depth: 100, keyLength: 1_024 } as const;

/** What the work on one pair may come to, whatever the event weighs. What exceeds it is that pair's failure. */
export const pairBudget = {
  /** Ids of groups that one event may be about. */
  groups: 100,
  requests: 1_000,
  /** Bytes of all requests together: so many for each byte of the event, and in any case as many as `outputBytes`. */
  outputFactor: 20,
  outputBytes: 1_000_000,
  /** The same for what is written on the way to the requests, of which it may be that little is left in them. */
  writtenBytes: 2_000_000,
  /** Steps of a dialogue. */
  steps: 32,
  /** Warnings that are told; of further ones only the number is, and nothing fails for them. */
  warnings: 100,
} as const;

/** The budget of a pair; whoever makes a transformer may set other numbers. */
export type PairBudget = { readonly [Name in keyof typeof pairBudget]: number };

/** What one request to the native API may ask for, and the bytes that the requests may have which it has merged. */
export const requestLimits = { events: 2_500, pairs: 100_000, refBytes: 1_024, mergedBytes: 300_000_000 } as const;

/** What configs that are kept bound may hold together, in bytes as far as they can be told. */
export const cacheLimits = { boundBytes: 32_000_000, compiledBytes: 64_000_000 } as const;

/** The most characters of a message, and of the path of a place. */
const MESSAGE_LENGTH = 500;

/** What a check of the shape has come across. */
export interface ShapeNotes {
  /** Whether there is a number beyond 2^53, whose last digits may be lost. */
  inexactNumber: boolean;
}

/**
 * Checks the nesting, the keys and the numbers of an event.
 * @param root what the path of a failure starts with
 * @param notes is told what is of interest later, so that nothing is walked through twice
 * @returns the failure that names the offending place, or undefined
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
  /** The way to the place, innermost first. */
  readonly steps: readonly string[];
}

/** What `1e400` is read as, which cannot be written as JSON again. */
const TOO_GREAT: Misshapen = { code: 'EVENT_INVALID', message: 'the number is too great to be kept', steps: [] };

/** Every event goes through here, so what is in order costs no allocation. */
function find(value: object, depth: number, notes: ShapeNotes): Misshapen | undefined {
  if (depth > eventLimits.depth) {
    return { code: 'EVENT_TOO_DEEP', message: `nested deeper than ${String(eventLimits.depth)} levels`, steps: [] };
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

/** A path short enough to be read: its first and its last steps. */
export function shorten(path: string): string {
  return path.length > 200 ? `${path.slice(0, 120)}…${path.slice(-60)}` : path;
}

/** A message that echoes no more of what it is about than can be read. */
export function shortenMessage(message: string): string {
  return message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}…` : message;
}

/**
 * Checks the size of an event, as JSON text in UTF-8.
 * @param root what the path of a failure starts with
 */
export function checkSize(value: unknown, root: string): Fail | undefined {
  if (!isLongerThan(value, eventLimits.bytes)) return undefined;
  return fail('EVENT_TOO_LARGE', `the event is larger than ${String(eventLimits.bytes)} bytes`, root);
}

/** How many times as long a value may be when it is written again: `1e20,` becomes 22 characters. */
const GROWTH = 4.4;

/**
 * The same for an event that came in some text; none can be over the limit in one that is much shorter.
 * @param byteLength of that text
 */
export function checkSizeWithin(byteLength: number, value: unknown, root: string): Fail | undefined {
  return byteLength * GROWTH > eventLimits.bytes ? checkSize(value, root) : undefined;
}

/** Whether a value's JSON text has more bytes than a limit, or is nested deeper than the engine can follow. */
export function isLongerThan(value: unknown, limit: number): boolean {
  return mostBytes(value, limit) > limit && exactBytes(value, limit) > limit;
}

/**
 * More bytes than a value's JSON text can have, added up no further than a limit; to write every value as text again
 * would take longer than to map it.
 */
export function mostBytes(value: unknown, limit: number): number {
  try {
    return estimate(value, MOST, limit);
  } catch {
    return Infinity;
  }
}

/** Fewer bytes than a value's JSON text has, which is about what it takes in memory. */
export const leastBytes = (value: unknown): number => estimate(value, LEAST, Infinity);

/** The bytes of a value's JSON text; where they are over a limit, it is only known that they are. */
export function exactBytes(value: unknown, limit: number): number {
  try {
    const least = estimate(value, LEAST, limit);
    return least > limit ? least : Buffer.byteLength(JSON.stringify(value));
  } catch {
    return Infinity;
  }
}

/** What JSON text takes for a character, for what is around a key or a text, and for any other value. */
interface Rates {
  character: number;
  quotes: number;
  other: number;
}

const MOST: Rates = { character: '\\u0000'.length, quotes: '"":,'.length, other: '-1.2345678901234567e-123,'.length };
const LEAST: Rates = { character: 1, quotes: '""'.length, other: '1'.length };

/** Adds up a value, no further than a limit: the same object may stand in it any number of times. */
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
