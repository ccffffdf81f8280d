import { EventEmitter, once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import _ from 'lodash';
import { pino } from 'pino';
import request from 'supertest';

import type { JsonObject } from '../../src/core/json.ts';
import { Registry } from '../../src/core/registry.ts';
import { Transformer } from '../../src/core/transform.ts';
import { type AppOptions, createApp } from '../../src/http/app.ts';
import { Load } from '../../src/http/load.ts';
import { compute, defineDestination, event, post as postTo, url, z } from '../../src/kit/index.ts';
import { differences, loadFixtures, runFixture } from '../../src/verify/fixture.ts';
import { app as twin, clock } from '../support/api.ts';
import { fixtures, registry } from '../support/project.ts';
import { type Answer, type Asked, startUpstream, type UpstreamServer } from '../support/upstream.ts';
import { crm } from '../support/vendor.ts';

/* The upstream answers, and the same calls are compared with what this service answers. */

const DESTINATION = { ID: 'd-1', Config: { apiKey: 'secret-key' }, hasDynamicConfig: false };
const limits = { bodyBytes: 2_000_000, pipelineBodyBytes: 60_000_000 };

let upstream: UpstreamServer;
let peer: Server;
const errors: unknown[] = [];
const lines: JsonObject[] = [];
const called: unknown[] = [];
let lastAnswer = '';
const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line) as JsonObject) });

beforeAll(async () => {
  clock.now = new Date('2026-02-03T10:11:13Z');
  upstream = await startUpstream();
  peer = twin.listen(0, '127.0.0.1');
});

beforeEach(() => {
  upstream.answerWith(answeredByTwin());
});

afterEach(() => {
  upstream.asked();
  lines.splice(0);
  expectNeither();
});

function expectNeither(): void {
  expect(called).toEqual([]);
  expect(errors.splice(0)).toEqual([]);
}

afterAll(() => {
  upstream.close();
  peer.close();
  peer.closeAllConnections();
});

const shadowing = (more: Partial<AppOptions> = {}, folder?: string, url = upstream.url) =>
  createApp({
    registry,
    version: '1.2.3',
    limits,
    now: () => clock.now ?? new Date(),
    pipeline: { upstreamUrl: url, shadow: { folder } },
    calls: { call: (asked) => Promise.resolve(called.push(asked)).then(() => ({ error: 'none' })), hosts: ['*'] },
    telemetry: { log, onError: (error) => errors.push(error) },
    ...more,
  });

/** An upstream that is another instance of this service. Its answers may be changed before they are sent. */
function answeredByTwin(change = (body: unknown): unknown => body): Answer {
  return async ({ method, url, body }: Asked) => {
    const { port } = peer.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${String(port)}${url}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(method === 'GET' ? {} : { body }),
    });
    // No serializer of this service would indent.
    lastAnswer = JSON.stringify(change(await answer.json()), undefined, 1);
    return { status: answer.status, headers: { apiVersion: '2', 'X-Own': 'yes' }, body: lastAnswer };
  };
}

let jobs = 0;

function item(message: JsonObject = {}, destination: JsonObject = DESTINATION): JsonObject {
  const jobId = ++jobs;
  const messageId = `m-${String(jobId)}`;
  return {
    message: {
      type: 'group',
      messageId,
      groupId: 'acme-42',
      userId: 'u-1',
      timestamp: '2026-02-03T10:11:12Z',
      ...message,
    },
    metadata: { jobId, messageId, destinationId: 'd-1' },
    destination,
  };
}

const post = (app: ReturnType<typeof createApp>, where: string, body: unknown) =>
  request(app)
    .post(where)
    .set('Content-Type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));

const process = (app: ReturnType<typeof createApp>, type: string, items: JsonObject[]) =>
  post(app, `/v0/destinations/${type}`, items);
const route = (app: ReturnType<typeof createApp>, destType: string, input: JsonObject[]) =>
  post(app, '/routerTransform', { input, destType });

/** The counts of shadows, once there are as many as expected. */
async function counts(app: ReturnType<typeof createApp>, total: number): Promise<Record<string, number>> {
  for (;;) {
    const { text } = await request(app).get('/metrics');
    expect(text).not.toMatch(/^transformer_events_total\{/m);
    const found = [...text.matchAll(/^transformer_shadow_total\{destination="(.+)",result="(.+)"\} (\d+)$/gm)];
    const counted = found.map(([, destination = '', result = '', count]) => [
      `${destination} ${result}`,
      Number(count),
    ]);
    const series = Object.fromEntries(counted as [string, number][]);
    if (_.sum(Object.values(series)) >= total) return series;
    await sleep(10);
  }
}

const differing = () => lines.filter(({ msg }) => msg === 'the upstream answers differently');

/** Sets a value in each element of an answer of either route. */
const setting = (at: string, value: unknown) => (body: unknown) => {
  const elements = Array.isArray(body) ? (body as object[]) : (body as { output: object[] }).output;
  for (const element of elements) if (_.has(element, at)) _.set(element, at, value);
  return body;
};

const NAME = 'output.body.JSON.traits.name';

describe('the answers', () => {
  it.each(['process', 'route'])('of all destinations are the upstream’s (%s), and equal to ours', async (stage) => {
    const app = shadowing();
    const byDestination = _.groupBy(fixtures, 'destination');
    let total = 0;
    for (const [name, cases] of Object.entries(byDestination)) {
      const items = cases.map(({ event: message, config, delivery, destination }) => {
        const given = item({}, { ID: destination, Config: config, hasDynamicConfig: false });
        return { ...given, message, metadata: { ...(given.metadata as JsonObject), secret: delivery ?? null } };
      });
      const response = await (stage === 'process' ? process(app, name, items) : route(app, name, items));
      expect([response.status, response.headers['x-own'], response.text]).toEqual([200, 'yes', lastAnswer]);
      total += cases.filter(({ event: { type } }) => _.toLower(type as string) === 'group').length;
    }
    const results = Object.entries(await counts(app, total));
    expect(results.filter(([name]) => !/ (equal|skipped)$/.test(name))).toEqual([]);
    expect(results.filter(([name]) => name.endsWith(' equal')).length).toBeGreaterThan(80);
    expect(lines).toEqual([]);
  });

  it('of everything else are the upstream’s too', async () => {
    const app = shadowing();
    upstream.answerWith({ status: 202, headers: { 'X-Own': 'yes' }, body: '{ "routerTransform": {} }' });
    for (const response of [
      await request(app).get('/features'),
      await request(app).get('/version'),
      await post(app, '/batch', { input: [], destType: 'am' }),
      await post(app, '/v0/destinations/stormly', '{"not": "JSON'),
      await post(app, '/customTransform', []),
      await process(app, 'nobody', [item()]),
    ]) {
      expect([response.status, response.headers['x-own'], response.text]).toEqual([
        202,
        'yes',
        '{ "routerTransform": {} }',
      ]);
    }
    expect(await counts(app, 1)).toEqual({ 'stormly failed': 1 });
  });

  it('of an upstream that fails are its own', async () => {
    const app = shadowing();
    const headers = { 'X-Own': 'yes', 'Content-Type': 'text/plain' };
    upstream.answerWith({ status: 500, headers, body: 'broken' });
    const response = await process(app, 'stormly', [item(), item()]);
    expect([response.status, response.headers['x-own'], response.text]).toEqual([500, 'yes', 'broken']);
    expect(await counts(app, 2)).toEqual({ 'stormly failed': 2 });

    upstream.answerWith({ headers: { ...headers, apiVersion: '2' }, body: '<html>' });
    expect((await route(app, 'stormly', [item()])).text).toBe('<html>');
    expect(await counts(app, 3)).toEqual({ 'stormly failed': 3 });

    upstream.answerWith({ status: 400, headers, body: 'no' });
    expect((await process(app, 'stormly', [item()])).text).toBe('no');
    expect(await counts(app, 4)).toEqual({ 'stormly failed': 3, 'stormly different': 1 });
    expect(differing()).toMatchObject([{ sort: 'outcome', expected: 'a refusal', actual: 'a request' }]);
  });

  it('are repeated by the server if the upstream is away, and not counted', async () => {
    const app = shadowing({}, undefined, 'http://127.0.0.1:1');
    const response = await process(app, 'stormly', [item()]);
    expect([response.status, response.headers['x-rudder-should-retry']]).toEqual([503, 'true']);
    expect(await counts(app, 0)).toEqual({});
  });

  it('come as late as the upstream’s', async () => {
    const app = shadowing();
    const gate = new EventEmitter();
    const released = once(gate, 'open');
    const answer = answeredByTwin();
    upstream.answerWith(async (asked) => {
      if (asked.url.includes('stormly')) await released;
      return answer(asked);
    });
    const slow = process(app, 'stormly', [item()]).then(({ status }) => status);
    expect((await process(app, 'webhook', [item()])).status).toBe(200);
    expect(await counts(app, 1)).toEqual({ 'webhook equal': 1 });
    gate.emit('open');
    expect(await slow).toBe(200);
    expect(await counts(app, 2)).toEqual({ 'webhook equal': 1, 'stormly equal': 1 });
  });
});

describe('the differences', () => {
  it('are told once of each kind, without values', async () => {
    const app = shadowing();
    upstream.answerWith(
      answeredByTwin((body) => {
        setting(NAME, 'private-text')(body);
        setting('output.body.JSON.traits.seats', undefined)(body);
        return setting('output.headers.Authorization', 'private-key')(body);
      }),
    );
    const items = [1, 2].map(() => item({ traits: { name: 'Private Name', seats: 63_000 } }));
    const response = await process(app, 'stormly', items);
    expect(response.text).toContain('private-text');
    expect(await counts(app, 2)).toEqual({ 'stormly different': 2 });
    expect(differing()).toMatchObject([
      {
        destination: 'stormly',
        sort: 'value',
        path: 'output.headers.Authorization',
        expected: 'string',
        actual: 'string',
      },
      { sort: 'value', path: NAME, expected: 'string', actual: 'string' },
      { sort: 'added', path: 'output.body.JSON.traits.seats', expected: 'nothing', actual: 'number' },
    ]);
    const text = JSON.stringify(lines);
    for (const value of ['private', 'Private', '63000', 'secret-key', 'acme-42']) expect(text).not.toContain(value);
  });

  it('are told without values that are names of fields', async () => {
    const app = shadowing();
    upstream.answerWith(
      answeredByTwin((body) => {
        setting('output.body.JSON.traits["kim@acme.example"]', 1)(body);
        return setting('output.body.JSON.traits', { 'by kim@acme.example': 1, ok: { x: 1 }, plan: 2 })(body);
      }),
    );
    await process(app, 'stormly', [item({ traits: { email: 'kim@acme.example', a: 'x' } })]);
    await counts(app, 1);
    const paths = differing().map(({ path: at }) => (at as string).replace('output.body.JSON.traits.', ''));
    expect(paths).toEqual(expect.arrayContaining(['by ***', 'ok.***', 'plan']));
    expect(JSON.stringify(lines)).not.toContain('kim@');
  });

  it('include outcomes, with the code of ours', async () => {
    const app = shadowing();
    const accepted = await answeredByTwin()({
      method: 'POST',
      url: '/v0/destinations/stormly',
      headers: {},
      body: JSON.stringify([item()]),
    });
    const [element] = JSON.parse(accepted.body) as JsonObject[];
    upstream.answerWith(
      answeredByTwin((body) => (body as JsonObject[]).map(({ metadata }) => ({ ...element, metadata }))),
    );
    await process(app, 'stormly', [item({ groupId: null })]);
    expect(await counts(app, 1)).toEqual({ 'stormly different': 1 });
    expect(differing()).toMatchObject([
      { sort: 'outcome', expected: 'a request', actual: 'a refusal', code: 'GROUP_ID_MISSING' },
    ]);
  });

  it('don’t include the order of keys, elements that are sorted otherwise, and the words of a refusal', async () => {
    const app = shadowing();
    upstream.answerWith(
      answeredByTwin((body) =>
        (body as JsonObject[]).toReversed().map((element) => {
          const { error, ...rest } = Object.fromEntries(Object.entries(element).toReversed());
          return error === undefined ? rest : { ...rest, error: 'other words', statusCode: 422 };
        }),
      ),
    );
    await process(app, 'stormly', [item({ traits: { a: 1, b: 2 } }), item({ groupId: null }), item()]);
    expect(await counts(app, 3)).toEqual({ 'stormly equal': 3 });
  });

  it('are counted for each event of a merged request', async () => {
    const app = shadowing();
    upstream.answerWith(answeredByTwin(setting('batchedRequest.method', 'PUT')));
    const klaviyo = { ID: 'k', Config: { privateApiKey: 'k', listId: 'l', apiVersion: 'v2' }, hasDynamicConfig: false };
    const people = ['a', 'b', 'c'].map((name) =>
      item(
        { userId: name, context: { traits: { email: `${name}@acme.example` } }, traits: { subscribe: true } },
        klaviyo,
      ),
    );
    const response = await route(app, 'klaviyo', people);
    expect(response.body).toMatchObject({ output: [{ batched: true }] });
    expect(await counts(app, 3)).toEqual({ 'klaviyo different': 3 });
    expect(differing()).toMatchObject([{ path: 'batchedRequest.method', sort: 'value' }]);
  });
});

describe('events that can’t be compared', () => {
  it('are skipped if the vendor must be asked first, and nobody asks it', async () => {
    const only = new Registry([{ file: 'crm', definition: crm }]);
    const app = shadowing({ registry: only });
    upstream.answerWith({ headers: { apiVersion: '2' }, body: '[]' });
    await process(app, 'crm', [item({ traits: { name: 'Acme' } })]);
    expect(await counts(app, 1)).toEqual({ 'crm skipped': 1 });
  });

  it('are left to the upstream, and skipped if it merges them with others', async () => {
    const app = shadowing();
    upstream.answerWith(undefined);
    await route(app, 'stormly', [item(), item({ type: 'track' }), item({ type: 'track' })]);
    expect(await counts(app, 1)).toEqual({ 'stormly skipped': 1 });
    await route(app, 'stormly', [item({ type: 'track' })]);
    await process(app, 'stormly', [item({ type: 'identify' }), item()]);
    expect(await counts(app, 2)).toEqual({ 'stormly skipped': 1, 'stormly different': 1 });
  });

  it('fail once in the log if our own code throws, and the upstream’s answer stays', async () => {
    const broken = defineDestination({
      name: 'broken',
      title: 'Broken',
      docs: 'https://broken.example/docs',
      config: z.object({}),
      examples: { default: {} },
      hosts: ['broken.example'],
      requests: () =>
        postTo.json({
          url: url`https://broken.example/groups`,
          body: {
            a: compute('broken', [event.groupId], (): string => {
              throw new Error('out of order');
            }),
          },
        }),
    });
    const app = shadowing({ registry: new Registry([{ file: 'broken', definition: broken }]) });
    upstream.answerWith({ headers: { apiVersion: '2' }, body: '[ ]' });
    const response = await process(app, 'broken', [item(), item()]);
    expect([response.status, response.text]).toEqual([200, '[ ]']);
    expect(await counts(app, 2)).toEqual({ 'broken failed': 2 });
    expect(errors.splice(0)).toMatchObject([{ message: 'out of order' }]);
  });

  it('are dropped under load, and the upstream’s answer is not', async () => {
    const load = new Load({ inFlightBytes: 3_000_000, eventLoopDelay: 1_000, heapPercent: 100 });
    const app = shadowing({ load });
    const text = JSON.stringify([item({ traits: { long: 'x'.repeat(900_000) } })]);
    const response = await post(app, '/v0/destinations/stormly', text);
    expect(response.status).toBe(200);
    expect(await counts(app, 1)).toEqual({ 'stormly dropped': 1 });
    await process(app, 'stormly', [item()]);
    expect(await counts(app, 2)).toEqual({ 'stormly dropped': 1, 'stormly equal': 1 });
  });

  it('are dropped if too many wait', async () => {
    const app = shadowing();
    const many = Array.from({ length: 25 }, () => item({ type: 'track', traits: { long: 'x'.repeat(900_000) } }));
    upstream.answerWith({ headers: { apiVersion: '2' }, body: '[ ]' });
    expect((await process(app, 'stormly', [...many, item()])).text).toBe('[ ]');
    expect(await counts(app, 1)).toEqual({ 'stormly dropped': 1 });
  });
});

it('the pipeline’s rules are applied if the server does not', async () => {
  const app = shadowing({ pipeline: { upstreamUrl: upstream.url, shadow: {}, isGated: true } });
  await process(app, 'stormly', [item({ integrations: { All: false } })]);
  expect(await counts(app, 1)).toEqual({ 'stormly different': 1 });
  expect(differing()).toMatchObject([{ actual: 'a refusal', code: 'INTEGRATION_OFF' }]);
});

describe('the kept events', () => {
  let folder: string;

  beforeEach(async () => {
    folder = path.join(await mkdtemp(path.join(tmpdir(), 'group-transformer-')), 'kept');
  });

  afterEach(() => rm(path.dirname(folder), { recursive: true }));

  /** Waits for a number of fixtures of Stormly. */
  async function kept(count: number) {
    for (;;) {
      const files = await readdir(path.join(folder, 'stormly')).catch(() => []);
      if (files.length >= count) return loadFixtures(folder);
      await sleep(10);
    }
  }

  it('are fixtures with the upstream’s requests, which only their owner can read', async () => {
    const app = shadowing({}, folder);
    upstream.answerWith(answeredByTwin(setting(NAME, 'Theirs')));
    const sent = item({ traits: { name: 'Private Name', empty: null } });
    await process(app, 'stormly', [sent, item()]);
    await counts(app, 2);
    const [fixture, ...others] = await kept(1);
    expect(others).toEqual([]);
    expect(fixture).toMatchObject({ destination: 'stormly', event: sent.message, config: { apiKey: 'secret-key' } });
    const transformer = new Transformer({ registry });
    expect(
      differences(fixture?.expected, await runFixture(transformer, fixture as NonNullable<typeof fixture>)),
    ).toEqual(['~ send[0].body.json.traits.name: "Theirs" → "Private Name"']);
    for (const name of await readdir(folder, { recursive: true })) {
      const { mode } = await stat(path.join(folder, name));
      expect([name, (mode & 0o777).toString(8)]).toEqual([name, name.endsWith('.json') ? '600' : '700']);
    }
    expect(((await stat(folder)).mode & 0o777).toString(8)).toBe('700');
  });

  it('have no expectation if the upstream refuses, but its answer', async () => {
    const app = shadowing({}, folder);
    const refused = { statusCode: 400, error: 'no thanks' };
    upstream.answerWith(
      answeredByTwin((body) => (body as JsonObject[]).map(({ metadata }) => ({ ...refused, metadata }))),
    );
    await process(app, 'stormly', [item()]);
    const [fixture] = await kept(1);
    expect(fixture?.expected).toBeUndefined();
    const answer = await readFile(path.join(folder, '_upstream', `stormly-${fixture?.name ?? ''}.json`), 'utf8');
    expect(JSON.parse(answer)).toMatchObject([refused]);
  });

  it('are limited in number, after a restart too', async () => {
    upstream.answerWith(answeredByTwin((body) => setting('output.params', { [`p${String(jobs)}`]: '1' })(body)));
    for (const app of [shadowing({}, folder), shadowing({}, folder)]) {
      for (let call = 1; call <= 30; call++) {
        await process(app, 'stormly', [item()]);
        await counts(app, call);
      }
      expect(await kept(25)).toHaveLength(25);
    }
    expect(differing()).toHaveLength(50);
  });

  it('that can’t be written are told once', async () => {
    const app = shadowing({}, path.join(import.meta.filename, 'no-folder'));
    upstream.answerWith(answeredByTwin(setting('output.method', 'PUT')));
    expect((await process(app, 'stormly', [item()])).status).toBe(200);
    upstream.answerWith(answeredByTwin(setting('output.endpoint', 'https://up.example')));
    expect((await process(app, 'stormly', [item()])).status).toBe(200);
    await counts(app, 2);
    const told = () => lines.filter(({ msg }) => (msg as string).startsWith('SHADOW_PATH'));
    while (told().length === 0) await sleep(10);
    expect(told()).toHaveLength(1);
  });
});

describe('without a shadow, destinations that the upstream still answers', () => {
  const app = () =>
    createApp({
      registry,
      version: '1.2.3',
      limits,
      pipeline: { upstreamUrl: upstream.url, upstreamDestinations: ['Stormly', 'HS'] },
    });

  beforeEach(() => {
    upstream.answerWith(undefined);
  });

  it('get their group events from it, on both routes', async () => {
    const body = [item()];
    const response = await process(app(), 'STORMLY', body);
    expect(response.body).toMatchObject([{ output: { endpoint: 'https://up.example/group' } }]);
    expect((await route(app(), 'hubspot', body)).body).toMatchObject({ output: [{ batched: true }] });
    await post(app(), '/batch', { input: body, destType: 'hs' });
    expect(upstream.asked().map(({ url }) => url)).toEqual(['/v0/destinations/STORMLY', '/routerTransform', '/batch']);
    expect((await process(app(), 'userpilot', body)).body).toMatchObject([{ statusCode: 200 }]);
    expect(upstream.asked()).toEqual([]);
  });

  it('are sent to the stage that the upstream requires', async () => {
    upstream.answerWith({ body: '{"routerTransform":{"AM":true}}' });
    const { text } = await request(app()).get('/features');
    const { routerTransform } = JSON.parse(text) as { routerTransform: object };
    expect(routerTransform).toMatchObject({ AM: true, KLAVIYO: true });
    expect(routerTransform).not.toHaveProperty('HS');
  });
});
