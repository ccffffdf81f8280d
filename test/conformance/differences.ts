import _ from 'lodash';

/** An answer to a pipeline, as it is read. */
export interface Answer {
  status: number;
  /** The header, without which the server refuses the answer. */
  apiVersion?: string | null;
  /** A list of results, or an object that has it as `output`. */
  body?: unknown;
}

/** The parts of a WSSE header that are never the same twice. */
const wsse = /\b(PasswordDigest|Nonce|Created)="[\w+/=:.-]+"/g;

interface Result {
  statusCode?: number;
  error?: unknown;
  metadata?: unknown;
  output?: unknown;
  batchedRequest?: unknown;
  batched?: boolean;
}

/** The results of an answer. */
export function resultsOf({ body }: Answer): Result[] {
  const results = Array.isArray(body) ? (body as unknown) : (body as { output?: unknown } | undefined)?.output;
  return Array.isArray(results) ? (results as Result[]) : [];
}

/** What was recorded at one path, and is expected at another. */
export interface Move {
  from: string;
  to: string;
}

/**
 * Each value in which an answer isn't as expected: its path, what was expected, and what came instead. Neither order of
 * keys nor spelling of JSON inside text counts, nor what is empty.
 */
export function differencesOf(expected: Answer, actual: Answer, moves: readonly Move[] = []): string[] {
  const wanted = resultsOf(expected);
  const given = resultsOf(actual);
  // Old exchanges leave it out.
  const withMetadata = wanted.some(({ metadata }) => metadata !== undefined);
  return [
    ...differing('status', expected.status, actual.status),
    ..._.range(Math.max(wanted.length, given.length)).flatMap((index) => {
      const [one, other] = [wanted[index], given[index]];
      const place = `[${String(index)}]`;
      return [
        ...(withMetadata ? differing(`${place}.metadata`, one?.metadata, other?.metadata) : []),
        ...(isAccepted(one) && isAccepted(other)
          ? differing(place, comparedOf(one), comparedOf(other), moves)
          : differingOutcome(place, one, other)),
      ];
    }),
  ];
}

const isAccepted = (result: Result | undefined): result is Result => result?.statusCode === 200;

/** Of a refusal, only that it is one is expected; its wording is told where none was. */
function differingOutcome(place: string, expected: Result | undefined, actual: Result | undefined): string[] {
  const kindOf = (result: Result | undefined) =>
    result === undefined ? 'nothing' : isAccepted(result) ? 'a request' : 'a refusal';
  if (kindOf(expected) === kindOf(actual)) return [];
  const got = kindOf(actual) === 'a refusal' ? JSON.stringify(actual?.error) : kindOf(actual);
  return [`${place}: expected ${kindOf(expected)}, got ${got}`];
}

/** Whether a difference hides a whole request that was made: nothing says what is in it. */
export const hidesRequest = (difference: string): boolean => difference.endsWith(', got a request');

/** Whether something is an HTTP request, and not what the client of a vendor is handed. */
export function isHttp(request: unknown): request is { endpoint: unknown } {
  return _.isPlainObject(request) && 'endpoint' in (request as object);
}

/** What of a result is compared; the server doesn't use the rest. */
function comparedOf(result: Result): unknown {
  const { output, batchedRequest, batched, statusCode } = result;
  const withoutIds = (request: unknown): unknown =>
    Array.isArray(request)
      ? request.map(withoutIds)
      : _.isPlainObject(request)
        ? _.omit(request as object, ['userId', 'endpointPath'])
        : request;
  return { output: withoutIds(output), batchedRequest: withoutIds(batchedRequest), batched, statusCode };
}

/** Whether a recorded answer has anything that a move moves. */
export function hasPath(answer: Answer, path: string): boolean {
  return [...leavesOf(resultsOf(answer).map(comparedOf), '').keys()].some((at) => isWithin(at, path));
}

const isWithin = (at: string, path: string) =>
  at === path || (at.startsWith(path) && '.['.includes(at.charAt(path.length)));

function differing(path: string, expected: unknown, actual: unknown, moves: readonly Move[] = []): string[] {
  const wanted = new Map([...leavesOf(expected, path)].map(([at, leaf]) => [moved(at, moves), leaf]));
  const given = leavesOf(actual, path);
  const say = (leaf: string | undefined) => leaf ?? 'nothing';
  return _.union([...wanted.keys()], [...given.keys()])
    .filter((at) => wanted.get(at) !== given.get(at))
    .map((at) => `${at}: expected ${say(wanted.get(at))}, got ${say(given.get(at))}`);
}

function moved(at: string, moves: readonly Move[]): string {
  const move = moves.find(({ from }) => isWithin(at, from));
  return move === undefined ? at : move.to + at.slice(move.from.length);
}

/** All that is in a value and has no parts, as JSON, by its path. */
function leavesOf(value: unknown, path: string, leaves = new Map<string, string>()): Map<string, string> {
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

/** What identifies the items of a list, if each has its own key; their order doesn't count then. */
function keysOf(items: readonly unknown[]): string[] | undefined {
  const keys = items.map((item) => (item as { key?: unknown } | null)?.key);
  return keys.every((key) => typeof key === 'string') && _.uniq(keys).length === keys.length ? keys : undefined;
}

/** JSON inside text is read; what depends on the time and on chance in a WSSE header is not. */
function readText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value.startsWith('UsernameToken ')) return value.replace(wsse, '$1="…"');
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
