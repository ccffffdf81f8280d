import _ from 'lodash';

import { type Answer, isHttp, resultsOf } from './differences.ts';
import type { Exchange } from './exchanges.ts';
import type { Judge } from './waivers.ts';

/** How many values of requests there are in answers, and which of them could be others without anybody's complaint. */
export interface Guard {
  leaves: number;
  /** Exchange and path. */
  unguarded: string[];
}

type Path = readonly (string | number)[];

/** What of a request the server doesn't read, or what is the same in all. */
const ignored = ['userId', 'version', 'files'];

/** Changes, and deletes, each value of the requests in an answer by itself, and sees whether the play would fail. */
export function guardOf(judge: Judge, exchange: Exchange, actual: Answer): Guard {
  const answer = opened(actual) as Answer;
  const results = resultsOf(answer);
  const paths = results.flatMap(({ output, batchedRequest }, index) => [
    ...leafPaths(output, [index, 'output']),
    ...leafPaths(batchedRequest, [index, 'batchedRequest']),
  ]);
  const isNoticed = () => judge.complaintsOf(exchange, answer).length > 0;
  const unguarded = paths.filter((path) => {
    const place = path.slice(0, -1);
    const parent = _.get(results, place) as object;
    const leaf: unknown = _.get(results, path);
    _.set(results, path, changed(leaf));
    const isChangeNoticed = isNoticed();
    _.set(results, place, without(parent, path.at(-1) as string | number));
    const isLossNoticed = isNoticed();
    _.set(results, place, parent);
    _.set(results, path, leaf);
    return !isChangeNoticed || !isLossNoticed;
  });
  return { leaves: paths.length, unguarded: unguarded.map((path) => `${exchange.id} ${path.join('.')}`) };
}

/** JSON inside text as what it stands for, so that its parts can be changed. */
function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (_.isPlainObject(value)) return _.mapValues(value as object, opened);
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return opened(JSON.parse(value));
  } catch {
    return value;
  }
}

function leafPaths(value: unknown, path: Path): Path[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item, index) => leafPaths(item, [...path, index]));
  }
  if (_.isPlainObject(value)) {
    const fields = isHttp(value) ? _.omit(value, ignored) : (value as object);
    return Object.entries(fields).flatMap(([key, field]) => leafPaths(field, [...path, key]));
  }
  return value === undefined ? [] : [path];
}

function changed(leaf: unknown): unknown {
  if (typeof leaf === 'number') return leaf + 1;
  if (typeof leaf === 'boolean') return !leaf;
  return typeof leaf === 'string' ? `${leaf}~` : 'changed';
}

function without(parent: object, key: string | number): unknown {
  return Array.isArray(parent) ? parent.toSpliced(Number(key), 1) : _.omit(parent, [key]);
}
