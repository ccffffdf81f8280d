import { fail, type Fail } from './outcome.ts';

/** What one event may weigh; more is that event's failure and no other's. */
export const eventLimits = { bytes: 1_000_000, depth: 100, keyLength: 1_024 } as const;

/**
 * Checks the nesting and the keys of an event.
 * @returns the failure that names the offending place, or undefined
 */
export function checkShape(value: unknown, root: string): Fail | undefined {
  return check(value, root, 1);
}

function check(value: unknown, path: string, depth: number): Fail | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > eventLimits.depth) {
    return fail('EVENT_TOO_DEEP', `nested deeper than ${String(eventLimits.depth)} levels`, shorten(path));
  }
  for (const key of Object.keys(value)) {
    if (key.length > eventLimits.keyLength) {
      const start = key.slice(0, 40);
      const limit = String(eventLimits.keyLength);
      return fail(
        'EVENT_KEY_TOO_LONG',
        `the key starting "${start}" is longer than ${limit} characters`,
        shorten(path),
      );
    }
    const child = (value as Record<string, unknown>)[key];
    if (typeof child === 'object' && child !== null) {
      const failure = check(child, `${path}.${key}`, depth + 1);
      if (failure !== undefined) return failure;
    }
  }
  return undefined;
}

/** A path short enough to be read: its first and its last steps. */
function shorten(path: string): string {
  return path.length > 200 ? `${path.slice(0, 120)}…${path.slice(-60)}` : path;
}
