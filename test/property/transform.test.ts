import fc from 'fast-check';
import _ from 'lodash';
import { isRejecting } from '../../src/core/definition.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { Transformer, type Result, type Target } from '../../src/core/transform.ts';
import { groupEvents } from '../support/events.ts';
import { deepFreeze, registry } from '../support/project.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const RUNS = { numRuns: 1_000 };

const transformer = new Transformer({
  registry,
  onMapperError: (error) => {
    throw error;
  },
});

/** Every destination that is sent requests, in every mode, and one that is not. */
const targets: Target[] = registry.destinations.flatMap((destination) =>
  isRejecting(destination)
    ? destination.name === 'loops'
      ? [{ id: destination.name, name: destination.name, config: {}, enabled: true }]
      : []
    : Object.entries(destination.examples).map(([mode, config]) => ({
        id: `${destination.name} ${mode}`,
        name: destination.name,
        config,
        enabled: true,
      })),
);

const transform = (...payloads: unknown[]): Result[] =>
  transformer.transform(
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

/** A result without the order of keys, that inside of JSON text included. */
function unordered(result: Result): unknown {
  const parsed = _.cloneDeepWith(result, (value: unknown, key) =>
    key === 'identification' ? (JSON.parse(value as string) as unknown) : undefined,
  ) as Result;
  return { ...parsed, warnings: _.sortBy(result.warnings, ['path', 'message']) };
}

it('every pair has exactly one outcome, in order, and it is JSON', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(groupEvents, fc.jsonValue()), { maxLength: 3 }), (events) => {
      const results = transform(...events);
      expect(results.map(({ event, destinationId }) => [event, destinationId])).toEqual(
        events.flatMap((_event, index) => targets.map((target) => [index, target.id])),
      );
      for (const result of results) {
        expect(['send', 'drop', 'fail']).toContain(result.outcome);
        expect(result.outcome === 'send' ? result.requests.length > 0 : /^[A-Z_]+$/.test(result.code)).toBe(true);
      }
      expect(JSON.parse(JSON.stringify(results))).toEqual(results);
    }),
    { numRuns: 300 },
  );
});

it('the events are good enough to be sent now and then, to every destination', () => {
  const results = fc.sample(groupEvents, 1_000).flatMap((event) => transform(event));
  const sent = _.countBy(results, ({ destinationId, outcome }) => `${destinationId} ${outcome}`);
  for (const { id } of targets.filter(({ name }) => name !== 'loops')) {
    expect([id, (sent[`${id} send`] ?? 0) > 5]).toEqual([id, true]);
    expect([id, (sent[`${id} fail`] ?? 0) > 5]).toEqual([id, true]);
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

it('the order of keys does not matter, but where two of them meet', () => {
  fc.assert(
    fc.property(groupEvents, (event) => {
      const results = transform(event);
      const other = transform(reversed(event));
      for (const [index, result] of results.entries()) {
        if (_.some(result.warnings, { code: 'TRAIT_COLLIDED' })) continue;
        expect(unordered(other[index] as Result)).toEqual(unordered(result));
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
    { numRuns: 300 },
  );
});

it('the group’s id and e-mail are never a person’s', () => {
  fc.assert(
    fc.property(groupEvents, (event) => {
      const group = { ...event, type: 'group', groupId: 'the-group', userId: null, anonymousId: null, context: {} };
      const sent = { ...group, traits: { id: 'the-group', email: 'group@x.example', userId: 'trait-user' } };
      for (const result of transform(sent)) {
        if (result.outcome !== 'send') continue;
        expect(result.destinationId).toMatch(/^(userpilot|mixpanel)/);
        expect(JSON.stringify(result.requests)).not.toMatch(/user_id|userId":"the|distinct_id|external_id/);
      }
    }),
    { numRuns: 50 },
  );
});
