import { hash } from 'node:crypto';

import _ from 'lodash';

import { isJsonObject, type Json } from '../core/json.ts';
import type { Registry } from '../core/registry.ts';
import { HIDDEN } from '../core/secrets.ts';
import type { Expectation } from '../verify/fixture.ts';
import type { KeptFixtures } from '../verify/keep.ts';
import type { Counterparts } from '../wire/rudder/counterparts.ts';
import { deliveryOf, type Item } from '../wire/rudder/decode.ts';
import { type Difference, leavesOf, type Result } from '../wire/rudder/differences.ts';
import { fromOutput } from '../wire/rudder/encode.ts';
import type { Log } from './log.ts';

/** The maximum number of kinds of differences of one destination that are reported. */
const MOST_KINDS = 25;

/** The maximum number of characters of a path in a log line. */
const PATH_LENGTH = 300;

/** From this length on, a value is also hidden inside a longer name. */
const LONG_VALUE = 4;

/** The outcome of an item here. */
export interface Outcome {
  outcome: string;
  code?: string;
}

/** Two answers to the same items that differ. */
export interface Differing extends Counterparts {
  /** The destination, as the call names it. */
  type: string;
  differences: readonly Difference[];
  /** The codes of our outcomes. Those that are sent have none. */
  codes: readonly (string | undefined)[];
  /** The token that came with the call. */
  secret: Json | undefined;
  now: Date;
}

interface FirstDifferencesOptions {
  registry: Registry;
  log: Log;
  /** Keeps the events of first differences. If absent, they are only logged. */
  kept: KeptFixtures | undefined;
}

/**
 * Reports the first difference of each kind. A kind is a destination, a path and a sort of difference. Log lines say
 * where answers differ and never show values.
 */
export class FirstDifferences {
  readonly #options: FirstDifferencesOptions;
  readonly #kinds = new Map<string, Set<string>>();
  #cannotKeep = false;

  constructor(options: FirstDifferencesOptions) {
    this.#options = options;
  }

  report(differing: Differing): void {
    const { registry, log, kept } = this.#options;
    const { type, differences, items, codes } = differing;
    const destination = registry.get(type)?.name ?? type;
    const known = this.#kinds.get(destination) ?? new Set();
    this.#kinds.set(destination, known);
    const code = codes.find((one) => one !== undefined);
    const first = differences.filter((difference) => {
      const kind = kindOf(difference, code);
      if (known.has(kind) || known.size >= MOST_KINDS) return false;
      known.add(kind);
      return true;
    });
    for (const difference of first) {
      const told = { ...shown(difference, items), ...(difference.actual === 'a refusal' && { code }) };
      log.info({ destination, ...told }, 'the upstream answers differently');
    }
    if (first[0] === undefined || kept === undefined) return;
    this.#keep(kept, destination, kindOf(first[0], code), differing);
  }

  #keep(kept: KeptFixtures, destination: string, kind: string, { items, theirs, secret, now }: Differing): void {
    const [item] = items as [Item];
    const { message, destination: given } = item;
    if (!isJsonObject(message)) return;
    const delivery = deliveryOf(item, secret);
    const digest = hash('sha256', kind).slice(0, 8);
    const written = kept.keep({
      destination,
      name: `${_.kebabCase(kind).slice(0, 60)}-${digest}`,
      event: message,
      config: isJsonObject(given?.Config) ? given.Config : {},
      delivery: isJsonObject(delivery) ? delivery : undefined,
      now,
      expect: items.length === 1 ? expectationOf(theirs) : undefined,
      upstream: theirs as unknown as Json,
    });
    written.catch((error: unknown) => {
      if (!this.#cannotKeep) this.#options.log.error({ err: error }, 'SHADOW_PATH: a fixture cannot be written');
      this.#cannotKeep = true;
    });
  }
}

/** The outcomes are a part of the sort. Positions in lists don't count. */
function kindOf({ sort, path, expected, actual }: Difference, code = ''): string {
  if (sort !== 'outcome') return `${sort} ${withoutPositions(path)}`;
  return `${expected} ${actual} ${actual === 'a refusal' ? code : ''}`;
}

const withoutPositions = (path: string) => path.replaceAll(/\[\d+\]/g, '[]').replace(/^\[\]\.?/, '');

/** The part of a difference that may be in a log: no values, only what they are. */
function shown({ sort, path, expected, actual }: Difference, items: readonly Item[]) {
  if (sort === 'outcome') return { sort, expected, actual };
  const place = _.truncate(hideValues(withoutPositions(path), items), { length: PATH_LENGTH });
  return { sort, path: place, expected: typeOf(expected), actual: typeOf(actual) };
}

function typeOf(text: string | undefined): string {
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (value === undefined) return 'nothing';
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}

/** A request may have values of the event as names of fields. */
function hideValues(path: string, items: readonly Item[]): string {
  const leaves = items.flatMap(({ message, metadata }) => [...leavesOf([message, metadata], '').values()]);
  const texts = _.uniq(leaves.map((leaf) => String(JSON.parse(leaf)))).filter((text) => text !== '');
  const [short, long] = _.partition(texts, ({ length }) => length < LONG_VALUE);
  return _.sortBy(long, ({ length }) => -length)
    .reduce((hidden, text) => hidden.replaceAll(text, HIDDEN), path)
    .split(/([.[\]])/)
    .map((step) => (short.includes(step) ? HIDDEN : step))
    .join('');
}

/** What the upstream sends, as far as a fixture can say it. Its refusals have no codes of ours. */
function expectationOf(elements: readonly Result[]): Expectation | undefined {
  const outputs = elements.flatMap(({ output, batchedRequest }) => _.castArray(output ?? batchedRequest));
  const requests = _.compact(outputs.map(fromOutput));
  const isWhole = elements.every(({ statusCode }) => statusCode === 200) && requests.length === outputs.length;
  return isWhole && requests.length > 0 ? { send: requests } : undefined;
}
