import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import _ from 'lodash';

import { type Answer, differencesOf, hasPath, hidesRequest, type Move } from './differences.ts';
import type { Exchange } from './exchanges.ts';

/*
 * What is answered differently from the recording on purpose. `waivers/<type>.json` has the exact differences, each
 * with the exchanges that have it, which are all that may. Where a request is made instead of a refusal, or where none
 * corresponds to it, there is nothing to hold it against: `stand-ins/<type>.json` has the answer that is right.
 */

/** What a rule or a sheet decides, and what differs therefore. */
export interface Waiver {
  reason: string;
  /**
   * By what isn't as recorded, `<path>: expected <value>, got <value>`, or where it is expected instead, `<path>:
   * expected at <path>`, the exchanges: `processor/6 generated/0-4,7`.
   */
  differences: Record<string, string>;
}

/** Answers that are right instead of the recorded ones, and the rule or the sheet that decides so. */
export interface StandIn {
  reason: string;
  /** The results by exchange, without the metadata. */
  answers: Record<string, unknown[]>;
}

/** The file of a type in one of the folders here. */
export const fileOf = (folder: 'waivers' | 'stand-ins', type: string): string =>
  path.join(import.meta.dirname, folder, `${type}.json`);

/** Says of the answers to the exchanges of a type what is wrong with them. */
export class Judge {
  readonly waivers: Waiver[];
  readonly standIns: StandIn[];
  readonly #type: string;
  readonly #waived = new Map<string, Set<string>>();

  constructor(type: string) {
    this.#type = type;
    this.waivers = readList(fileOf('waivers', type));
    this.standIns = readList(fileOf('stand-ins', type));
    for (const { differences } of this.waivers) {
      for (const [difference, cases] of Object.entries(differences)) {
        for (const name of namesOf(cases)) {
          this.#waived.set(name, (this.#waived.get(name) ?? new Set()).add(difference));
        }
      }
    }
  }

  /** What is not as recorded and not waived, and what is waived and yet as recorded. */
  complaintsOf(exchange: Exchange, actual: Answer): string[] {
    const { differences, unusedMoves } = this.differencesOf(exchange, actual);
    const waived = [...this.#waivedOf(exchange)].filter((one) => moveOf(one) === undefined);
    return [
      ...differences.filter((difference) => hidesRequest(difference) || !waived.includes(difference)),
      ..._.difference(waived, differences).map((one) => `waived for nothing: ${one}`),
      ...unusedMoves.map(({ from }) => `waived for nothing: nothing is recorded at ${from}`),
    ];
  }

  /** What is not as recorded, or as in the answer that stands in for the recorded one, or where it was moved. */
  differencesOf(exchange: Exchange, actual: Answer): { differences: string[]; unusedMoves: Move[] } {
    const standIn = this.standIns.map(({ answers }) => answers[this.nameOf(exchange)]).find((results) => results);
    const expected = standIn === undefined ? exchange.response : { ...exchange.response, body: standIn };
    const moves = [...this.#waivedOf(exchange)].flatMap((one) => moveOf(one) ?? []);
    return {
      differences: differencesOf(expected, actual, moves),
      unusedMoves: moves.filter(({ from }) => !hasPath(expected, from)),
    };
  }

  /** An exchange's id without its type. */
  nameOf({ id }: Exchange): string {
    return id.slice(this.#type.length + 1);
  }

  #waivedOf(exchange: Exchange): Set<string> {
    return this.#waived.get(this.nameOf(exchange)) ?? new Set();
  }
}

function readList<Item>(file: string): Item[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Item[]) : [];
}

/** The move that a difference is. */
export function moveOf(difference: string): Move | undefined {
  const [from = '', to] = difference.split(': expected at ');
  return to === undefined ? undefined : { from, to };
}

/** The exchanges that `processor/6 generated/0-4,7` stands for. */
export function namesOf(cases: string): string[] {
  return cases.split(' ').flatMap((group) => {
    const [kind = '', numbers = ''] = group.split('/');
    return numbers.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return _.range(first, last + 1).map((number) => `${kind}/${String(number)}`);
    });
  });
}

/** The inverse of `namesOf`. */
export function casesOf(names: readonly string[]): string {
  const numbers = _.mapValues(
    _.groupBy(names, (name) => name.split('/')[0]),
    (ofKind) => _.sortBy(ofKind.map((name) => Number(name.split('/')[1]))),
  );
  return Object.entries(numbers)
    .map(([kind, ofKind]) => `${kind}/${rangesOf(ofKind).join(',')}`)
    .join(' ');
}

function rangesOf(numbers: readonly number[]): string[] {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range?.[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${String(first)}-${String(last)}`));
}
