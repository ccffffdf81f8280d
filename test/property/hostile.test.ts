import _ from 'lodash';

import { readEvent } from '../../src/core/event.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { type Mapping, type Target, Transformer } from '../../src/core/transform.ts';
import { refuseToAsk, toResults } from '../../src/wire/native/results.ts';
import { sampleOf } from '../support/effort.ts';
import { type Hostile, hostileEvent, hostileKinds, readsOf } from '../support/hostile.ts';
import { fixtures, registry, senders } from '../support/project.ts';

/*
 * Whatever an event is made of, no destination takes more CPU time for it, and no more bytes of answer, than its size
 * allows. The time is measured against a loop, since machines differ, and in CPU time, since others are busy on them too.
 */

const NOW = new Date('2026-01-02T03:04:05.678Z');

interface Bar {
  bytes: number;
  milliseconds: number;
  answer: number;
}

const small: Bar = { bytes: 30_000, milliseconds: 50, answer: 1_000_000 };
const large: Bar = { bytes: 1_000_000, milliseconds: 1_000, answer: 20_000_000 };

const cpuOf = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

/** What the loop takes on the machine that the bars are meant for, in milliseconds. */
const REFERENCE = 100;
const loop = () => {
  const object = Object.fromEntries(_.times(1_000, (index) => [`key ${String(index)}`, index]));
  for (let i = 0; i < 150; i++) JSON.parse(JSON.stringify(object));
};
/** How many times as long as on that machine everything takes here and now, if not less. */
const slowness = () => Math.max(1, cpuOf(loop) / REFERENCE);

/**
 * The CPU time of some work, in milliseconds. It is measured again where it exceeds a bar, since the engine's compiler
 * and its collector take time as well. The collector also slows the loop.
 */
function leastCpuOf(work: () => unknown, bar: number): number {
  let spent = cpuOf(work);
  for (let again = 0; again < 10 && spent > bar; again++) spent = Math.min(spent, cpuOf(work) / slowness());
  return spent;
}

const defects: unknown[] = [];
const transformer = new Transformer({ registry, onMapperError: (error) => defects.push(error) });

/** The answer to one pair, as it is written. */
const answerOf = (mapping: Mapping): string =>
  JSON.stringify(toResults([{ event: 0, destination: 0, destinationId: 'd', now: NOW, mapping }], refuseToAsk));

const reads = _.memoize(readsOf);

/** The texts of events that are the same for every destination, since to make one takes longer than to map it. */
const sharedTexts = new Map<string, string>();

function textOf(target: Target, kinds: Readonly<Record<string, Hostile>>, bytes: number): string {
  const key = `${Object.keys(kinds).join()} ${String(bytes)}`;
  const known = sharedTexts.get(key);
  if (known !== undefined) return known;
  const seen = new Set<PropertyKey>();
  const watched = new Proxy(reads(target), {
    get: (own, name) => {
      seen.add(name);
      return Reflect.get(own, name) as unknown;
    },
  });
  const text = JSON.stringify(hostileEvent(Object.values(kinds), bytes, watched));
  if (seen.size === 0) sharedTexts.set(key, text);
  return text;
}

/** How an event of some kinds exceeds the bar for its size; undefined where it does not. */
function overrun(target: Target, kinds: Readonly<Record<string, Hostile>>, bar: Bar): string | undefined {
  const text = textOf(target, kinds, bar.bytes);
  const bound = transformer.bind(target);
  let answer = '';
  const spent = leastCpuOf(
    () => (answer = answerOf(bound.map(readEvent(JSON.parse(text) as Json), { now: NOW }))),
    bar.milliseconds,
  );
  const bytes = Buffer.byteLength(answer);
  if (spent <= bar.milliseconds && bytes <= bar.answer) return undefined;
  const name = `${target.id}, ${Object.keys(kinds).join(' and ')}`;
  return `${name}: ${spent.toFixed(0)} ms (bar ${String(bar.milliseconds)}), ${String(bytes)} bytes`;
}

type Combination = [target: Target, kinds: Readonly<Record<string, Hostile>>];

const firstModes = _.uniqBy(senders, 'name');
const kinds = Object.entries(hostileKinds).map(([name, kind]) => ({ [name]: kind }));
const alone = (targets: readonly Target[]) =>
  targets.flatMap((target) => kinds.map((kind): Combination => [target, kind]));

/** Two kinds each, spread over all pairs of them and all destinations. */
const inPairs = (count: number) =>
  _.times(count, (index): Combination => {
    const [one, other] = [kinds[(index * 7) % kinds.length], kinds[(index * 7 + 1 + (index % 13)) % kinds.length]];
    return [senders[(index * 11) % senders.length] as Target, { ...one, ...other }];
  });

it.each<[string, Bar, readonly Combination[]]>([
  ['30 kB of one kind', small, sampleOf(alone(firstModes), 200)],
  ['30 kB of two kinds', small, sampleOf(inPairs(600), 40)],
  ['1 MB of one kind', large, sampleOf(alone(firstModes), 10)],
  ['1 MB of two kinds', large, sampleOf(inPairs(60), 3)],
])('costs no more than it may: %s', (_name, bar, combinations) => {
  expect(combinations.flatMap(([target, kind]) => overrun(target, kind, bar) ?? [])).toEqual([]);
  expect(defects).toEqual([]);
});

describe('a budget', () => {
  const full = fixtures.find(({ name }) => name === 'full')?.event as JsonObject;
  const target = (name: string) => firstModes.find((sender) => sender.name === name) as Target;
  const map = (name: string, event: JsonObject) =>
    transformer.bind(target(name)).map(readEvent({ ...full, ...event }), { now: NOW });
  const ids = (count: number) => _.times(count, (index) => `g-${String(index)}`);

  it('fails an event about too many groups before any is mapped', () => {
    const hostile = { groupId: ids(20_000), traits: { a: 'a'.repeat(100_000) } };
    expect(leastCpuOf(() => map('stormly', hostile), small.milliseconds)).toBeLessThan(small.milliseconds);
    expect(map('stormly', hostile).outcome).toMatchObject({ code: 'EVENT_TOO_MANY_GROUPS', path: 'groupId' });
    expect(map('stormly', { groupId: ids(100) }).outcome).toMatchObject({ outcome: 'send' });
    expect(map('stormly', { groupId: ids(101) }).outcome).toMatchObject({ code: 'EVENT_TOO_MANY_GROUPS' });
    expect(map('stormly', { groupId: ids(100), traits: { a: 'a'.repeat(30_000) } }).outcome).toMatchObject({
      code: 'EVENT_TOO_MANY_GROUPS',
    });
  });

  it('fails an event with too many requests', () => {
    const v1 = { ...target('intercom'), config: { apiKey: 'secret-apiKey', apiVersion: 'v1' } };
    const bound = transformer.bind(v1);
    const outcomeOf = (count: number) =>
      bound.map(readEvent({ ...full, traits: { tags: ids(count) } }), { now: NOW }).outcome;
    expect(outcomeOf(900)).toMatchObject({ outcome: 'send' });
    expect(outcomeOf(1_001)).toMatchObject({ code: 'EVENT_TOO_MANY_REQUESTS' });
  });

  it('fails an event whose keys would be written over and over', () => {
    const leaves: JsonObject = Object.fromEntries(_.times(5_000, (index) => [`leaf ${String(index)}`, index]));
    const traits = _.times(40).reduce<Json>((inner) => ({ ['k'.repeat(500)]: inner }), leaves) as JsonObject;
    expect(map('splitio', { traits }).outcome).toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
  });

  it('cuts warnings and counts them, and fails nothing', () => {
    const { outcome, warnings } = map('mixpanel', { traits: { regions: _.times(100_000, () => []) } });
    expect(outcome).toMatchObject({ outcome: 'send' });
    expect(warnings).toHaveLength(101);
    expect(warnings.at(-1)).toMatchObject({ code: 'WARNINGS_CUT', message: '99900 more warnings are left out' });
  });

  it('leaves the neighbours as they are', () => {
    const events = [full, { ...full, groupId: ids(20_000) }, { ...full, messageId: 'another' }];
    const bound = transformer.bind(target('stormly'));
    const [first, , last] = events.map((event) => answerOf(bound.map(readEvent(event), { now: NOW })));
    const clean = new Transformer({ registry }).bind(target('stormly'));
    const expected = [full, events[2]].map((event) => answerOf(clean.map(readEvent(event), { now: NOW })));
    expect([first, last]).toEqual(expected);
  });

  it('holds for explanations, which are cut and counted', () => {
    const v1 = { ...target('intercom'), config: { apiKey: 'secret-apiKey', apiVersion: 'v1' } };
    const event = { ...full, traits: { tags: _.times(990, (index) => `t${String(index)}`.padEnd(200, 't')) } };
    let mapping: Mapping | undefined;
    const work = () => (mapping = transformer.bind(v1).map(readEvent(event), { now: NOW, explain: true }));
    expect(leastCpuOf(work, 1_000)).toBeLessThan(1_000);
    expect(mapping?.outcome.outcome).toBe('send');
    expect(Buffer.byteLength(JSON.stringify(mapping?.explain))).toBeLessThan(4_100_000);
    expect(mapping?.explain?.cut).toBeGreaterThan(0);
  });
});
