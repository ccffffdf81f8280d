import _ from 'lodash';

import { type Change, changesBetween, toLine } from '../fixture.ts';
import type { Finding } from './schema.ts';
import type { Answered } from './service.ts';

/** The maximum number of kinds of differences, since fields may be named by events. More are only counted. */
const MAX_KINDS = 1_000;

/** The maximum number of characters shown of a value. */
const VALUE_LENGTH = 200;

export interface TallyOptions {
  /** The other build, as its reader knows it. */
  against: string;
  /** The differences of each destination itself, by its id. Every compared destination has a list. */
  findings: ReadonlyMap<string, readonly Finding[]>;
}

/** Differences of one sort at one path, whatever the positions in lists. */
interface Kind {
  destination: string;
  /** The number of results that have it. */
  count: number;
  /** The first one, and where its event comes from. */
  place: string;
  example: Change;
}

/** Counts the differences between the results of two builds, in memory that does not depend on the number of events. */
export class Tally {
  readonly #options: TallyOptions;
  readonly #kinds = new Map<string, Kind>();
  #results = 0;
  #different = 0;
  /** The number of results without anything to compare. */
  #failed = 0;
  /** The number of differences beyond the maximum of kinds. */
  #others = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  /** Whether a result differs, or a config that was valid may become invalid. */
  get isDifferent(): boolean {
    return this.#different > 0 || this.#breaking > 0;
  }

  get #breaking(): number {
    return _.sumBy([...this.#options.findings.values()].flat(), ({ isBreaking }) => Number(isBreaking));
  }

  /**
   * Counts the results of one pair.
   * @param place where the event comes from
   * @param isVeiled whether values must not be shown
   */
  add(before: Answered, after: Answered, place: string, isVeiled: boolean): void {
    this.#results++;
    const changes = differences(before, after);
    if (before.outcome === 'fail' && after.outcome === 'fail') this.#failed++;
    if (changes.length === 0) return;
    this.#different++;
    const { destinationId: destination } = after;
    for (const change of _.uniqBy(changes, kindOf)) {
      const key = JSON.stringify([destination, kindOf(change)]);
      const known = this.#kinds.get(key);
      if (known !== undefined) known.count++;
      else if (this.#kinds.size >= MAX_KINDS) this.#others++;
      else this.#kinds.set(key, { destination, count: 1, place, example: shown(change, isVeiled) });
    }
  }

  /** The report for a terminal. */
  render(): string {
    const { findings, against } = this.#options;
    const kinds = _.groupBy([...this.#kinds.values()], 'destination');
    const sections = [...findings].flatMap(([destination, found]): string[] => {
      const lines = [
        ...found.map(({ text, isBreaking }) => `  ${isBreaking ? 'BREAKING: ' : ''}${text}`),
        ..._.orderBy(kinds[destination] ?? [], 'count', 'desc').flatMap(({ count, place, example }) => [
          `  ${resultsOf(count)}, first at ${place}`,
          `    ${toLine(example)}`,
        ]),
      ];
      return lines.length === 0 ? [] : [[destination, ...lines].join('\n')];
    });
    if (this.#others > 0) sections.push(`${numberOf(this.#others)} more differences, of other kinds`);
    const counts = [
      `${resultsOf(this.#results)} against ${against}`,
      `${numberOf(this.#different)} changed`,
      `${numberOf(this.#breaking)} breaking`,
      `${numberOf(this.#failed)} failed in both`,
    ];
    return [...sections, counts.join(', ')].join('\n\n');
  }
}

const numberOf = (count: number): string => count.toLocaleString('en');
const resultsOf = (count: number): string => `${numberOf(count)} ${count === 1 ? 'result' : 'results'}`;

/** The differences between two results. Where their outcomes differ, nothing else is worth comparing. */
function differences(before: Answered, after: Answered): Change[] {
  const [from, to] = [outcomeOf(before), outcomeOf(after)];
  if (from !== to) return [{ path: 'outcome', before: from, after: to }];
  const [was, is] = [comparable(before), comparable(after)];
  // Comparing texts is much cheaper, and most results are equal.
  return JSON.stringify(was) === JSON.stringify(is) ? [] : changesBetween(was, is);
}

const outcomeOf = (result: Answered): string =>
  'code' in result ? `${result.outcome} ${result.code}` : result.outcome;

/** The part of a result that decides on what is sent or asked. Messages may change in every build. */
function comparable(result: Answered): object {
  const warnings = (result.warnings ?? []).map((warning) => _.pick(warning, ['code', 'path']));
  switch (result.outcome) {
    case 'send':
      return { send: result.requests, warnings };
    case 'ask':
      return { ask: result.asks.map(({ effect, request }) => ({ effect, request })), warnings };
    case 'drop':
      return { warnings };
    case 'fail':
      return { fail: _.pick(result, ['path']), warnings };
  }
}

/** The path of a change without positions in lists, and its sort. Outcomes are of one kind if both are the same. */
function kindOf({ path, before, after }: Change): string {
  if (path === 'outcome') return `${before ?? ''} → ${after ?? ''}`;
  const sort = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return `${sort} ${path.replace(/\[\d+\]/g, '[]')}`;
}

/** A change with short values. */
function shown({ path, ...values }: Change, isVeiled: boolean): Change {
  const show = (text: string) => (isVeiled && path !== 'outcome' ? '***' : _.truncate(text, { length: VALUE_LENGTH }));
  return { path, ..._.mapValues(values, show) };
}
