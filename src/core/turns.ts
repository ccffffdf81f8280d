/** How long work may keep everything else waiting, in milliseconds. */
const TURN_MS = 20;

/**
 * Maps a list as `map` does, but lets others have their turn where that takes long.
 * @returns at once where it does not, since to wait would cost more than the work
 */
export function mapInTurns<T, R>(items: readonly T[], map: (item: T, index: number) => R): R[] | Promise<R[]> {
  const results: R[] = [];
  return mapTurn(items, map, results) ? results : mapFurtherTurns(items, map, results);
}

/** Goes on with a value, at once where it is there: to wait for it would cost more than a small event's mapping. */
export function chain<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

async function mapFurtherTurns<T, R>(
  items: readonly T[],
  map: (item: T, index: number) => R,
  results: R[],
): Promise<R[]> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (!mapTurn(items, map, results));
  return results;
}

/** Maps what can be mapped in one turn. @returns whether that is all there is */
function mapTurn<T, R>(items: readonly T[], map: (item: T, index: number) => R, results: R[]): boolean {
  const began = performance.now();
  while (results.length < items.length) {
    results.push(map(items[results.length] as T, results.length));
    if (performance.now() - began > TURN_MS) return results.length === items.length;
  }
  return true;
}
