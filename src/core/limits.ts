import type { FailCode } from './codes.ts';
import { fail, type Fail } from './outcome.ts';

/** What one event may weigh; more is that event's failure and no other's. */
export const eventLimits = { bytes: 1_000_000, depth: 100, keyLength: 1_024 } as const;

/**
 * Checks the nesting and the keys of an event.
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

/** Every event goes through here, so what is in order costs no allocation. */
function find(value: object, depth: number): Misshapen | undefined {
  if (depth > eventLimits.depth) {
    return { code: 'EVENT_TOO_DEEP', message: `nested deeper than ${String(eventLimits.depth)} levels`, steps: [] };
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const child: unknown = value[i];
      const found = typeof child === 'object' && child !== null ? find(child, depth + 1) : undefined;
      if (found !== undefined) return { ...found, steps: [...found.steps, String(i)] };
    }
    return undefined;
  }
  for (const key in value) {
    if (key.length > eventLimits.keyLength) return keyTooLong(key);
    const child = (value as Record<string, unknown>)[key];
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
    const text = JSON.stringify(value) as string | undefined;
    return text !== undefined && Buffer.byteLength(text) > limit;
  } catch {
    return true;
  }
}
