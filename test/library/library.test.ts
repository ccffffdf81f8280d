import request from 'supertest';

import { type Answer, createTransformer, type DestinationCall, Problem, type Transformer } from '../../src/index.ts';
import { app, post, transform } from '../support/api.ts';

let transformer: Transformer;

beforeAll(async () => {
  transformer = await createTransformer();
});

const userpilot: DestinationCall = { name: 'userpilot', config: { apiKey: 'k' } };
const stormly: DestinationCall = { id: 'second', name: 'stormly', config: { apiKey: 'k' } };
const event = { type: 'group', groupId: 'a', userId: 'u', timestamp: '2026-01-02T03:04:05Z', traits: { name: 'Acme' } };

it('answers what the service answers', async () => {
  const events = [event, { event, ref: { row: 7 } }, { type: 'track' }, [], { event: null }];
  const destinations = [userpilot, stormly, { name: 'loops' }, { name: 'nowhere' }, { name: 'posthog' }];
  const results = transformer.transform(events, destinations as DestinationCall[]);
  expect(results).toEqual(await transform({ events, destinations }));
  expect(results).toHaveLength(25);
});

it('explains as the service does', async () => {
  const destinations = [userpilot, stormly];
  const results = transformer.transform([event], destinations, { explain: true });
  expect(results).toEqual(await transform({ events: [event], destinations }, '?explain=true'));
  expect(results).toMatchObject([{ explain: { unused: [] } }, { explain: { unused: [] } }]);
});

it('merges requests as the service does', async () => {
  const destinations: DestinationCall[] = [{ name: 'amplitude', config: { apiKey: 'k' } }, userpilot];
  const events = [event, { ...event, groupId: 'b' }];
  const { body } = (await post({ events, destinations, batch: true }).expect(200)) as { body: unknown };
  expect(transformer.transformInBatches(events, destinations)).toEqual(body);
});

it('describes destinations as the service does', async () => {
  const list = await request(app).get('/destinations');
  const one = await request(app).get('/destinations/stormly');
  expect({ destinations: transformer.destinations() }).toEqual(list.body);
  expect(JSON.parse(JSON.stringify(transformer.destination('Stormly')))).toEqual(one.body);
  expect(transformer.destination('nowhere')).toBeUndefined();
});

it('reads events as JSON has them, and leaves them as they are', () => {
  const given = { ...event, timestamp: new Date(event.timestamp), traits: { name: 'Acme', plan: undefined } };
  const [dated] = transformer.transform([given], [stormly]);
  expect(dated).toMatchObject({
    requests: [{ body: { json: { timestamp: '2026-01-02T03:04:05.000Z', traits: { name: 'Acme' } } } }],
  });
  expect(given.traits).toEqual({ name: 'Acme', plan: undefined });
  expect(given.timestamp).toEqual(new Date(event.timestamp));
});

it("fails an event that isn't JSON, and no other", () => {
  const circular: Record<string, unknown> = { type: 'group' };
  circular.self = circular;
  const results = transformer.transform([circular, { ...event, big: 1n }, event], [userpilot]);
  expect(results).toMatchObject([
    { event: 0, outcome: 'fail', code: 'EVENT_INVALID', path: 'event.self', message: 'event.self contains itself' },
    { event: 1, outcome: 'fail', code: 'EVENT_INVALID', path: 'event.big' },
    { event: 2, outcome: 'send' },
  ]);
});

it('holds events to the limits of the service', () => {
  const large = { ...event, traits: { text: 'x'.repeat(1_000_001) } };
  // Long lists are parsed in pieces, none of which is too large.
  const inPieces = { products: Array.from({ length: 20 }, () => ({ text: 'x'.repeat(60_000) })), ...event };
  for (const one of [large, inPieces]) {
    expect(transformer.transform([one], [userpilot])).toMatchObject([{ outcome: 'fail', code: 'EVENT_TOO_LARGE' }]);
  }
});

it('tells destinations the time that is given', () => {
  const ga4: DestinationCall = { name: 'ga4', config: { typesOfClient: 'gtag', apiSecret: 's', measurementId: 'G-1' } };
  const outcomeAt = (now: string) =>
    transformer
      .transform([{ ...event, anonymousId: 'a' }], [ga4], { now: new Date(now) })
      .map(({ outcome }) => outcome);
  expect([outcomeAt('2026-01-03'), outcomeAt('2026-02-03')]).toEqual([['send'], ['fail']]);
});

const zendesk: DestinationCall = {
  name: 'zendesk',
  config: { email: 'a@acme.example', apiToken: 'k', domain: 'acme' },
};
const withPerson = { ...event, context: { traits: { name: 'A', email: 'a@acme.example' } } };

it('asks no vendor that must be asked first', () => {
  expect(transformer.transform([withPerson], [zendesk])).toMatchObject([{ outcome: 'fail', code: 'DIALOGUE_NEEDED' }]);
});

it('refuses invalid destinations, and names their place', () => {
  const call =
    (...destinations: object[]) =>
    () =>
      transformer.transform([event], destinations as never);
  expect(call()).toThrow(Problem);
  expect(call(userpilot, userpilot)).toThrow('the id "userpilot" already belongs to destinations[0]');
  expect(call({ ...userpilot, enabled: 'no' })).toThrow('destinations[0].enabled');
});

it.each<[string, object, string, string]>([
  ['a BigInt', { ...event, traits: { seats: [1, 2n] } }, 'event.traits.seats[1]', 'is a BigInt'],
  [
    'a BigInt beside a ref',
    { event: { ...event, traits: { seats: 2n } }, ref: 1 },
    'event.traits.seats',
    'is a BigInt',
  ],
  ['a BigInt as the ref', { event, ref: 2n }, 'ref', 'is a BigInt'],
  [
    'what throws',
    {
      ...event,
      toJSON: () => {
        throw new Error('no way');
      },
    },
    'event',
    'cannot be written as JSON: no way',
  ],
  ['nothing', undefined as never, 'event', 'is undefined'],
])('says where the event has %s', (_name, given, path, says) => {
  const [result] = transformer.transform([given], [userpilot]);
  expect(result).toMatchObject({ outcome: 'fail', code: 'EVENT_INVALID', path });
  expect(result).toHaveProperty('message', expect.stringContaining(`${path} ${says}`));
});

it.each<[string, unknown[], string, string]>([
  ['one event', [event, [userpilot]], 'events', 'must be a list'],
  ['text', ['[]', [userpilot]], 'events', 'must be a list'],
  ['nothing', [undefined, [userpilot]], 'events', 'must be a list'],
  ['one destination', [[event], userpilot], 'destinations', 'destinations'],
  ['an invalid time', [[event], [userpilot], { now: new Date('soon') }], 'now', 'is not a valid Date'],
  ['the text of a time', [[event], [userpilot], { now: '2026-01-01' }], 'now', 'is not a valid Date'],
  [
    'a batch with a BigInt',
    [{ sdkBatch: { batch: [{ id: 1n }] } }, [userpilot]],
    'sdkBatch.batch[0].id',
    'is a BigInt',
  ],
])('refuses %s instead of what it takes', (_name, args, path, says) => {
  for (const method of ['transform', 'transformInBatches', 'ask'] as const) {
    const call = transformer[method].bind(transformer) as (...args: unknown[]) => unknown;
    let thrown: unknown;
    try {
      call(...args);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Problem);
    expect(thrown).toMatchObject({ code: 'ENVELOPE_INVALID', path, message: expect.stringContaining(says) as string });
  }
});

describe('dialogues', () => {
  it('go on until there is something to send, as with the service', async () => {
    const now = new Date('2026-01-03T00:00:00Z');
    const [begun] = transformer.ask([withPerson], [zendesk], { now });
    const [asked] = await transform({ events: [withPerson], destinations: [zendesk], dialogues: 'ask' });
    expect(begun).toMatchObject({ outcome: 'ask', asks: (asked as unknown as { asks: object[] }).asks });
    const answers: Record<string, Answer> = {};
    let result = begun;
    let steps = 0;
    while (result?.outcome === 'ask') {
      for (const { key, effect } of result.asks) {
        const json =
          effect === 'read' ? { users: [], organizations: [] } : { user: { id: 7 }, organization: { id: 8 } };
        answers[key] = { status: 200, json };
      }
      const { resumeWith } = result;
      [result] = transformer.resume([withPerson], [zendesk], [{ event: 0, destination: 0, ...resumeWith, answers }]);
      steps++;
    }
    expect(steps).toBeGreaterThan(1);
    expect(result).toMatchObject({ outcome: 'send', destinationId: 'zendesk' });
  });

  it('of another release are stale, and those of no pair are refused', () => {
    const dialogue = { event: 0, destination: 0, now: '2026-01-03T00:00:00Z', release: '0.0.0', answers: {} };
    expect(transformer.resume([withPerson], [zendesk], [dialogue])).toMatchObject([{ code: 'ANSWERS_STALE' }]);
    const resume = (dialogues: object) => () => transformer.resume([withPerson], [zendesk], dialogues as never);
    expect(resume([{ ...dialogue, event: 1 }])).toThrow('there is no event at this position');
    expect(resume([{ ...dialogue, answers: 7 }])).toThrow('resume[0].answers must be');
    expect(resume({})).toThrow('resume must be a list');
  });
});

describe('only', () => {
  it('loads what is named, those in lists included', async () => {
    const small = await createTransformer({ only: ['userpilot', 'adj', 'loops'] });
    expect(small.destinations().map(({ name }) => name)).toEqual(['adj', 'loops', 'userpilot']);
    expect(small.transform([event], [userpilot])).toEqual(transformer.transform([event], [userpilot]));
    expect(small.transform([event], [stormly])).toMatchObject([{ code: 'DESTINATION_UNKNOWN' }]);
  });

  it('refuses a name that no destination has, and says which is meant', async () => {
    await expect(createTransformer({ only: ['userpilot', 'usrlist' as never] })).rejects.toThrow(
      'no destination is named "usrlist"; did you mean "userlist"?',
    );
  });
});

it('has a type for the config of each destination', () => {
  const calls: DestinationCall[] = [
    { name: 'stormly', config: { apiKey: 'k' }, enabled: false },
    { name: 'loops' },
    // @ts-expect-error no destination has this name
    { name: 'stromly', config: { apiKey: 'k' } },
    // @ts-expect-error the key is required
    { name: 'stormly', config: {} },
    // @ts-expect-error the config is required, since the key is
    { name: 'stormly' },
    // @ts-expect-error this is a field of another destination
    { name: 'stormly', config: { apiKey: 'k', region: 'eu' } },
  ];
  expect(calls).toHaveLength(6);
});
