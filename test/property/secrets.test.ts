import { inspect } from 'node:util';

import _ from 'lodash';
import { pino } from 'pino';

import type { Answer } from '../../src/contract/dialogue.ts';
import type { AskOutcome, Result } from '../../src/contract/results.ts';
import { Registry } from '../../src/core/registry.ts';
import { createApp } from '../../src/http/app.ts';
import { compute, defineDestination, event, post, secret, url, z } from '../../src/kit/index.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { clientInTurn } from '../support/client.ts';
import { sampleOf } from '../support/effort.ts';
import { fixtures, registry } from '../support/project.ts';

/*
 * Every secret of a fixture starts with `secret-`. Outside of requests, and of what a pipeline gets back as it sent it,
 * nobody is told of one: neither the caller nor the operator, whatever goes wrong.
 */

const told: unknown[] = [];
const options = { version: '1.2.3', limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 } };
const onError = (...report: unknown[]) => told.push(report);
/** Every line of the log, at its most talkative. */
let logged = '';
const log = pino({ level: 'debug' }, { write: (line: string) => (logged += line) });
const app = createApp({ registry, ...options, telemetry: { onError, log } });

const clientOf = await clientInTurn();

/** `secret-` as it is, in a URL, and in Base64 after any number of bytes. */
const needles = ['secret-', 'secret%2D', 'c2VjcmV0', 'lY3Jld', 'ZWNyZXQt'];

const withoutRequests = new Set(['requests', 'asks', 'output', 'batchedRequest', 'destination', 'metadata', 'request']);

/** What is told of secrets, apart from requests. */
function leaksIn(value: unknown): string[] {
  const rest = _.cloneDeepWith(value, (_value, key) => (withoutRequests.has(String(key)) ? '' : undefined)) as unknown;
  const text = inspect(rest, { depth: Infinity, maxStringLength: Infinity });
  return needles.filter((needle) => text.includes(needle));
}

/** Posts a value as JSON, or text as it is, and looks at all that is told of it. */
async function call(path: string, body: unknown, type = 'application/json', target = app): Promise<unknown> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await clientOf(target).post(path).set('Content-Type', type).send(text);
  expect(response.status).toBeLessThan(500);
  const leaks = [leaksIn([response.headers, response.body]), leaksIn(told), leaksIn(logged)];
  expect([path, logged !== '', ...leaks]).toEqual([path, true, [], [], []]);
  logged = '';
  return response.body;
}

type Answers = Record<string, Answer>;

const callFor = ({ event: payload, destination: name, config, delivery }: Fixture) => ({
  event: payload,
  destination: { name, config, delivery },
  dialogues: 'ask',
});

/** Holds the dialogue of a fixture, its vendor saying whatever `answer` makes of what it should say. */
async function converse(fixture: Fixture, answer: (given: Answer | undefined) => Answer | undefined): Promise<void> {
  const remaining = [...fixture.answers];
  const answers: Answers = {};
  for (let more = {}; ;) {
    const { results } = (await call('/transform', { ...callFor(fixture), ...more })) as {
      results: [Result | Result<AskOutcome>];
    };
    const [result] = results;
    if (result.outcome !== 'ask') return;
    for (const { key } of result.asks) {
      const said = answer(remaining.shift());
      if (said === undefined) return;
      answers[key] = said;
    }
    more = { resume: [{ event: 0, destination: 0, ...result.resumeWith, answers }] };
  }
}

/** What an unkind vendor says: all that it knows of the caller. */
const echoes = (fixture: Fixture): Answer[] => {
  const known = JSON.stringify([fixture.config, fixture.delivery]);
  return [
    ...[200, 400, 500].map((status) => ({ status, json: { id: known }, text: known })),
    { error: `no answer to ${known}` },
  ];
};

/** The config with a character at the end of every text that no header and no URL takes. */
const spoilt = (config: unknown): unknown =>
  typeof config === 'string'
    ? `${config}\r\n`
    : typeof config === 'object' && config !== null
      ? Array.isArray(config)
        ? config.map(spoilt)
        : _.mapValues(config, spoilt)
      : config;

const thrown = compute('never', [event.groupId], (id) => (id as unknown as { a: { b: string } }).a.b);
const throwing = defineDestination({
  name: 'throwing',
  title: 'Throwing',
  docs: 'https://throwing.example/docs',
  config: z.object({ apiKey: secret('Key') }),
  examples: { default: { apiKey: 'secret-apiKey' } },
  hosts: ['throwing.example'],
  requests: ({ apiKey }) => [
    post.json<{ id: string }>({
      url: url`https://throwing.example/`,
      headers: { Authorization: apiKey },
      body: { id: thrown },
    }),
  ],
});

beforeEach(() => told.splice(0));

describe.each(Object.entries(_.groupBy(fixtures, 'destination')))('the secrets of %s', (name, all) => {
  const own = sampleOf(all, 2);
  const configured = sampleOf(
    _.uniqBy(all, ({ config }) => Object.keys(config).sort().join()),
    2,
  );
  // One for each step that a vendor may be asked last.
  const asking = sampleOf(
    _.uniqBy(all, ({ answers }) => answers.length).filter(({ answers }) => answers.length > 0),
    1,
  );
  const toItem = ({ event: message, config, delivery }: Fixture, jobId: number) => ({
    message,
    metadata: { jobId, secret: delivery },
    destination: { ID: 'd', Config: config },
  });

  it('are in requests only, where all goes well', async () => {
    for (const fixture of own) await converse(fixture, (given) => given);
    expect(told).toEqual([]);
  });

  it('are not told where a vendor repeats them', async () => {
    for (const fixture of asking) {
      for (const echo of echoes(fixture)) {
        const turn = { last: fixture.answers.length - 1 };
        await converse(fixture, (given) => (turn.last-- > 0 ? given : echo));
      }
    }
    expect(told).toEqual([]);
  });

  it('are not told where the config or the call is wrong', async () => {
    for (const fixture of configured) {
      const good = callFor(fixture);
      const { destination } = good;
      const broken = [
        { ...good, destination: { ...destination, config: spoilt(destination.config) } },
        { ...good, destination: { ...destination, config: JSON.stringify(destination.config) } },
        { ...good, destination: { ...destination, config: [destination.config] } },
        { ...good, destination: { ...destination, config: {}, delivery: spoilt(destination.config) } },
        { ...good, destination: { ...destination, enabled: destination.config } },
        { ...good, destination: { ...destination, consent: destination.config } },
        { ...good, destination: [destination] },
        { ...good, destinations: [destination, destination], destination: undefined },
        JSON.stringify(good).slice(0, -20),
        `${JSON.stringify(destination)}}`,
      ];
      for (const body of broken) await call('/transform', body);
      await call('/transform', good, 'text/plain');
      for (const path of ['/v0/destinations/x', '/routerTransform', '/batch', '/nowhere']) {
        await call(path, { destinations: destination });
        await call(path, JSON.stringify(good).slice(0, -20));
      }
    }
    expect(told).toEqual([]);
  });

  it('are not told to a pipeline, but for what it sent', async () => {
    const items = [
      ...own.map(toItem),
      ...own.map((fixture) => ({ ...fixture, config: spoilt(fixture.config) as never })).map(toItem),
    ];
    await call(`/v0/destinations/${name}`, items);
    await call('/routerTransform', { input: items, destType: name });
    expect(told).toEqual([]);
  });
});

it('the secrets of a destination whose code throws are not told', async () => {
  const broken = createApp({
    registry: new Registry([{ file: 'throwing', definition: throwing }]),
    ...options,
    telemetry: { onError, log },
  });
  const config = { apiKey: 'secret-apiKey' };
  const message = { type: 'group', groupId: 'g' };
  const items = [{ message, metadata: { jobId: 1 }, destination: { ID: 'd', Config: config } }];
  const body = { event: message, destination: { name: 'throwing', config } };
  expect(await call('/transform', body, 'application/json', broken)).toMatchObject({
    results: [{ code: 'MAPPER_ERROR' }],
  });
  await call('/v0/destinations/throwing', items, 'application/json', broken);
  await call('/routerTransform', { input: items, destType: 'throwing' }, 'application/json', broken);
  expect(told).toHaveLength(3);
});
