declare global {
  /** Whether all runs of properties are made, and all samples are taken; jest.config.js says so. */
  var isThorough: boolean | undefined;
}

/** The share of its runs that a property has in `npm test`. */
const SHARE = 0.2;

/**
 * How often a property is run.
 * @param all in `npm run test:all`
 */
export function runs(all: number): { numRuns: number } {
  return { numRuns: globalThis.isThorough === true ? all : Math.ceil(all * SHARE) };
}

/**
 * What a test goes through.
 * @param all in `npm run test:all`
 * @param size how many of them, evenly spread, in `npm test`
 */
export function sampleOf<T>(all: readonly T[], size: number): T[] {
  if (globalThis.isThorough === true || all.length <= size) return [...all];
  return Array.from({ length: size }, (_, index) => all[Math.floor((index * all.length) / size)] as T);
}
