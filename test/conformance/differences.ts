import _ from 'lodash';

import {
  comparedOf,
  type Difference,
  differencesBetween,
  leavesOf,
  type Result,
} from '../../src/wire/rudder/differences.ts';

/** An answer to a pipeline, as it is read. */
export interface Answer {
  status: number;
  /** The header, without which the server refuses the answer. */
  apiVersion?: string | null;
  /** A list of results, or an object that has it as `output`. */
  body?: unknown;
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

/** Each value in which an answer isn't as expected: its path, what was expected, and what came instead. */
export function differencesOf(expected: Answer, actual: Answer, moves: readonly Move[] = []): string[] {
  const results = resultsOf(actual);
  const place = moves.length === 0 ? undefined : (at: string) => moved(at, moves);
  const status = `status: expected ${String(expected.status)}, got ${String(actual.status)}`;
  return [
    ...(expected.status === actual.status ? [] : [status]),
    ...differencesBetween(resultsOf(expected), results, place).map((difference) => say(difference, results)),
  ];
}

/** The wording of a refusal is told where none was expected. */
function say({ sort, path, expected = 'nothing', actual = 'nothing' }: Difference, results: readonly Result[]): string {
  const refusal = sort === 'outcome' && actual === 'a refusal' ? results[Number(path.slice(1, -1))] : undefined;
  return `${path}: expected ${expected}, got ${refusal === undefined ? actual : JSON.stringify(refusal.error)}`;
}

/** Whether a difference hides a whole request that was made: nothing says what is in it. */
export const hidesRequest = (difference: string): boolean => difference.endsWith(', got a request');

/** Whether something is an HTTP request, and not what the client of a vendor is handed. */
export function isHttp(request: unknown): request is { endpoint: unknown } {
  return _.isPlainObject(request) && 'endpoint' in (request as object);
}

/** Whether a recorded answer has anything that a move moves. */
export function hasPath(answer: Answer, path: string): boolean {
  return [...leavesOf(resultsOf(answer).map(comparedOf), '').keys()].some((at) => isWithin(at, path));
}

const isWithin = (at: string, path: string) =>
  at === path || (at.startsWith(path) && '.['.includes(at.charAt(path.length)));

function moved(at: string, moves: readonly Move[]): string {
  const move = moves.find(({ from }) => isWithin(at, from));
  return move === undefined ? at : move.to + at.slice(move.from.length);
}
