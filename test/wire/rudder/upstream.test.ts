import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

import request from 'supertest';

import type { Json, JsonObject } from '../../../src/core/json.ts';
import { createApp } from '../../../src/http/app.ts';
import { readSettings } from '../../../src/http/settings.ts';
import { app as alone, expectNoErrors } from '../../support/api.ts';
import { registry } from '../../support/project.ts';
import { startUpstream, type UpstreamServer } from '../../support/upstream.ts';

let upstream: UpstreamServer;
let app: ReturnType<typeof createApp>;
const errors: unknown[] = [];

const appBefore = (upstreamUrl: string) =>
  createApp({
    registry,
    version: '1.2.3',
    limits: { bodyBytes: 2_000_000, pipelineBodyBytes: 20_000_000 },
    pipeline: { upstreamUrl },
    telemetry: { onError: (error) => errors.push(error) },
  });

beforeAll(async () => {
  upstream = await startUpstream();
  app = appBefore(upstream.url);
});

afterEach(() => {
  upstream.answerWith(undefined);
  upstream.asked();
  expectNoErrors();
  expectNone();
});

function expectNone(): void {
  expect(errors.splice(0)).toEqual([]);
}

afterAll(() => {
  upstream.close();
});

let jobs = 0;

/** An item as the server sends it, with ids of its own. */
function item(type: string, more: JsonObject = {}, destinationId = 'd-1'): JsonObject {
  const jobId = ++jobs;
  const messageId = `m-${String(jobId)}`;
  return {
    message: { type, messageId, groupId: 'g-1', userId: 'u-1', timestamp: '2026-02-03T10:11:12.000Z', ...more },
    metadata: { jobId, messageId, workspaceId: 'w-1', sourceId: 's-1', destinationId },
    destination: { ID: destinationId, Config: { apiKey: 'k' }, hasDynamicConfig: false },
    connection: { sourceId: '', config: null },
  };
}

const idsOf = ({ metadata }: JsonObject) =>
  (Array.isArray(metadata) ? metadata : [metadata]).map((one) => (one as JsonObject).jobId);
const idOf = (one: JsonObject) => idsOf(one)[0];

async function post(path: string, body: unknown, headers: Record<string, string> = {}, server = app) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return request(server)
    .post(path)
    .set({ 'Content-Type': 'application/json', ...headers })
    .send(text);
}

async function call(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown> {
  const response = await post(path, body, headers);
  expect([response.status, response.headers.apiversion]).toEqual([200, '2']);
  return response.body;
}

const process = (type: string, body: unknown, headers?: Record<string, string>) =>
  call(`/v0/destinations/${type}`, body, headers) as Promise<JsonObject[]>;

const route = async (body: JsonObject) => ((await call('/routerTransform', body)) as { output: JsonObject[] }).output;

const STORMLY = 'https://rudderstack.t.stormly.com/webhook/rudderstack/group';
const endpointOf = ({ output }: JsonObject) => (output as JsonObject | undefined)?.endpoint;

const compact = (items: JsonObject[], more: JsonObject = {}) => ({
  input: items.map(({ message, metadata }) => ({ message, metadata }) as JsonObject),
  destinations: { 'd-1': items[0]?.destination as Json },
  connections: { 's-1:d-1': {} },
  ...more,
});

describe('the processor’s route', () => {
  it("lets the upstream answer what aren't groups, in the order of the items", async () => {
    const items = [item('identify'), item('group'), item('track'), item('Group '), item('GROUP'), item('page')];
    const elements = await process('stormly', items);
    expect(elements.map((one) => [idOf(one), one.statusCode, endpointOf(one)])).toEqual([
      [idOf(items[0] as JsonObject), 200, 'https://up.example/identify'],
      [idOf(items[1] as JsonObject), 200, STORMLY],
      [idOf(items[2] as JsonObject), 200, 'https://up.example/track'],
      [idOf(items[3] as JsonObject), 200, 'https://up.example/Group '],
      [idOf(items[4] as JsonObject), 200, STORMLY],
      [idOf(items[5] as JsonObject), 200, 'https://up.example/page'],
    ]);
    const asked = upstream.asked();
    expect(asked.map(({ method, url }) => [method, url])).toEqual([['POST', '/v0/destinations/stormly']]);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual([items[0], items[2], items[3], items[5]]);
  });

  it('asks in the compacted form if it was asked in it, with the headers that say so', async () => {
    const [identify, group, track] = [item('identify'), item('group'), item('track')] as const;
    const body = compact([identify, group, track]);
    const headers = {
      'X-Content-Format': 'json+compactedv1',
      'X-Feature-Filter-Code': '?1',
      'Oauth-Secret': '{"a":1}',
      Connection: 'close, X-Hop',
      'X-Hop': '1',
    };
    const elements = await process('stormly?whIDResolve=true', body, headers);
    expect(elements.map((one) => [idOf(one), endpointOf(one)])).toEqual([
      [idOf(identify), 'https://up.example/identify'],
      [idOf(group), STORMLY],
      [idOf(track), 'https://up.example/track'],
    ]);
    const [asked] = upstream.asked();
    expect(JSON.parse(asked?.body ?? '')).toEqual({ ...body, input: [body.input[0], body.input[2]] });
    expect(asked?.url).toBe('/v0/destinations/stormly?whIDResolve=true');
    expect(asked?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-content-format': 'json+compactedv1',
      'x-feature-filter-code': '?1',
      'oauth-secret': '{"a":1}',
    });
    expect(asked?.headers).not.toHaveProperty('x-hop');
  });

  it('keeps several elements of an item together, and answers nothing where the upstream does', async () => {
    const items = [
      item('track', { copies: 2 }),
      item('group'),
      item('track', { copies: 0 }),
      item('group'),
      item('track', { copies: 3 }),
    ];
    const [a, b, , d, e] = items.map(idOf);
    expect((await process('stormly', items)).map(idOf)).toEqual([a, a, b, d, e, e, e]);
  });

  it('keeps the places of items whose ids are the same, or that have none', async () => {
    const same = item('track');
    const { metadata } = same;
    const items = [same, { ...item('group'), metadata }, { ...item('page'), metadata }] as JsonObject[];
    const endpoints = ['https://up.example/track', STORMLY, 'https://up.example/page'];
    expect((await process('stormly', items)).map(endpointOf)).toEqual(endpoints);

    upstream.answerWith({
      headers: { apiVersion: '2' },
      body: JSON.stringify(['track', 'page'].map((name) => ({ output: { endpoint: `https://up.example/${name}` } }))),
    });
    const nameless = items.map(({ message, destination }) => ({ message, destination }) as JsonObject);
    expect((await process('stormly', nameless)).map(endpointOf)).toEqual(endpoints);
  });

  it('passes a call without groups on as it came, and the answer back as it is', async () => {
    const text = ` [${JSON.stringify(item('track'))} ]`;
    const body = '[ {"not":"ours"} ]';
    upstream.answerWith({ status: 202, headers: { apiVersion: '7', 'X-Own': 'yes', Connection: 'close' }, body });
    const response = await request(app)
      .post('/v0/destinations/stormly?a=1')
      .set({ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
      .serialize((value: unknown) => value as string)
      .send(gzipSync(text));
    expect([response.status, response.text]).toEqual([202, body]);
    expect(response.headers).toMatchObject({ apiversion: '7', 'x-own': 'yes' });
    const [asked] = upstream.asked();
    expect([asked?.body, asked?.url]).toEqual([text, '/v0/destinations/stormly?a=1']);
    expect(asked?.headers).not.toHaveProperty('content-encoding');
  });

  it('passes all of a type that is not known on, and nothing of a type that takes no groups', async () => {
    const items = [item('group'), item('track')];
    expect((await process('nobody', items)).map(endpointOf)).toEqual([
      'https://up.example/group',
      'https://up.example/track',
    ]);
    expect(upstream.asked().map(({ url, body }) => [url, body])).toEqual([
      ['/v0/destinations/nobody', JSON.stringify(items)],
    ]);
    expect((await process('loops', [item('group')])).map(({ statusCode }) => statusCode)).toEqual([298]);
    expect((await process('loops', items)).map(({ statusCode }) => statusCode)).toEqual([298, 200]);
  });

  it('asks nothing where all items are ours', async () => {
    expect(await process('stormly', [item('group')])).toMatchObject([{ statusCode: 200 }]);
    expect(await process('stormly', [])).toEqual([]);
    expect(upstream.asked()).toEqual([]);
  });

  it('keeps back what would fail the upstream’s other items', async () => {
    const track = item('track');
    const { message, metadata } = item('track');
    const items = [track, null, { message, metadata }, item('track', { deep: JSON.parse(nested(200)) as Json })];
    const elements = await process('stormly', items);
    expect(elements.map(({ statusCode }) => statusCode)).toEqual([200, 400, 400, 400]);
    expect(JSON.parse(upstream.asked()[0]?.body ?? '')).toEqual([track]);

    const deep = JSON.stringify(item('track')).replace('"connection":', `"libraries":${nested(20_000)},"connection":`);
    const answers = await process('stormly', `[${JSON.stringify(track)},${deep}]`);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400]);
  });

  it('keeps all items back where what they refer to cannot be written again', async () => {
    const body = JSON.stringify(compact([item('track'), item('group')]));
    const deep = body.replace('"connections":{', `"connections":{"s-2:d-2":${nested(20_000)},`);
    expect((await process('stormly', deep)).map(({ statusCode }) => statusCode)).toEqual([400, 200]);
    expect(upstream.asked()).toEqual([]);
  });

  it('leaves it to the upstream how large its events may be', async () => {
    const items = [item('track', { a: 'x'.repeat(1_100_000) }), item('group')];
    expect((await process('stormly', items)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });
});

describe('the router’s route', () => {
  it('puts an element where the first of its items was', async () => {
    const items = [
      item('track', {}, 'd-1'),
      item('group', {}, 'd-1'),
      item('track', {}, 'd-2'),
      item('group', {}, 'd-2'),
      item('page', {}, 'd-1'),
    ];
    const [a, b, c, d, e] = items.map(idOf);
    const elements = await route({ input: items, destType: 'stormly' });
    expect(elements.map(idsOf)).toEqual([[a, e], [b], [c], [d]]);
    expect(elements[0]?.batchedRequest).toMatchObject([
      { endpoint: 'https://up.example/track' },
      { endpoint: 'https://up.example/page' },
    ]);
    expect(elements[1]?.batchedRequest).toMatchObject({ endpoint: STORMLY });
    expect(JSON.parse(upstream.asked()[0]?.body ?? '')).toEqual({
      input: [items[0], items[2], items[4]],
      destType: 'stormly',
    });
  });

  it('sorts what the upstream answers in another order', async () => {
    const items = [item('track'), item('group'), item('page')];
    const [a, b, c] = items.map(idOf);
    const output = [items[2], items[0]].map((one) => ({ metadata: [one?.metadata], statusCode: 200 }));
    upstream.answerWith({ headers: { apiVersion: '2' }, body: JSON.stringify({ output }) });
    expect((await route({ input: items, destType: 'stormly' })).map(idsOf)).toEqual([[a], [b], [c]]);
  });

  it('asks in the compacted form if it was asked in it', async () => {
    const items = [item('group'), item('identify')];
    const body = compact(items, { destType: 'stormly' });
    expect((await route(body)).map(idsOf)).toEqual(items.map(idsOf));
    expect(JSON.parse(upstream.asked()[0]?.body ?? '')).toEqual({ ...body, input: [body.input[1]] });
  });

  it('passes all of a type that is not known on', async () => {
    const body = { input: [item('group')], destType: 'nobody' };
    expect(await route(body)).toMatchObject([{ batched: true }]);
    expect(upstream.asked()[0]?.body).toBe(JSON.stringify(body));
  });
});

it('the batch route passes on what was made for a destination that is not known', async () => {
  const input = [{ ...item('group'), message: { endpoint: 'https://a.example' } }];
  expect(await call('/batch', { input, destType: 'am' })).toMatchObject([{ batched: false, statusCode: 200 }]);
  expect(upstream.asked()).toEqual([]);
  const body = { input, destType: 'nobody' };
  upstream.answerWith({ headers: { apiVersion: '2' }, body: '[]' });
  expect(await call('/batch', body)).toEqual([]);
  expect(upstream.asked()[0]?.body).toBe(JSON.stringify(body));
});

describe('where the upstream fails', () => {
  const mixed = () => [item('track'), item('group'), item('page')];
  const expectRetry = (response: request.Response) => {
    expect([response.status, response.headers['x-rudder-should-retry']]).toEqual([503, 'true']);
    expect(response.body).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  };

  it.each([500, 502, 503, 408, 429])('with %d, a call of both must be repeated', async (status) => {
    upstream.answerWith({ status, body: 'secret-text' });
    for (const response of [
      await post('/v0/destinations/stormly', mixed()),
      await post('/routerTransform', { input: mixed(), destType: 'stormly' }),
    ]) {
      expectRetry(response);
      expect(response.text).not.toContain('secret-text');
    }
  });

  it.each<[string, Json | undefined, string]>([
    ['no JSON', undefined, '2'],
    ['no list', { output: 1 }, '2'],
    ['a list of other things', [null], '2'],
    ['another version', [], '1'],
  ])('with an answer of %s, a call of both must be repeated', async (_name, body, apiVersion) => {
    upstream.answerWith({ headers: { apiVersion }, body: body === undefined ? '<html>' : JSON.stringify(body) });
    expectRetry(await post('/v0/destinations/stormly', mixed()));
  });

  it.each([
    [400, 500],
    [404, 404],
    [204, 500],
  ])('with %d, its items fail and ours do not', async (status, routerStatus) => {
    const body = status === 204 ? '' : 'no such thing';
    upstream.answerWith({ status, body });
    const items = mixed();
    const failure = (one: JsonObject | undefined, statusCode: number, feature: string, errorType: string) => ({
      statusCode,
      error: body,
      statTags: {
        errorCategory: 'transformation',
        errorType,
        destType: 'STORMLY',
        module: 'destination',
        implementation: 'native',
        feature,
        destinationId: 'd-1',
        workspaceId: 'w-1',
      },
      metadata: one?.metadata,
    });
    const elements = await process('stormly', items);
    expect(elements).toEqual([
      failure(items[0], status, 'processor', 'aborted'),
      expect.objectContaining({ metadata: items[1]?.metadata, statusCode: 200 }),
      failure(items[2], status, 'processor', 'aborted'),
    ]);

    const errorType = routerStatus === 500 ? 'retryable' : 'aborted';
    const routed = (one: JsonObject | undefined) => ({
      ...failure(one, routerStatus, 'router', errorType),
      metadata: [one?.metadata],
      batched: false,
      destination: one?.destination,
    });
    expect(await route({ input: items, destType: 'stormly' })).toEqual([
      routed(items[0]),
      expect.objectContaining({ metadata: [items[1]?.metadata], statusCode: 200 }),
      routed(items[2]),
    ]);
  });

  it('if it is down, only its own items must be repeated', async () => {
    const down = appBefore(await freeUrl());
    expectRetry(await post('/v0/destinations/stormly', mixed(), {}, down));
    expectRetry(await post('/v0/destinations/stormly', [item('track')], {}, down));
    expectRetry(await post('/v0/destinations/nobody', [item('group')], {}, down));
    expectRetry(await post('/routerTransform', { input: mixed(), destType: 'stormly' }, {}, down));
    expectRetry(await post('/customTransform', '[]', {}, down));
    expectRetry(await request(down).get('/features'));
    const response = await post('/v0/destinations/stormly', [item('group')], {}, down);
    expect([response.status, response.headers.apiversion]).toEqual([200, '2']);
  });
});

describe('/features', () => {
  const theirs = {
    routerTransform: { HS: true, AM: true },
    regulations: ['AM'],
    supportSourceTransformV1: true,
    upgradedToSourceTransformV2: false,
    supportTransformerProxyV1: true,
  };

  it.each(['text/plain', 'application/json'])(
    'are the upstream’s with our destinations added, from %s',
    async (type) => {
      const ours = JSON.parse((await request(alone).get('/features')).text) as { routerTransform: object };
      upstream.answerWith({ headers: { 'Content-Type': type }, body: JSON.stringify(theirs) });
      const response = await request(app).get('/features').expect(200);
      expect(response.type).toBe('text/plain');
      expect(JSON.parse(response.text)).toEqual({
        ...theirs,
        routerTransform: { HS: true, ...ours.routerTransform },
      });
      expect(upstream.asked().map(({ method, url }) => [method, url])).toEqual([['GET', '/features']]);
      await request(app).head('/features').expect(200);
    },
  );

  it.each([
    [500, '{}'],
    [404, '{}'],
    [200, 'none'],
    [200, '[]'],
  ])('must be requested again after %d %s', async (status, body) => {
    upstream.answerWith({ status, body });
    const response = await request(app).get('/features');
    expect([response.status, response.headers['x-rudder-should-retry']]).toEqual([503, 'true']);
  });
});

describe('paths that are not ours', () => {
  it.each([
    ['POST', '/customTransform', '[{"a":1}]'],
    ['POST', '/v2/sources/shopify?a=%20b', '[]'],
    ['POST', '/v0/destinations/stormly/proxy', '{"not": "JSON'],
    ['POST', '/deleteUsers', '[]'],
    ['PUT', '/anything', ''],
    ['DELETE', '/features', ''],
    ['GET', '/buildVersion', ''],
    ['GET', '//other.example/x', ''],
  ])('%s %s', async (method, path, body) => {
    upstream.answerWith({ status: 418, headers: { 'X-Own': 'yes', Location: '/x' }, body: 'short and stout' });
    const server = createServer(app).listen(0);
    try {
      const { port } = server.address() as { port: number };
      const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, {
        method,
        headers: { 'Content-Type': 'application/x-own' },
        ...(method === 'GET' ? {} : { body }),
      });
      expect([response.status, response.headers.get('x-own'), await response.text()]).toEqual([
        418,
        'yes',
        'short and stout',
      ]);
    } finally {
      server.close();
    }
    const [asked] = upstream.asked();
    expect([asked?.method, asked?.url, asked?.headers['content-type'], asked?.body]).toEqual([
      method,
      path,
      'application/x-own',
      body,
    ]);
  });

  it('get a redirection as it is, and are not followed', async () => {
    upstream.answerWith({ status: 307, headers: { Location: '/elsewhere' }, body: '' });
    const response = await request(app).post('/customTransform').redirects(0).send('[]');
    expect([response.status, response.headers.location]).toEqual([307, '/elsewhere']);
    expect(upstream.asked()).toHaveLength(1);
  });

  it('do not include those of the service itself', async () => {
    for (const path of ['/health', '/ready', '/version', '/transformerBuildVersion', '/destinations', '/metrics']) {
      await request(app).get(path);
    }
    await request(app).get('/transform').expect(405);
    await request(app).post('/version').expect(405);
    expect(upstream.asked()).toEqual([]);
  });
});

it('without an upstream, other events are refused, and other types and paths not found', async () => {
  const [element] = (await post('/v0/destinations/stormly', [item('track')], {}, alone)).body as JsonObject[];
  expect(element).toMatchObject({ statusCode: 400, error: expect.stringContaining('handles group calls') as unknown });
  expect((await post('/v0/destinations/nobody', [item('group')], {}, alone)).body).toMatchObject([{ statusCode: 400 }]);
  expect((await post('/customTransform', [], {}, alone)).status).toBe(404);
});

describe('the setting', () => {
  const read = (value?: string) => readSettings({ UPSTREAM_TRANSFORMER_URL: value }).UPSTREAM_TRANSFORMER_URL;

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['http://up:9090', 'http://up:9090'],
    ['https://up.example/base/', 'https://up.example/base'],
  ])('%j is %j', (value, expected) => {
    expect(read(value)).toBe(expected);
  });

  it.each(['up:9090', 'localhost', 'ftp://up', 'http://', 'http://a:b@up', 'http://up?a=1', 'http://up#a'])(
    '%j is refused by name',
    (value) => {
      expect(() => read(value)).toThrow(/^UPSTREAM_TRANSFORMER_URL: /);
    },
  );

  it('has paths appended to it', async () => {
    upstream.answerWith({ body: '[]' });
    await post('/customTransform?a=1', '[]', {}, appBefore(`${upstream.url}/base`));
    expect(upstream.asked().map(({ url }) => url)).toEqual(['/base/customTransform?a=1']);
  });
});

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

/** The URL of a port on which nobody listens. */
async function freeUrl(): Promise<string> {
  const { url, close } = await startUpstream();
  close();
  return url;
}
