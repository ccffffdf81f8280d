import _ from 'lodash';
import request from 'supertest';

import type { AskOutcome, Result } from '../../src/contract/results.ts';
import type { Answers } from '../../src/core/dialogue.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Registry } from '../../src/core/registry.ts';
import { createApp } from '../../src/http/app.ts';
import { registry as builtIn } from '../support/project.ts';
import { crm } from '../support/vendor.ts';

const registry = new Registry([
  { file: 'crm', definition: crm },
  { file: 'stormly', definition: builtIn.get('stormly') },
]);
const NOW = new Date('2026-01-02T03:04:05.678Z');
const appOf = (version: string, now = NOW) =>
  createApp({ registry, version, limits: { bodyBytes: 2e6, pipelineBodyBytes: 1e6 }, now: () => now });
const app = appOf('1.2.3');

const event = { type: 'group', groupId: 'acme-42', userId: 'u-1', timestamp: '2026-01-01', traits: { name: 'Acme' } };
const destination = { name: 'crm', config: { apiKey: 'secret-apiKey' } };
const stormly = { name: 'stormly', config: { apiKey: 'k' } };
const call = {
  events: [event, { ...event, groupId: 'other' }],
  destinations: [stormly, destination],
  dialogues: 'ask',
};

type Answered = Result | Result<AskOutcome>;

async function post(body: object, to = app): Promise<Answered[]> {
  const response = await request(to).post('/transform').send(body).expect(200);
  return (response.body as { results: Answered[] }).results;
}

const asking = (result: Answered | undefined) => result as unknown as AskOutcome;
const asksOf = (result: Answered | undefined) => asking(result).asks;
const resumeOf = (result: Answered | undefined, answers: Answers, more: object = {}) => ({
  resume: [{ event: 0, destination: 1, ...asking(result).resumeWith, answers, ...more }],
});

it('tells its release with every answer, so that a pair can start at another time', async () => {
  const built = createApp({
    registry,
    version: '1.2.3',
    release: '1.2.3+5f0c1d7a92be',
    limits: { bodyBytes: 2e6, pipelineBodyBytes: 1e6 },
  });
  const { headers } = await request(built).get('/health');
  expect(headers['transformer-version']).toBe('1.2.3+5f0c1d7a92be');
  const resume = [
    { event: 0, destination: 1, now: NOW.toISOString(), release: headers['transformer-version'], answers: {} },
  ];
  const [result] = await post({ ...call, resume }, built);
  expect(result).toMatchObject({ outcome: 'ask', resumeWith: { now: NOW.toISOString() } });
});

it('asks for what must be known first, and nothing else of the call is kept waiting', async () => {
  const results = await post(call);
  expect(results.map(({ outcome }) => outcome)).toEqual(['send', 'ask', 'send', 'ask']);
  expect(results[1]).toEqual({
    event: 0,
    destination: 1,
    destinationId: 'crm',
    outcome: 'ask',
    asks: [
      {
        key: expect.stringMatching(/^find-[0-9a-f]{16}$/) as string,
        effect: 'read',
        request: {
          method: 'GET',
          url: 'https://crm.example/companies/by/acme-42',
          headers: { Authorization: 'Bearer secret-apiKey' },
          query: {},
        },
        reads: expect.objectContaining({ type: 'object', required: ['id'] }) as object,
      },
    ],
    resumeWith: { now: '2026-01-02T03:04:05.678Z', release: '1.2.3' },
  });
});

it('goes on with the pairs that are named, and only with them, until the end', async () => {
  const [, first] = await post(call);
  const [find] = asksOf(first);
  const answers = { [String(find?.key)]: { status: 404 } };
  const [second, ...others] = await post({ ...call, ...resumeOf(first, answers) });
  expect(others).toEqual([]);
  const [create] = asksOf(second);
  expect(create).toMatchObject({ effect: 'write', request: { method: 'POST' } });

  const more = { ...answers, [String(create?.key)]: { status: 201, json: { id: 7 } } };
  expect(await post({ ...call, ...resumeOf(second, more) })).toMatchObject([
    { event: 0, destination: 1, outcome: 'send', requests: [{ url: 'https://crm.example/companies/7/people/u-1' }] },
  ]);
});

it('keeps the time at which the dialogue began', async () => {
  const [, first] = await post(call);
  const later = appOf('1.2.3', new Date('2027-01-01T00:00:00.000Z'));
  const [find] = asksOf(first);
  const [second] = await post({ ...call, ...resumeOf(first, { [String(find?.key)]: { status: 404 } }) }, later);
  expect(asking(second).resumeWith.now).toBe('2026-01-02T03:04:05.678Z');
});

it.each<[string, (key: string) => Answers, object, string]>([
  ['to what is not asked', (key) => ({ [key]: { status: 404 }, 'find-0': { status: 404 } }), {}, 'ANSWERS_STALE'],
  ['from another event', () => ({ 'find-0': { status: 404 } }), {}, 'ANSWERS_STALE'],
  ['that another release has asked for', (key) => ({ [key]: { status: 404 } }), { release: '1.2.2' }, 'ANSWERS_STALE'],
  ['that are too large', (key) => ({ [key]: { status: 200, text: 'x'.repeat(300_000) } }), {}, 'ANSWER_INVALID'],
  ["that aren't answers", (key) => ({ [key]: { error: 'timeout' } }), {}, 'VENDOR_UNAVAILABLE'],
  ['that cannot be read', (key) => ({ [key]: { status: 200, json: [] } }), {}, 'VENDOR_UNAVAILABLE'],
  ['that are text', (key) => ({ [key]: { status: 200, text: '<html>' } }), {}, 'VENDOR_UNAVAILABLE'],
  ['of a vendor that refuses', (key) => ({ [key]: { status: 401 } }), {}, 'VENDOR_REFUSED'],
  ['of a vendor that does not understand', (key) => ({ [key]: { status: 400 } }), {}, 'VENDOR_REFUSED'],
  ['of a vendor that is busy', (key) => ({ [key]: { status: 429, retryAfter: 3 } }), {}, 'VENDOR_THROTTLED'],
  ['of a vendor that is down', (key) => ({ [key]: { status: 502 } }), {}, 'VENDOR_UNAVAILABLE'],
])('answers %s fail the pair', async (_name, answersOf, more, code) => {
  const [, first] = await post(call);
  const answers = answersOf(String(asksOf(first)[0]?.key));
  const [result] = await post({ ...call, ...resumeOf(first, answers, more) });
  expect(result).toMatchObject({ event: 0, destination: 1, outcome: 'fail', code });
  expect(JSON.stringify(result)).not.toContain('secret-');
});

it('the key of an ask tells calls apart, but not by their credentials', async () => {
  const keyOf = async (changed: object, config = destination.config) => {
    const [result] = await post({
      event: { ...event, ...changed },
      destination: { ...destination, config },
      dialogues: 'ask',
    });
    return asksOf(result)[0]?.key;
  };
  const key = await keyOf({});
  expect(await keyOf({})).toBe(key);
  expect(await keyOf({}, { apiKey: 'another' })).toBe(key);
  expect(await keyOf({ groupId: 'other' })).not.toBe(key);
});

it.each([
  ['an event that is not there', { event: 2 }, 'resume[0].event'],
  ['a destination that is not there', { destination: 2 }, 'resume[0].destination'],
  ['an answer without a status', { answers: { a: {} } }, 'resume[0].answers.a'],
  ['an invalid time', { now: 'soon' }, 'resume[0].now'],
  ['a field that is not known', { more: 1 }, 'resume[0].more'],
])('resuming with %s is a bad envelope', async (_name, more, path) => {
  const resume = [{ event: 0, destination: 1, now: NOW.toISOString(), release: '1.2.3', answers: {}, ...more }];
  const response = await request(app)
    .post('/transform')
    .send({ ...call, resume })
    .expect(400);
  expect(response.body).toMatchObject({ code: 'ENVELOPE_INVALID', path });
});

it('resuming a pair twice is a bad envelope', async () => {
  const pair = { event: 0, destination: 1, now: NOW.toISOString(), release: '1.2.3', answers: {} };
  const response = await request(app)
    .post('/transform')
    .send({ ...call, resume: [pair, { ...pair, event: 1 }, pair] })
    .expect(400);
  expect(response.body).toMatchObject({ code: 'ENVELOPE_INVALID', path: 'resume[2]' });
});

it('a caller that has not said that it can ask is told so', async () => {
  const results = await post({ ..._.omit(call, 'dialogues') });
  expect(results.map((result) => ('code' in result ? result.code : result.outcome))).toEqual([
    'send',
    'DIALOGUE_NEEDED',
    'send',
    'DIALOGUE_NEEDED',
  ]);
});

it('dialogues go together with batches', async () => {
  const response = await request(app)
    .post('/transform')
    .send({ ...call, batch: true })
    .expect(200);
  const { results, batches } = response.body as { results: JsonObject[]; batches: JsonObject[] };
  expect(_.map(results, 'outcome')).toEqual(['send', 'ask', 'send', 'ask']);
  expect(_.map(batches, 'results')).toEqual([[0], [2]]);
});
