import _ from 'lodash';

import type { Result } from '../../src/contract/results.ts';
import type { Json } from '../../src/core/json.ts';
import { client, expectNoErrors } from '../support/api.ts';
import { fixtures } from '../support/project.ts';

/*
 * One event of a hundred is poison. The results of the others are, to the byte, the same without it. Events are
 * written as JSON text, since a key `__proto__` is data only there.
 */

const SIZE = 100;
const POISONED = 41;

const group = (fields: string) => `{"type":"group","messageId":"poison","groupId":"g","userId":"u",${fields}}`;
const pollution = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}';
const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;
const named = (keys: readonly string[], value: string) => keys.map((key) => `"${key}":${value}`).join();

const poisons: [string, string][] = [
  ['null', 'null'],
  ['a list', `[${group('"traits":{}')}]`],
  ['a number', '7'],
  ['text', '"group"'],
  ['a boolean', 'true'],
  ['an empty object', '{}'],
  ['no text as its type', '{"type":{"toLowerCase":"group"}}'],
  ['objects nested too deep', group(`"traits":${nested(4_000, '{"a":', '}')}`)],
  ['lists nested too deep', group(`"traits":{"a":${nested(4_000, '[', ']')}}`)],
  ['a key that is huge', group(`"traits":{"${'k'.repeat(50_000)}":1}`)],
  ['many keys', group(`"traits":{${named(_.times(20_000, String), '1')}}`)],
  [
    'keys that name getters and methods',
    group(`"traits":{${named(['__defineGetter__', '__lookupGetter__', 'get', 'then', 'toJSON', 'valueOf'], '"x"')}}`),
  ],
  ['fields that hide methods', group(`"hasOwnProperty":1,"toString":1,"traits":{"hasOwnProperty":1,"toString":1}`)],
  ['lone surrogates', group('"traits":{"name":"\\ud800","\\udc00":"\\udfff"},"context":{"ip":"\\ud83d"}')],
  ['control characters', group('"traits":{"name":"\\u0000\\r\\nX-Evil: 1","\\u0000":"\\u2028"}')],
  ['invalid dates', group('"timestamp":"NaN","originalTimestamp":"2024-02-30","traits":{"createdAt":"Infinity"}')],
  ['dates out of range', group('"timestamp":1e300,"traits":{"createdAt":-8640000000000001,"employees":1e400}')],
  ['numbers beyond what is safe', group('"traits":{"employees":9007199254740993,"id":123456789012345678901234567890}')],
  ['an id beyond what is safe', '{"type":"group","groupId":9007199254740993,"userId":-1e400,"traits":{"a":1}}'],
  ['an id that is an object', '{"type":"group","groupId":{"a":1},"userId":[[]],"anonymousId":false}'],
  ['a list of ids with a stranger', '{"type":"group","groupId":["a",null,{"b":1}],"userId":"u"}'],
  ['prototypes in its traits', group(`"traits":{${pollution},"address":{${pollution},"city":"x"}}`)],
  ['prototypes deep in its traits', group(`"traits":{"a":{"b":[{"c":{${pollution}}}]}}`)],
  ['prototypes in its context', group(`"context":{${pollution},"traits":{${pollution}},"library":{${pollution}}}`)],
  ['prototypes in its integrations', group(`"integrations":{${pollution},"All":{${pollution}}},"traits":{"a":1}`)],
  ['prototypes at its root', group(`${pollution},"traits":{"a":1}`)],
  ['traits and context of other kinds', group('"traits":[1],"context":"x","integrations":7')],
  ['lists where fields are', group('"traits":{"name":[[]],"email":{"a":1},"address":[],"employees":[1]}')],
  ['consent of other kinds', group('"context":{"consent":[1],"consentManagement":{"deniedConsentIds":7}}')],
  ['more than a megabyte', group(`"traits":{"name":"${'x'.repeat(1_100_000)}"}`)],
];

const event = (index: number) =>
  JSON.stringify({
    type: 'group',
    messageId: `m-${String(index)}`,
    groupId: `g-${String(index)}`,
    userId: `u-${String(index)}`,
    timestamp: '2026-01-02T03:04:05.678Z',
    traits: { name: `Group ${String(index)}`, employees: index, address: { city: 'Delft' }, industry: 'Food' },
  });

/** A hundred events as texts, one of them another. */
const batchWith = (poison: string) => _.times(SIZE, (index) => (index === POISONED ? poison : event(index)));

/** Of several kinds: the event itself, flattened, in forms, several requests, merged requests. */
const names = ['stormly', 'mixpanel', 'webhook', 'customer-io', 'segment'];
const destinations = names.map((name) => {
  const { config } = fixtures.find((fixture) => fixture.destination === name && fixture.name === 'full') ?? {};
  return { name, config };
});

async function call(path: string, body: string): Promise<Json> {
  const response = await client.post(path).set('Content-Type', 'application/json').send(body);
  expect([path, response.status]).toEqual([path, 200]);
  return response.body as Json;
}

/** The results of a batch by their events, each as text. */
async function transform(poison: string): Promise<string[][]> {
  const text = `{"events":[${batchWith(poison).join()}],"destinations":${JSON.stringify(destinations)}}`;
  const { results } = (await call('/transform', text)) as unknown as { results: Result[] };
  expect(_.map(results, 'event')).toEqual(_.times(SIZE * names.length, (index) => Math.floor(index / names.length)));
  return _.chunk(
    results.map((result) => JSON.stringify(result)),
    names.length,
  );
}

interface Element {
  metadata: { jobId: number } | { jobId: number }[];
}

const routes = {
  processor: async (name: string, items: string) =>
    (await call(`/v0/destinations/${name}`, `[${items}]`)) as unknown as Element[],
  router: async (name: string, items: string) => {
    const answer = await call('/routerTransform', `{"input":[${items}],"destType":"${name}"}`);
    return (answer as unknown as { output: Element[] }).output;
  },
};

/** The elements of the items that are not poisoned, each as text, after a look at the order and the metadata of all. */
async function pipeline(route: keyof typeof routes, { name, config }: (typeof destinations)[0], poison: string) {
  // The poisoned one stays out of what the others are merged into.
  const metadata = _.times(SIZE, (jobId) => ({
    jobId,
    messageId: `m-${String(jobId)}`,
    dontBatch: jobId === POISONED,
  }));
  const destination = JSON.stringify({ ID: 'd', Config: config, DestinationDefinition: { Name: name } });
  const items = batchWith(poison).map(
    (message, jobId) =>
      `{"message":${message},"metadata":${JSON.stringify(metadata[jobId])},"destination":${destination}}`,
  );
  const elements = await routes[route](name, items.join());
  const jobs = elements.map((element) => _.castArray(element.metadata));
  const ordered = route === 'processor' ? jobs.flat() : _.sortBy(jobs.flat(), 'jobId');
  expect(_.sortedUniqBy(ordered, 'jobId')).toEqual(metadata);
  expect(_.sortBy(jobs, '0.jobId')).toEqual(jobs);
  return elements.filter((_element, index) => jobs[index]?.[0]?.jobId !== POISONED).map((left) => JSON.stringify(left));
}

const cleanNative = _.once(() => transform(event(POISONED)));
const cleanPipeline = _.memoize(
  (route: keyof typeof routes, destination: (typeof destinations)[0]) => pipeline(route, destination, event(POISONED)),
  (route, { name }) => `${route} ${name}`,
);
const prototypeKeys = () => [Object, Array, Function].map(({ prototype }) => Reflect.ownKeys(prototype as object));
const untouched = prototypeKeys();

function expectCleanPrototypes(): void {
  expect(prototypeKeys()).toEqual(untouched);
}

afterEach(() => {
  expectNoErrors();
  expectCleanPrototypes();
});

it('there are thirty kinds of poison, and a clean batch is sent to all destinations', async () => {
  expect(_.uniqBy(poisons, ([name]) => name)).toHaveLength(30);
  for (const ofEvent of await cleanNative()) {
    expect(ofEvent.filter((text) => !text.includes('"outcome":"send"'))).toEqual([]);
  }
});

describe.each(poisons)('an event that is or has %s', (_name, poison) => {
  it('leaves the others as they are', async () => {
    const results = await transform(poison);
    expect(results).toEqual((await cleanNative()).with(POISONED, results[POISONED] as string[]));
  });

  it.each(['processor', 'router'] as const)('leaves the others as they are on the route of the %s', async (route) => {
    for (const destination of destinations) {
      const elements = await pipeline(route, destination, poison);
      expect(elements).toEqual(await cleanPipeline(route, destination));
    }
  });
});
