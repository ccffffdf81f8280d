import fc from 'fast-check';
import _ from 'lodash';

import type { Result } from '../../src/contract/results.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { type Target, Transformer } from '../../src/core/transform.ts';
import { deepFreeze } from '../../src/verify/review/freeze.ts';
import { runs } from '../support/effort.ts';
import { groupEvents } from '../support/events.ts';
import { registry, senders } from '../support/project.ts';
import { transform as transformAll } from '../support/transform.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const RUNS = runs(1_000);

const transformer = new Transformer({
  registry,
  onMapperError: (error) => {
    throw error;
  },
});

/** Every destination that is sent requests, in every mode, and one that is not. */
const targets: Target[] = [...senders, { id: 'loops', name: 'loops', config: {}, enabled: true }];

const transform = (...payloads: unknown[]): Result[] =>
  transformAll(
    transformer,
    payloads.map((payload) => ({ payload })),
    targets,
    NOW,
  );

/** The same value with the keys of every object the other way round. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toReversed();
  return JSON.parse(
    `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(reversed(item))}`).join()}}`,
  ) as Json;
}

/** What a text is made of, where that is JSON, in Base64 or not. */
function ofText(value: string, key: unknown): unknown {
  if (['identification', 'Detail', 'Body'].includes(String(key)) || /^[[{]/.test(value)) {
    const parsed: unknown = _.attempt(JSON.parse, value);
    return _.isError(parsed) ? undefined : parsed;
  }
  // What begins so is an object in Base64.
  return value.startsWith('eyJ') ? _.attempt(JSON.parse, Buffer.from(value, 'base64').toString()) : undefined;
}

/** A result without the order of keys, that inside of JSON text included. */
function unordered(result: Result): unknown {
  const parsed = _.cloneDeepWith(result, (value: unknown, key) => {
    if (typeof value === 'string') return ofText(value, key);
    // Airship's lists of traits, in their order.
    if (key === 'attributes' && Array.isArray(value)) return _.sortBy(value as object[], 'key');
    return key === 'rudderstack_integration_group' ? _.sortBy(value as string[]) : undefined;
  }) as Result;
  return { ...parsed, warnings: _.sortBy(result.warnings, ['path', 'message']) };
}

it('every pair has exactly one outcome, in order, and it is JSON', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(groupEvents, fc.jsonValue()), { maxLength: 3 }), (events) => {
      const results = transform(...events);
      expect(results.map(({ event, destinationId }) => [event, destinationId])).toEqual(
        events.flatMap((_event, index) => targets.map((target) => [index, target.id])),
      );
      const isOutcome = (result: Result) =>
        result.outcome === 'send'
          ? result.requests.length > 0
          : ['drop', 'fail'].includes(result.outcome) && /^[A-Z_]+$/.test(result.code);
      expect(_.reject(results, isOutcome)).toEqual([]);
      expect(JSON.parse(JSON.stringify(results))).toEqual(results);
    }),
    runs(300),
  );
});

it('the events are good enough to be sent now and then, to every destination', () => {
  const { numRuns } = runs(1_000);
  const results = fc.sample(groupEvents, { numRuns, seed: 1 }).flatMap((event) => transform(event));
  // Where a vendor must be asked first, that is as far as an event gets here.
  const sent = _.countBy(results, (result) => {
    const isAsking = result.outcome === 'fail' && result.code === 'DIALOGUE_NEEDED';
    return `${result.destinationId} ${isAsking ? 'send' : result.outcome}`;
  });
  for (const { id } of senders) {
    expect([id, (sent[`${id} send`] ?? 0) > 0.003 * numRuns]).toEqual([id, true]);
  }
});

it('the same event has the same results again, and stays as it was', () => {
  fc.assert(
    fc.property(groupEvents, (event) => {
      const before = JSON.stringify(event);
      const first = JSON.stringify(transform(deepFreeze(event)));
      expect(JSON.stringify(transform(JSON.parse(before)))).toBe(first);
      expect(JSON.stringify(event)).toBe(before);
    }),
    RUNS,
  );
});

/** Where two keys meet, where there is no room for all, and in Engage's meta, which has the last of several leaves. */
const dependsOnOrder = ({ destinationId, warnings = [] }: Result) =>
  warnings.some(({ code }) => code === 'TRAIT_COLLIDED' || code === 'FIELD_NOT_SENT') ||
  destinationId.startsWith('engage');

it('the order of keys does not matter, but where not all of them can be sent', () => {
  fc.assert(
    fc.property(groupEvents, (event) => {
      const results = transform(event);
      const other = transform(reversed(event));
      for (const [index, result] of results.entries()) {
        if (dependsOnOrder(result)) continue;
        const [ours, others] = [result, other[index] as Result];
        // Most are the same as they are, key by key.
        if (JSON.stringify(ours) === JSON.stringify(others)) continue;
        expect(unordered(others)).toEqual(unordered(ours));
      }
    }),
    RUNS,
  );
});

it('one event never touches another', () => {
  const good: JsonObject = {
    type: 'group',
    groupId: 'g',
    userId: 'u',
    timestamp: '2026-01-02',
    traits: { industry: 'x', name: 'y' },
  };
  const alone = transform(good).map((result) => _.omit(result, 'event'));
  fc.assert(
    fc.property(groupEvents, (event) => {
      const together = transform(event, good).slice(targets.length);
      expect(together.map((result) => _.omit(result, 'event'))).toEqual(alone);
    }),
    runs(300),
  );
});

const requestsIn = (result: Result) => JSON.stringify(result.outcome === 'send' ? result.requests : []);

it('the id of a group is never that of a person', () => {
  // What is about the group, though it looks as if it were about a person.
  const aboutGroup = [
    /"list":\{"data":\{"type":"list","id":"the-group"\}\}/g,
    /"entries":\[\{"id":"the-group"/g,
    /"idProperty":"\w+","id":"the-group"/g,
    /(?<=\/push\/.*)"id":"the-group"/g,
    /(?<=\/(groups|topics)","headers":\{[^}]*\},"query":\{\},"body":\{"json":\{)"(id|key)":"the-group"/g,
  ];
  const asPerson =
    /"(user_?id|subscriberid|\$?distinct_id|external_id|customer_id|id|key)":"(the-group|group@x.example)"/i;
  fc.assert(
    fc.property(groupEvents, (event) => {
      const nobody = { ...event, type: 'group', userId: null, anonymousId: null, user_id: null, context: {} };
      const sent = { ...nobody, groupId: 'the-group', traits: { email: 'group@x.example' } };
      const wrong = transform(sent)
        .map((result) => [result.destinationId, requestsIn(result)] as const)
        .filter(([, text]) => asPerson.test(aboutGroup.reduce((left, pattern) => left.replaceAll(pattern, ''), text)));
      expect(wrong).toEqual([]);
      const withoutId = transform({ ...sent, groupId: null, traits: { id: 'the-group' } });
      const wrongWithoutId = withoutId
        .map((result) => [result.destinationId, requestsIn(result)] as const)
        .filter(([, text]) =>
          /"(user_?id|\$?distinct_id|customer_id)":"the-group"/i.test(
            text.replaceAll('"traits":{"id":"the-group"}', ''),
          ),
        );
      expect(wrongWithoutId).toEqual([]);
    }),
    runs(50),
  );
});
