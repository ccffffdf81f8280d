/** How long work may keep everything else waiting, in milliseconds. */
const TURN_MS = 20;

/** What is held at once of what a call comes to: so many results, and so many bytes in them. */
const WINDOW = { results: 2_500, bytes: 100_000_000 };

/** Results that are there at once, or will be. */
export type Window<T> = T[] | Promise<T[]>;

/**
 * Makes results some at a time, so that what is held of them does not depend on their number. The next window is made
 * when it is asked for; it lets others have their turn where it takes long.
 * @param length how many results there are in all
 * @param make makes the result of an index
 * @param bytesOf how many bytes a result may take, where that is more than little
 * @returns windows that are there at once where they were quickly made, since to wait would cost more than the work
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
    /** @returns whether the window is complete, as opposed to the turn being over */
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

/** Goes on with a value, at once where it is there: to wait for it would cost more than a small event's mapping. */
export function chain<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

async function fillInTurns<T>(results: T[], fill: () => boolean): Promise<T[]> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (!fill());
  return results;
}

/** What becomes of the results of windows, some at a time as well. */
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
