import leven from 'leven';
import _ from 'lodash';

/** The name that is likely to be meant: at least half of it must be there. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const distance = _.memoize((name: string) => leven(given.toLowerCase(), name.toLowerCase()));
  const near = _.minBy(names, distance);
  return near !== undefined && distance(near) <= Math.max(given.length, near.length) / 2 ? near : undefined;
}
