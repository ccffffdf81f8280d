import request from 'supertest';
import { createTransformer, Problem, type Transformer } from '../../src/index.ts';
import { app, post, transform } from '../support/api.ts';

let transformer: Transformer;

beforeAll(async () => {
  transformer = await createTransformer();
});

const userpilot = { name: 'userpilot', config: { apiKey: 'k' } };
const stormly = { id: 'second', name: 'stormly', config: { apiKey: 'k' } };
const event = { type: 'group', groupId: 'a', userId: 'u', timestamp: '2026-01-02T03:04:05Z', traits: { name: 'Acme' } };

it('answers what the service answers', async () => {
  const events = [event, { event, ref: { row: 7 } }, { type: 'track' }, [], { event: null }];
  const destinations = [userpilot, stormly, { name: 'loops' }, { name: 'nowhere' }, { name: 'posthog' }];
  const results = transformer.transform(events, destinations);
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
  const destinations = [{ name: 'amplitude', config: { apiKey: 'k' } }, userpilot];
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
    { event: 0, outcome: 'fail', code: 'EVENT_INVALID', message: 'the event cannot be written as JSON' },
    { event: 1, outcome: 'fail', code: 'EVENT_INVALID' },
    { event: 2, outcome: 'send' },
  ]);
});

it('holds events to the limits of the service', () => {
  const large = { ...event, traits: { text: 'x'.repeat(1_000_001) } };
  expect(transformer.transform([large], [userpilot])).toMatchObject([{ outcome: 'fail', code: 'EVENT_TOO_LARGE' }]);
});

it('tells destinations the time that is given', () => {
  const ga4 = { name: 'ga4', config: { typesOfClient: 'gtag', apiSecret: 's', measurementId: 'G-1' } };
  const outcomeAt = (now: string) =>
    transformer
      .transform([{ ...event, anonymousId: 'a' }], [ga4], { now: new Date(now) })
      .map(({ outcome }) => outcome);
  expect([outcomeAt('2026-01-03'), outcomeAt('2026-02-03')]).toEqual([['send'], ['fail']]);
});

it('leaves vendors that must be asked first to the service', () => {
  const zendesk = { name: 'zendesk', config: { email: 'a@acme.example', apiToken: 'k', domain: 'acme' } };
  const person = { traits: { name: 'A', email: 'a@acme.example' } };
  expect(transformer.transform([{ ...event, context: person }], [zendesk])).toMatchObject([
    { outcome: 'fail', code: 'DIALOGUE_NEEDED' },
  ]);
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
