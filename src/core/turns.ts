/** How long work may block everything else, in milliseconds. */
const TURN_MS = 20;

/** The maximum that is held of a call's results at once: their number, and their bytes. */
const WINDOW = { results: 2_500, bytes: 100_000_000 };

/** Results that are available now, or will be. */
export type Window<T> = T[] | Promise<T[]>;

/** Results in windows. The next window is made on demand. */
export type Windows<T> = Iterable<Window<T>>;

/**
 * Makes results in windows, so that memory does not depend on their number. A slow window lets others have their turn.
 * @param length the total number of results
 * @param make makes the result of an index
 * @param bytesOf how many bytes a result may take, if not few
 * @returns windows, synchronously if they were quick, since waiting would cost more than the work
 */
export function inWindows<T>(length: number, make: (index: number) => T, bytesOf: (result: T) => number): Windows<T> {
  let index = 0;
  const next = (): Window<T> => {
    const results: T[] = [];
    let bytes = 0;
    /** @returns whether the window is complete; otherwise the turn is over */
    const fill = (): boolean => {
      const began = performance.now();
      while (index < length && results.length < WINDOW.results && bytes < WINDOW.bytes) {
        const result = make(index++);
        bytes += bytesOf(result);
        results.push(result);
        if (index < length && performance.now() - began > TURN_MS) return false;
      }
      return true;
    };
    return fill() ? results : fillInTurns(results, fill);
  };
  if (length === 0) return [];
  const first = next();
  // Most calls have one window, for which generators would take longer than mapping an event.
  return index === length && Array.isArray(first) ? [first] : continued(first, next, () => index < length);
}

function* continued<T>(first: T, next: () => T, hasMore: () => boolean): Generator<T> {
  yield first;
  while (hasMore()) yield next();
}

/** Continues with a value, synchronously if it is available: waiting would cost more than mapping a small event. */
export function chain<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

async function fillInTurns<T>(results: T[], fill: () => boolean): Promise<T[]> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (!fill());
  return results;
}

/** Maps the results of windows, also in windows. */
export function mapWindows<T, R>(windows: Windows<T>, map: (results: T[]) => R[] | Promise<R[]>): Windows<R> {
  if (Array.isArray(windows)) return windows.map((window: Window<T>) => chain(window, map));
  return mapLazily(windows, (window) => chain(window, map));
}

function* mapLazily<T, R>(values: Iterable<T>, map: (value: T) => R): Generator<R> {
  for (const value of values) yield map(value);
}

/** All results of some windows. */
export function collect<T>(windows: Windows<T>): Window<T> {
  const results: T[] = [];
  const take = (window: readonly T[]) => {
    for (const result of window) results.push(result);
  };
  const iterator = windows[Symbol.iterator]();
  const waitFor = async (first: Promise<T[]>): Promise<T[]> => {
    take(await first);
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) take(await next.value);
    return results;
  };
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
    if (next.value instanceof Promise) return waitFor(next.value);
    take(next.value);
  }
  return results;
}
