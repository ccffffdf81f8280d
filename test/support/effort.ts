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
 * What a test goes through, evenly spread.
 * @param size how many in `npm test`
 * @param most how many in `npm run test:all`; all, if absent
 */
export function sampleOf<T>(all: readonly T[], size: number, most = Infinity): T[] {
  const count = Math.min(all.length, globalThis.isThorough === true ? most : size);
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)] as T);
}
