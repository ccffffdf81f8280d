import type { FailCode } from '../contract/codes.ts';
import type { Fail } from '../contract/results.ts';
import { fail } from './outcome.ts';

/** What one event may weigh; more is that event's failure and no other's. */
export const eventLimits = { bytes: 1_000_000, depth: 100, keyLength: 1_024 } as const;

/**
 * Checks the nesting, the keys and the numbers of an event.
 * @param root what the path of a failure starts with
 * @returns the failure that names the offending place, or undefined
 */
export function checkShape(value: object, root: string): Fail | undefined {
  const misshapen = find(value, 1);
  if (misshapen === undefined) return undefined;
  return fail(misshapen.code, misshapen.message, shorten([root, ...misshapen.steps.toReversed()].join('.')));
}

interface Misshapen {
  code: FailCode;
  message: string;
  /** The way to the place, innermost first. */
  steps: string[];
}

/** What `1e400` is read as, which cannot be written as JSON again. */
const TOO_GREAT = { code: 'EVENT_INVALID', message: 'the number is too great to be kept' } as const;

/** Every event goes through here, so what is in order costs no allocation. */
function find(value: object, depth: number): Misshapen | undefined {
  if (depth > eventLimits.depth) {
    return { code: 'EVENT_TOO_DEEP', message: `nested deeper than ${String(eventLimits.depth)} levels`, steps: [] };
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const child: unknown = value[i];
      if (child === Infinity || child === -Infinity) return { ...TOO_GREAT, steps: [String(i)] };
      const found = typeof child === 'object' && child !== null ? find(child, depth + 1) : undefined;
      if (found !== undefined) return { ...found, steps: [...found.steps, String(i)] };
    }
    return undefined;
  }
  for (const key in value) {
    if (key.length > eventLimits.keyLength) return keyTooLong(key);
    const child = (value as Record<string, unknown>)[key];
    if (child === Infinity || child === -Infinity) return { ...TOO_GREAT, steps: [key] };
    const found = typeof child === 'object' && child !== null ? find(child, depth + 1) : undefined;
    if (found !== undefined) return { ...found, steps: [...found.steps, key] };
  }
  return undefined;
}

function keyTooLong(key: string): Misshapen {
  const limit = String(eventLimits.keyLength);
  const message = `the key starting "${key.slice(0, 40)}" is longer than ${limit} characters`;
  return { code: 'EVENT_KEY_TOO_LONG', message, steps: [] };
}

/** A path short enough to be read: its first and its last steps. */
function shorten(path: string): string {
  return path.length > 200 ? `${path.slice(0, 120)}…${path.slice(-60)}` : path;
}

/**
 * Checks the size of an event, as JSON text in UTF-8.
 * @param root what the path of a failure starts with
 */
export function checkSize(value: unknown, root: string): Fail | undefined {
  if (!isLongerThan(value, eventLimits.bytes)) return undefined;
  return fail('EVENT_TOO_LARGE', `the event is larger than ${String(eventLimits.bytes)} bytes`, root);
}

/** Whether a value's JSON text has more bytes than a limit, or is nested deeper than the engine can follow. */
export function isLongerThan(value: unknown, limit: number): boolean {
  try {
    return mostBytes(value) > limit && Buffer.byteLength(JSON.stringify(value)) > limit;
  } catch {
    return true;
  }
}

/** What JSON text may take for a character, for what is around a value, and for a number. */
const MOST = { character: '\\u0000'.length, around: '"":,'.length, number: '-1.2345678901234567e-123'.length };

/** More bytes than a value's JSON text can have; to write every event as text again would take longer than to map it. */
function mostBytes(value: unknown): number {
  if (typeof value === 'string') return MOST.around + MOST.character * value.length;
  if (typeof value !== 'object' || value === null) return MOST.number;
  let bytes = MOST.around;
  for (const key in value) {
    bytes += MOST.around + MOST.character * key.length + mostBytes((value as Record<string, unknown>)[key]);
  }
  return bytes;
}
