import { dequal } from 'dequal/lite';
import _ from 'lodash';

import { tryParseJson } from '../../core/json.ts';

/** An element of an answer to a pipeline, as far as it is compared. */
export interface Result {
  statusCode?: number;
  error?: unknown;
  metadata?: unknown;
  output?: unknown;
  batchedRequest?: unknown;
  batched?: boolean;
}

/** What became of an item. */
export type Kind = 'nothing' | 'a request' | 'a refusal';

/** A place at which two lists of elements differ. */
export type Difference =
  /** The items have different outcomes. */
  | { sort: 'outcome'; path: string; expected: Kind; actual: Kind }
  /** A value of a request is missing, added or another one. Values are JSON texts. */
  | { sort: 'missing'; path: string; expected: string; actual?: never }
  | { sort: 'added'; path: string; expected?: never; actual: string }
  | { sort: 'value'; path: string; expected: string; actual: string };

/**
 * The differences between two answers to the same items, in the order of their elements, as far as the server uses them.
 * The order of keys, the spelling of JSON inside text, and empty objects don't count.
 * @param placeOf the path at which an expected value should be, if not its own
 */
export function differencesBetween(
  expected: readonly Result[],
  actual: readonly Result[],
  placeOf?: (path: string) => string,
): Difference[] {
  // Old recordings have no metadata.
  const withMetadata = expected.some(({ metadata }) => metadata !== undefined);
  return _.range(Math.max(expected.length, actual.length)).flatMap((index) => {
    const [one, other] = [expected[index], actual[index]];
    const place = `[${String(index)}]`;
    return [
      ...(withMetadata ? differing(`${place}.metadata`, one?.metadata, other?.metadata) : []),
      ...(isAccepted(one) && isAccepted(other)
        ? differing(place, comparedOf(one), comparedOf(other), placeOf)
        : differingOutcome(place, kindOf(one), kindOf(other))),
    ];
  });
}

const isAccepted = (result: Result | undefined): result is Result => result?.statusCode === 200;

const kindOf = (result: Result | undefined): Kind =>
  result === undefined ? 'nothing' : isAccepted(result) ? 'a request' : 'a refusal';

/** Of a refusal, only that it is one counts, and not its wording. */
function differingOutcome(path: string, expected: Kind, actual: Kind): Difference[] {
  return expected === actual ? [] : [{ sort: 'outcome', path, expected, actual }];
}

/** The compared part of a result. */
export function comparedOf({ output, batchedRequest, batched, statusCode }: Result): unknown {
  const withoutIds = (request: unknown): unknown =>
    Array.isArray(request)
      ? request.map(withoutIds)
      : _.isPlainObject(request)
        ? _.omit(request as object, ['userId', 'endpointPath'])
        : request;
  return { output: withoutIds(output), batchedRequest: withoutIds(batchedRequest), batched, statusCode };
}

function differing(path: string, expected: unknown, actual: unknown, placeOf?: (path: string) => string): Difference[] {
  // Most values are equal, and their parts needn't be listed.
  if (placeOf === undefined && dequal(expected, actual)) return [];
  const wanted = new Map([...leavesOf(expected, path)].map(([at, leaf]) => [placeOf?.(at) ?? at, leaf]));
  const given = leavesOf(actual, path);
  return _.union([...wanted.keys()], [...given.keys()]).flatMap((at): Difference[] => {
    const [before, after] = [wanted.get(at), given.get(at)];
    if (before === after) return [];
    if (before === undefined) return [{ sort: 'added', path: at, actual: after ?? '' }];
    if (after === undefined) return [{ sort: 'missing', path: at, expected: before }];
    return [{ sort: 'value', path: at, expected: before, actual: after }];
  });
}

/** Everything in a value that has no parts, as JSON, by its path. */
export function leavesOf(value: unknown, path: string, leaves = new Map<string, string>()): Map<string, string> {
  const read = readText(value);
  if (Array.isArray(read) && read.length > 0) {
    const keys = keysOf(read);
    read.forEach((item: unknown, index) =>
      keys === undefined
        ? leavesOf(item, `${path}[${String(index)}]`, leaves)
        : leavesOf(_.omit(item as object, ['key']), `${path}[${keys[index] ?? ''}]`, leaves),
    );
  } else if (_.isPlainObject(read)) {
    for (const [key, field] of Object.entries(read as object)) leavesOf(field, `${path}.${key}`, leaves);
  } else if (read !== undefined) {
    leaves.set(path, JSON.stringify(read));
  }
  return leaves;
}

/** What identifies the items of a list, if each has its own key. Then their order doesn't count. */
function keysOf(items: readonly unknown[]): string[] | undefined {
  const keys = items.map((item) => (item as { key?: unknown } | null)?.key);
  return keys.every((key) => typeof key === 'string') && _.uniq(keys).length === keys.length ? keys : undefined;
}

/** The parts of a WSSE header that are never the same twice. */
const wsse = /\b(PasswordDigest|Nonce|Created)="[\w+/=:.-]+"/g;

/** Reads JSON inside text. What depends on the time and on chance in a WSSE header is left out. */
function readText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value.startsWith('UsernameToken ')) return value.replace(wsse, '$1="…"');
  return /^\s*[[{]/.test(value) ? (tryParseJson(value) ?? value) : value;
}
