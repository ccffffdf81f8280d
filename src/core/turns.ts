/** How long work may keep everything else waiting, in milliseconds. */
const TURN_MS = 20;

/** How many items are taken before it is looked at the clock. */
const CHUNK = 50;

/**
 * Maps a list as `map` does, but lets others have their turn where that takes long.
 * @returns at once for a short list, since to wait would cost more than the work
 */
export function mapInTurns<T, R>(items: readonly T[], map: (item: T, index: number) => R): R[] | Promise<R[]> {
  return items.length <= CHUNK ? items.map(map) : mapInChunks(items, map);
}

/** Goes on with a value, at once where it is there: to wait for it would cost more than a small event's mapping. */
export function chain<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

async function mapInChunks<T, R>(items: readonly T[], map: (item: T, index: number) => R): Promise<R[]> {
  const results: R[] = [];
  let began = performance.now();
  for (let index = 0; index < items.length; index++) {
    results.push(map(items[index] as T, index));
    if (index % CHUNK !== CHUNK - 1 || performance.now() - began < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
  return results;
}
