import _ from 'lodash';

import type { Result } from '../../src/contract/results.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { createTransformer } from '../../src/index.ts';
import { clock, expectNoErrors, post } from '../support/api.ts';
import { type SdkCall, sdkCalls, sdkDestinations as destinations } from '../support/sdk-calls.ts';

/*
 * What SDKs put on the wire, given as it is: through the service and the library, to a destination of properties, one
 * that passes on and one that is sent a form.
 */

const now = new Date('2026-01-02T03:04:05.678Z');

beforeAll(() => {
  clock.now = now;
});

afterAll(() => {
  delete clock.now;
});

afterEach(expectNoErrors);

const isSent = (value: unknown) => value !== undefined && value !== null && value !== '';

/** The events of a call with what its body says for all of them. */
function eventsOf({ batch, ...shared }: NonNullable<SdkCall['body']>): JsonObject[] {
  if (batch === undefined) return [shared];
  return batch.map((item) => ({
    ...item,
    context: _.merge({}, shared.context, item.context),
    sentAt: item.sentAt ?? shared.sentAt ?? null,
  }));
}

/** The scalars among the traits, in which vendors do not differ. */
const scalarsOf = ({ traits }: JsonObject) =>
  _.pickBy(traits as JsonObject, (value) => ['string', 'number', 'boolean'].includes(typeof value));

/** What is sent of an event, per destination. */
function bodiesOf(event: JsonObject, groupId: string | undefined): object[] {
  const { userId, anonymousId, context, timestamp, originalTimestamp, sentAt, messageId, traits } = event;
  const sent = [timestamp, originalTimestamp, sentAt].find(isSent) as string;
  const scalars = scalarsOf(event);
  const account = {
    ..._.mapKeys(scalars, (_value, key) => `account[${key}]`),
    ...(groupId && { 'account[id]': groupId }),
  };
  const email = _.get(context, 'traits.email') as unknown;
  return [
    {
      json: {
        company_id: groupId,
        metadata: _.mapKeys(scalars, (_value, key) => (key === 'createdAt' ? 'created_at' : key)),
      },
    },
    {
      json: {
        batch: [
          {
            type: 'group',
            groupId,
            timestamp: new Date(sent).toISOString(),
            traits: traits ?? {},
            ...(!_.isEmpty(context) && { context }),
            ..._.pickBy({ userId, anonymousId, messageId }, isSent),
          },
        ],
      },
    },
    { form: { ...account, ...(isSent(userId) && { id: userId }), ...(email !== undefined && { email }) } },
  ];
}

function expectRight(event: JsonObject, results: readonly Result[]): void {
  const { groupId } = event;
  const failure = (code: string) => results.map(() => expect.objectContaining({ outcome: 'fail', code }) as unknown);
  if (event.type === undefined) {
    expect(results).toEqual(failure('EVENT_TYPE_MISSING'));
    return;
  }
  if (typeof groupId === 'number' && !Number.isSafeInteger(groupId)) {
    expect(results).toEqual(failure('ID_NOT_EXACT'));
    return;
  }
  const text = typeof groupId === 'string' ? groupId : JSON.stringify(groupId);
  const id = text.trim() === '' ? undefined : text;
  const isNobody = !isSent(event.userId) && !_.has(event, 'context.traits.email');
  const sends = [id !== undefined, id !== undefined, !isNobody];
  const bodies = bodiesOf(event, id);
  for (const [index, result] of results.entries()) {
    expect(result.outcome).toBe(sends[index] === true ? 'send' : 'fail');
    if (result.outcome === 'send') expect(result.requests).toMatchObject([{ body: bodies[index] }]);
    else if (id === undefined && index < 2) expect(result).toMatchObject({ code: 'GROUP_ID_MISSING' });
    else expect(result).toMatchObject({ code: 'FIELD_MISSING' });
    const inexact = (result.warnings ?? []).filter(({ code }) => code === 'NUMBER_NOT_EXACT').map(({ path }) => path);
    const numbers = _.pickBy(
      scalarsOf(event),
      (value) => _.isNumber(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER,
    );
    if (result.outcome === 'send') expect(inexact).toEqual(Object.keys(numbers).map((name) => `traits.${name}`));
  }
}

const readable = sdkCalls.flatMap((call) => (call.body === undefined ? [] : [{ ...call, body: call.body }]));

it('is recorded of eleven SDKs', () => {
  expect(new Set(sdkCalls.map(({ name }) => name.split(' ')[0])).size).toBe(11);
  expect(readable.length).toBe(76);
});

it.each(readable)('$name is read right', async ({ text, body }) => {
  const key = body.batch === undefined ? 'event' : 'sdkBatch';
  const response = await post(`{"destinations":${JSON.stringify(destinations)},"${key}":${text}}`).expect(200);
  const { results } = response.body as { results: Result[] };
  const events = eventsOf(body);
  expect(results.map(({ event }) => event)).toEqual(events.flatMap((_event, index) => destinations.map(() => index)));
  events.forEach((event, index) => {
    expectRight(
      event,
      results.filter((result) => result.event === index),
    );
  });

  const transformer = await createTransformer();
  const given = body.batch === undefined ? [body] : { sdkBatch: body };
  expect(transformer.transform(given, destinations, { now })).toEqual(results);
});

describe('what a body says for all of its events', () => {
  const read = async (sdkBatch: object) => {
    const destination = { name: 'webhook', config: { webhookUrl: 'https://hooks.example' } };
    const response = await post({ destination, sdkBatch }).expect(200);
    return (response.body as { results: Result[] }).results.map(
      (result) => _.get(result, 'requests[0].body.json') as object,
    );
  };
  const item = { type: 'group', groupId: 'g', userId: 'u' };

  it('is merged with what each says itself, which wins', async () => {
    const [first, second] = await read({
      context: { ip: '192.0.2.1', os: { name: 'iOS', version: '17' }, tags: ['a', 'b'] },
      integrations: { All: false, Webhook: true, Amplitude: { session_id: 1 } },
      sentAt: '2026-01-02T03:04:06Z',
      writeKey: 'w',
      batch: [
        { ...item, context: { ip: null, os: { name: 'iPadOS' }, tags: ['c'] }, integrations: { Amplitude: { x: 2 } } },
        { ...item, context: null, sentAt: '2026-01-02T03:04:00Z' },
      ],
    });
    expect(first).toEqual({
      ...item,
      context: { ip: null, os: { name: 'iPadOS', version: '17' }, tags: ['c'] },
      integrations: { All: false, Webhook: true, Amplitude: { session_id: 1, x: 2 } },
      sentAt: '2026-01-02T03:04:06Z',
    });
    expect(second).toMatchObject({ context: { ip: '192.0.2.1' }, sentAt: '2026-01-02T03:04:00Z' });
    expect(second).not.toHaveProperty('writeKey');
  });

  it('is not the time of an event that has one', async () => {
    const originalTimestamp = '2026-01-01T00:00:00Z';
    const body = { timestamp: '2026-01-02T03:04:05Z', batch: [{ ...item, originalTimestamp }, item] };
    const [first, second] = await read(body);
    expect(first).not.toHaveProperty('timestamp');
    expect(second).toMatchObject({ timestamp: '2026-01-02T03:04:05Z' });
  });

  it('never becomes a prototype', async () => {
    const body = JSON.parse(
      `{"context":{"__proto__":{"a":1}},"batch":[{"type":"group","groupId":"g","context":{"__proto__":{"b":2}}}]}`,
    ) as object;
    expect(JSON.stringify(await read(body))).toContain('"context":{"__proto__":{"a":1,"b":2}}');
  });

  it.each<[object, string]>([
    [{ sdkBatch: {} }, 'sdkBatch.batch'],
    [{ sdkBatch: null }, 'sdkBatch.batch'],
    [{ sdkBatch: { batch: {} } }, 'sdkBatch.batch'],
    [{ sdkBatch: { batch: [] }, events: [] }, 'sdkBatch'],
    [{ sdkBatch: { batch: [] }, event: {} }, 'sdkBatch'],
    [{ sdkBatch: { batch: [], context: { a: 'x'.repeat(40_000) } } }, 'sdkBatch.context'],
  ])('is refused in %j', async (body, place) => {
    const response = await post({ destinations, ...body }).expect(400);
    expect(response.body).toMatchObject({ code: 'ENVELOPE_INVALID', path: place });
  });

  it("does not affect what isn't an event", async () => {
    const response = await post({ destinations, sdkBatch: { batch: [7, null], context: {} } }).expect(200);
    expect(_.map((response.body as { results: Result[] }).results, 'code')).toEqual(new Array(6).fill('EVENT_INVALID'));
  });

  it("is refused by the library if it isn't a body", async () => {
    const transformer = await createTransformer();
    expect(() => transformer.transform({ sdkBatch: {} }, destinations)).toThrow('sdkBatch.batch is not a list');
    expect(() => transformer.transform({ sdkBatch: { batch: [1n] } }, destinations)).toThrow(
      'sdkBatch.batch[0] is a BigInt',
    );
  });
});
