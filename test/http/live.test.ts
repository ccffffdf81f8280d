import { gzipSync } from 'node:zlib';

import _ from 'lodash';
import request from 'supertest';

import type { Arrival, Arrivals } from '../../src/contract/live.ts';
import { type AppOptions, createApp } from '../../src/http/app.ts';
import { Load } from '../../src/http/load.ts';
import { registry } from '../support/project.ts';
import { type SdkCall, sdkCalls } from '../support/sdk-calls.ts';

/* What SDKs send while the playground is served. */

const appWith = (options: Partial<AppOptions> = {}) =>
  createApp({
    registry,
    version: '1.2.3',
    limits: { bodyBytes: 100_000, pipelineBodyBytes: 100_000 },
    playgroundFolder: 'dist/playground',
    ...options,
  });

type App = ReturnType<typeof appWith>;

const send = (app: App, path: string, body: unknown) =>
  request(app)
    .post(path)
    .set('Content-Type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));

async function read(app: App, after?: number): Promise<Arrivals> {
  const response = await request(app)
    .get('/live')
    .query(after === undefined ? {} : { after })
    .expect(200);
  return response.body as Arrivals;
}

const shown = ({ event, problem }: Arrival) => event ?? problem;

/** A call as its SDK makes it. */
function play(app: App, { path, contentType, encoding, text }: SdkCall) {
  const call = request(app).post(path).set('Content-Type', contentType);
  if (encoding !== 'gzip') return call.send(text);
  return call
    .set('Content-Encoding', 'gzip')
    .serialize((bytes: Buffer) => bytes as unknown as string)
    .send(gzipSync(text));
}

const item = { type: 'group', groupId: 'acme-42', userId: 'user-7' };

it('knows all calls that have been recorded', () => {
  expect(_.countBy(sdkCalls, 'path')).toEqual({ '/v1/batch': 64, '/v1/group': 10, '/api/s/group': 6 });
  expect(_.countBy(sdkCalls, 'encoding')).toEqual({ gzip: 29, none: 51 });
  expect(_.uniq(_.map(sdkCalls, 'contentType'))).toEqual(['application/json', 'application/x-www-form-urlencoded']);
});

const readable = sdkCalls.flatMap((call) => (call.body === undefined ? [] : [{ ...call, body: call.body }]));

it.each(readable)('takes $name as it is sent', async ({ body, ...call }) => {
  const app = appWith();
  const response = await play(app, call);
  expect(response).toMatchObject({ status: 200, body: { success: true } });
  const { arrivals } = await read(app);
  const sent = body.batch ?? [body];
  const fields = ['groupId', 'traits', 'userId', 'messageId'];
  expect(arrivals.map(({ event }) => _.pick(event, fields))).toEqual(sent.map((event) => _.pick(event, fields)));
  expect(_.map(arrivals, 'event.type')).toEqual(sent.map(() => 'group'));
  expect(_.map(arrivals, 'library')).toEqual(
    sent.map((event) => _.get(event, 'context.library.name') ?? _.get(body, 'context.library.name')),
  );
});

it.each(sdkCalls.filter(({ body }) => body === undefined))('says what is wrong with $name', async (call) => {
  const app = appWith();
  const response = await play(app, call);
  expect(response.body).toMatchObject({ status: 400, code: 'BODY_NOT_JSON' });
  const { arrivals } = await read(app);
  expect(arrivals.map(shown)).toEqual([expect.stringMatching(/^the body is not JSON: at column \d+, NaN is not/)]);
});

it.each(['/v1/group', '/v1/g', '/api/s/group', '/any/where/group'])('%s implies the type', async (path) => {
  const app = appWith();
  await send(app, path, { groupId: 'acme-42' }).expect(200);
  await send(app, path, { groupId: 'acme-43', type: null }).expect(200);
  expect(_.map((await read(app)).arrivals, 'event')).toEqual([
    { groupId: 'acme-42', type: 'group' },
    { groupId: 'acme-43', type: 'group' },
  ]);
});

it('counts events of other types, and shows those without any', async () => {
  const app = appWith();
  const batch = [item, { type: 'track' }, { groupId: 'g' }, { ...item, type: ' Group ' }, { type: 7 }];
  await send(app, '/v1/import', { batch, context: { library: { name: 'own' } } }).expect(200);
  await send(app, '/v1/t', { event: 'Opened' }).expect(200);
  await send(app, '/v1/identify', { userId: 'u' }).expect(200);
  const { arrivals, ignored } = await read(app);
  expect(_.map(arrivals, 'event.type')).toEqual(['group', undefined, ' Group ']);
  expect(_.map(arrivals, 'library')).toEqual(['own', 'own', 'own']);
  expect(ignored).toBe(4);
});

it('gives what has arrived after an id, oldest first', async () => {
  const now = new Date('2026-01-02T03:04:05.678Z');
  const app = appWith({ now: () => now });
  for (const groupId of ['a', 'b', 'c']) await send(app, '/v1/group', { groupId }).expect(200);
  const { arrivals } = await read(app);
  expect(_.map(arrivals, 'event.groupId')).toEqual(['a', 'b', 'c']);
  expect(_.map(arrivals, 'receivedAt')).toEqual(Array(3).fill(now.toISOString()));
  expect(_.map((await read(app, arrivals[1]?.id)).arrivals, 'event.groupId')).toEqual(['c']);
  expect((await read(app, arrivals[2]?.id)).arrivals).toEqual([]);
  // A page that is still open after a restart asks for what comes after the old ids.
  const restarted = appWith({ now: () => new Date(now.getTime() + 1_000) });
  await send(restarted, '/v1/group', item).expect(200);
  expect((await read(restarted, arrivals[2]?.id)).arrivals).toHaveLength(1);
});

it.each(['-1', '1.5', 'x', '1&after=2', ''])('refuses ?after=%s', async (after) => {
  const response = await request(appWith()).get(`/live?after=${after}`).expect(400);
  expect(response.body).toMatchObject({ code: 'ENVELOPE_INVALID', path: 'after' });
});

it('keeps the latest events only', async () => {
  const app = appWith();
  const batch = _.times(250, (index) => ({ ...item, groupId: String(index) }));
  await send(app, '/v1/batch', { batch }).expect(200);
  expect(_.map((await read(app)).arrivals, 'event.groupId')).toEqual(_.times(200, (index) => String(index + 50)));

  const large = appWith({ limits: { bodyBytes: 5_000_000, pipelineBodyBytes: 1 } });
  for (const groupId of ['a', 'b', 'c', 'd']) {
    await send(large, '/v1/group', { groupId, traits: { x: 'x'.repeat(4_000_000) } }).expect(200);
  }
  expect(_.map((await read(large)).arrivals, 'event.groupId')).toEqual(['c', 'd']);
});

describe('a call that cannot be read', () => {
  it.each<[string, unknown, string, string]>([
    ['/v1/batch', {}, 'ENVELOPE_INVALID', 'batch is not a list'],
    ['/v1/batch', { batch: {} }, 'ENVELOPE_INVALID', 'batch is not a list'],
    ['/v1/group', [], 'ENVELOPE_INVALID', 'the body is not an object'],
    ['/v1/group', 'null', 'ENVELOPE_INVALID', 'the body is not an object'],
    ['/v1/batch', '', 'BODY_NOT_JSON', 'the body is empty'],
    ['/v1/batch', '{"batch":[', 'BODY_NOT_JSON', 'the body is not JSON: at column 11, a closing bracket is missing'],
  ])('to %s of %j is refused, and shown', async (path, body, code, message) => {
    const app = appWith();
    const response = await send(app, path, body).expect(400);
    expect(response.body).toMatchObject({ code, detail: message });
    expect((await read(app)).arrivals.map(shown)).toEqual([message]);
  });

  it('shows the items that aren’t events', async () => {
    const app = appWith();
    await send(app, '/v1/batch', { batch: [7, item, null] }).expect(200);
    const message = 'an item of the batch is not a JSON object';
    expect((await read(app)).arrivals.map(shown)).toEqual([message, item, message]);
  });

  it('is limited in size, and shed, as on other routes', async () => {
    const app = appWith();
    const refused = await send(app, '/v1/batch', { batch: ['x'.repeat(200_000)] }).expect(413);
    expect(refused.body).toMatchObject({ code: 'BODY_TOO_LARGE' });
    const load = new Load({ inFlightBytes: 10, eventLoopDelay: 1_000, heapPercent: 80 });
    load.hold({}, 11);
    const shed = await send(appWith({ load }), '/v1/batch', { batch: [item] }).expect(503);
    expect(shed.body).toMatchObject({ code: 'SERVICE_OVERLOADED' });
  });

  it('is answered POST only', async () => {
    const response = await request(appWith()).get('/v1/batch').expect(405);
    expect(response.headers).toMatchObject({ allow: 'POST' });
    await request(appWith()).post('/live').expect(405);
  });
});

describe('browsers', () => {
  const ask = (app: App, origin: string, path = '/v1/batch') =>
    request(app)
      .options(path)
      .set('Origin', origin)
      .set('Access-Control-Request-Method', 'POST')
      .set('Access-Control-Request-Headers', 'authorization,content-type');

  it.each(['http://localhost:3000', 'http://localhost', 'http://127.0.0.1:5173'])('%s may call', async (origin) => {
    const app = appWith({ tokens: ['token-1'] });
    const { headers } = await ask(app, origin).expect(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization,content-type',
    });
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const sent = await send(app, '/v1/batch', '{').set('Origin', origin).auth('token-1', '').expect(400);
    expect(sent.headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' });
  });

  it.each([
    'https://acme.example',
    'http://localhost.acme.example',
    'http://acme.example:3000',
    'http://localhost:3000.acme.example',
    'http://127.0.0.10:80',
    'null',
  ])('%s may not', async (origin) => {
    const { headers } = await ask(appWith(), origin);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['/transform', '/destinations', '/live', '/v1/other', '/'])('%s lets no other page in', async (path) => {
    const { headers } = await ask(appWith(), 'http://localhost:3000', path);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('where it is off', () => {
  it.each<[string, Partial<AppOptions>]>([
    ['without the playground', { playgroundFolder: undefined }],
    ['with several processes', { isLive: false }],
    ['for pipelines alone', { serves: 'pipeline' }],
  ])('%s nothing is there', async (_name, options) => {
    const app = appWith(options);
    for (const path of ['/v1/batch', '/v1/group', '/v1/import', '/api/s/group']) {
      const response = await send(app, path, { batch: [item] })
        .set('Origin', 'http://localhost:3000')
        .expect(404);
      expect(response.headers['access-control-allow-origin']).toBeUndefined();
    }
    await request(app).get('/live').expect(404);
  });

  it('OpenAPI does not have it', async () => {
    const pathsOf = async (app: App) => {
      const response = await request(app).get('/openapi.json').expect(200);
      return Object.keys((response.body as { paths: object }).paths);
    };
    const live = ['/v1/{call}', '/{path}/group', '/live'];
    expect(await pathsOf(appWith())).toEqual(expect.arrayContaining(live));
    expect(_.intersection(await pathsOf(appWith({ isLive: false })), live)).toEqual([]);
  });
});

it('takes a token as the write key, and shows nothing without one', async () => {
  const app = appWith({ tokens: ['token-1'] });
  await send(app, '/v1/batch', { batch: [item] }).expect(401);
  await send(app, '/v1/batch', { batch: [item] })
    .auth('another', '')
    .expect(401);
  await send(app, '/v1/batch', { batch: [item] })
    .auth('token-1', '')
    .expect(200);
  await request(app).get('/live').expect(401);
  const response = await request(app).get('/live').auth('token-1', { type: 'bearer' }).expect(200);
  expect((response.body as Arrivals).arrivals).toHaveLength(1);
});
