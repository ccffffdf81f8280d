import _ from 'lodash';
import { bindConfig } from '../../src/core/bind.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { isRejecting } from '../../src/core/definition.ts';
import type { Answer } from '../../src/contract/dialogue.ts';
import { keyOf } from '../../src/core/dialogue.ts';
import { placesOf } from '../../src/core/event.ts';
import type { ExplainedField, LineageRow } from '../../src/contract/lineage.ts';
import { batchedResults, results } from '../../src/contract/results.ts';
import { handOver, toBatchedResults, toResults, type Pair } from '../../src/wire/native/results.ts';
import { Transformer } from '../../src/core/transform.ts';
import { deepFreeze } from '../../src/verify/review/freeze.ts';
import { fixtures, registry } from '../support/project.ts';

/*
 * Explain maps once more, with a trace. It must not change what is answered; it must speak of every value that is sent,
 * and of nothing else; and it must know the rows of lineage and no others.
 */

const onMapperError = (error: unknown) => {
  throw error;
};
const plain = new Transformer({ registry, onMapperError });
const explainer = new Transformer({ registry, onMapperError, explains: true });

/** `secret-` as it is, in a URL, and in Base64 after any number of bytes. */
const needles = ['secret-', 'secret%2D', 'c2VjcmV0', 'lY3Jld', 'ZWNyZXQt'];

/** A config with `***` for every secret, and in the place of what only the sender of a URL knows. */
function hidden<T>(config: T): T {
  return _.cloneDeepWith(config, (value: unknown) => {
    if (typeof value !== 'string' || !value.includes('secret-')) return undefined;
    return value.startsWith('https:') ? `${new URL(value).origin}/***` : value.replace(/secret-\w+/, '***');
  }) as T;
}

/** Maps a fixture as often as its vendor is asked, which answers as the fixture says. */
function turnsOf(
  { destination: name, event, config, delivery, now, answers }: Fixture,
  transformer: Transformer,
): Pair[] {
  const target = { id: name, name, config, delivery, enabled: true };
  const remaining = [...answers];
  const known: Record<string, Answer> = {};
  const turns: Pair[] = [];
  for (;;) {
    const pair = transformer.mapOne({ event: 0, destination: 0 }, { payload: event }, target, now, known);
    turns.push(pair);
    if (pair.mapped.outcome !== 'ask' || remaining.length === 0) return turns;
    for (const step of pair.mapped.steps) {
      const answer = remaining.shift();
      if (answer !== undefined) known[keyOf(step)] = answer;
    }
  }
}

/** What an explanation has beside the row of lineage. */
const ofEvent: readonly (keyof ExplainedField)[] = ['request', 'in', 'out', 'status'];

type Leaf = readonly [place: string, value: unknown];

/** The values of a request, by the places at which they stand. */
function leavesOf(value: unknown, place: string): Leaf[] {
  if (typeof value !== 'object' || value === null) return [[place, value]];
  return Object.entries(value).flatMap(([key, child]) =>
    leavesOf(child, Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`),
  );
}

/** Every place that a field speaks of, with what it says is there. */
function toldBy({ to, out }: ExplainedField): Leaf[] {
  return leavesOf(out, to.endsWith('.*') ? to.slice(0, -2) : to);
}

/** A place of lineage as a pattern of places: an element of a list that may be absent can stand anywhere in it. */
const patternOf = (place: string) => new RegExp(`^${_.escapeRegExp(place).replaceAll('\\[\\]', '\\[\\d+\\]')}$`);

const cases = fixtures.map((fixture) => [`${fixture.destination}/${fixture.name}`, fixture] as const);

describe.each(cases)('%s', (_name, fixture) => {
  const frozen = { ...fixture, event: deepFreeze(fixture.event), config: deepFreeze(fixture.config) };
  const explained = turnsOf(frozen, explainer);
  const explanations = explained.flatMap(({ explain }) => explain ?? []);
  const destination = registry.get(fixture.destination);
  const bound =
    destination === undefined || isRejecting(destination)
      ? undefined
      : bindConfig(destination, fixture.config, fixture.delivery);
  const lineage = bound === undefined || 'outcome' in bound ? [] : bound.lineage;

  it('has the same results with an explanation as without', () => {
    const answered = (turns: readonly Pair[]) => toResults(turns, handOver('1.2.3'));
    expect(answered(explained).map((result) => _.omit(result, 'explain'))).toEqual(answered(turnsOf(frozen, plain)));
  });

  it('is answered as the contract has it', () => {
    const asIs = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;
    const answered = asIs({ results: toResults(explained, handOver('1.2.3')) });
    const inBatches = asIs(toBatchedResults(explained, handOver('1.2.3')));
    expect(results.parse(answered)).toEqual(answered);
    expect(batchedResults.parse(inBatches)).toEqual(inBatches);
  });

  it('is explained wherever it was mapped, with all rows of lineage and no others', () => {
    const key = (row: LineageRow) => JSON.stringify(Object.entries(_.omit(row, 'value', ...ofEvent)).sort());
    const isConstant = (row: LineageRow) => 'value' in row;
    expect(explanations).toHaveLength(lineage.length > 0 ? explained.length : 0);
    for (const { fields } of explanations) {
      expect(_.difference(fields.map(key), lineage.map(key))).toEqual([]);
      // Of constants, those that are sent are told.
      expect(_.difference(_.reject(lineage, isConstant).map(key), fields.map(key))).toEqual([]);
    }
  });

  it('is told of every value that is sent where it comes from, and of no other', () => {
    const last = turnsOf({ ...fixture, config: hidden(fixture.config), delivery: hidden(fixture.delivery) }, plain).at(
      -1,
    );
    const fields = explained.at(-1)?.explain?.fields ?? [];
    const made = last?.mapped.outcome === 'send' ? last.mapped.requests : [];
    made.forEach(({ place, request }, position) => {
      const root = `requests[${String(place)}]`;
      const told = fields
        .filter((field) => field.request === position && field.out !== undefined)
        .flatMap(toldBy)
        .map(([at, value]) => ({ at, pattern: patternOf(at), value }));
      const sent = leavesOf(_.pick(request, ['url', 'headers', 'query', 'body']), root);
      const isSame = ({ pattern, value }: (typeof told)[number], [at, leaf]: Leaf) =>
        pattern.test(at) && _.isEqual(value, leaf);
      expect(sent.filter((leaf) => !told.some((row) => isSame(row, leaf)))).toEqual([]);
      expect(told.filter((row) => !sent.some((leaf) => isSame(row, leaf)))).toEqual([]);
    });
    expect(fields.every(({ request }) => request === undefined || request < made.length)).toBe(true);
  });

  it('says of what is not sent why it is not', () => {
    for (const { mapped, warnings, explain } of explained) {
      const { fields = [] } = explain ?? {};
      const isWhole = ({ to }: ExplainedField) => to === 'outcome' || /^requests\[\d+\]$/.test(to);
      const received = fields.filter(({ out }) => out !== undefined);
      expect(received).toEqual(fields.filter((field) => field.status === 'sent' && !isWhole(field)));
      const isOut = mapped.outcome === 'send' || mapped.outcome === 'ask' || explained.length > 1;
      expect(isOut || received.length === 0).toBe(true);

      const reasons = [...warnings, mapped].flatMap((reason) => ('path' in reason ? (reason.path ?? []) : []));
      const placesIn = ({ from, in: inputs }: ExplainedField) => [...from.flatMap(placesOf), ...Object.keys(inputs)];
      const speaksOf = (field: ExplainedField) =>
        placesIn(field).some((place) => reasons.some((path) => path === place || path.startsWith(`${place}[`)));
      expect(fields.filter((field) => field.status === 'unconverted' && !speaksOf(field))).toEqual([]);
    }
  });

  it('keeps its secrets to itself', () => {
    const text = JSON.stringify(explanations);
    expect(needles.filter((needle) => text.includes(needle))).toEqual([]);
  });
});
