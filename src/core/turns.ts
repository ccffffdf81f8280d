/** How long work may block everything else, in milliseconds. */
const TURN_MS = 20;

/** The maximum that is held of a call's results at once: their number, and their bytes. */
const WINDOW = { results: 2_500, bytes: 100_000_000 };

/** Results that are available now, or will be. */
export type Window<T> = T[] | Promise<T[]>;

/**
 * Makes results in windows, so that memory does not depend on their number. The next window is made on demand. A slow
 * window lets others have their turn.
 * @param length the total number of results
 * @param make makes the result of an index
 * @param bytesOf how many bytes a result may take, if not few
 * @returns windows, synchronously if they were quick, since waiting would cost more than the work
 */
export function* inWindows<T>(
  length: number,
  make: (index: number) => T,
  bytesOf: (result: T) => number,
): Generator<Window<T>> {
  let index = 0;
  while (index < length) {
    const results: T[] = [];
    let bytes = 0;
    /** @returns whether the window is complete; otherwise the turn is over */
    const fill = (): boolean => {
      const began = performance.now();
      while (index < length && results.length < WINDOW.results && bytes < WINDOW.bytes) {
        const result = make(index++);
        bytes += bytesOf(result);
        results.push(result);
        if (performance.now() - began > TURN_MS) return false;
      }
      return true;
    };
    yield fill() ? results : fillInTurns(results, fill);
  }
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
export function* mapWindows<T, R>(
  windows: Iterable<Window<T>>,
  map: (results: T[]) => R[] | Promise<R[]>,
): Generator<Window<R>> {
  for (const window of windows) yield chain(window, map);
}

/** All results of some windows. */
export function collect<T>(windows: Iterable<Window<T>>): Window<T> {
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
