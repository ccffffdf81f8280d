import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as rawRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import request from 'supertest';

import type { Result } from '../../src/contract/results.ts';
import { createDeliverer, type Deliverer } from '../../src/deliver/delivery.ts';
import { createApp } from '../../src/http/app.ts';
import { Peer } from '../support/peer.ts';
import { registry } from '../support/project.ts';

/* `POST /deliver`, with a real HTTP server that stands for all vendors. */

const peer = new Peer();
let deliverer: Deliverer;
let app: ReturnType<typeof createApp>;

const options = { registry, version: '1.2.3', limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 } };

beforeAll(async () => {
  const gatewayUrl = `http://127.0.0.1:${String(await peer.start())}`;
  deliverer = createDeliverer({ gatewayUrl, hosts: registry.hosts, timeout: 60_000 });
  app = createApp({ ...options, deliverer, tokens: ['token-1'] });
});

beforeEach(() => {
  peer.calls.length = 0;
  peer.answer = (_call, response) => response.end('{"taken":true}');
});

afterAll(async () => {
  await deliverer.close();
  peer.stop();
});

const deliver = (body: unknown, type = 'application/json', token = 'token-1') =>
  request(app)
    .post('/deliver')
    .set('Authorization', `Bearer ${token}`)
    .set('Content-Type', type)
    .send(typeof body === 'string' ? body : JSON.stringify(body));

/** The body of an answer, of which nothing is known. */
const bodyOf = async (answer: PromiseLike<request.Response>) => (await answer).body as unknown;

/** A result with two requests, as the service answers it. */
async function transformed(groupId: unknown = ['g-1', 'g-2']): Promise<Result> {
  const event = { type: 'group', groupId, userId: 'u', timestamp: '2026-01-02T03:04:05Z' };
  const destination = { name: 'stormly', config: { apiKey: 'k' } };
  const response = await request(app)
    .post('/transform?explain=true')
    .set('Authorization', 'Bearer token-1')
    .send({ events: [{ event, ref: { offset: 7 } }], destination })
    .expect(200);
  return (response.body as { results: [Result] }).results[0];
}

const groups = () => peer.calls.map(({ body }) => (JSON.parse(body) as { groupId: string }).groupId);

it('takes a result as it was answered, and makes its requests', async () => {
  const body = await bodyOf(deliver(await transformed()).expect(200));
  expect(body).toEqual({ outcome: 'delivered', next: 2, status: 200, answer: '{"taken":true}' });
  expect(groups()).toEqual(['g-1', 'g-2']);
  expect(peer.calls[0]).toMatchObject({
    method: 'POST',
    url: 'https://rudderstack.t.stormly.com/webhook/rudderstack/group',
    headers: { authorization: 'Basic k', 'content-type': 'application/json' },
  });
});

it('says how far it got, and goes on from there', async () => {
  peer.answer = ({ body }, response) =>
    response.writeHead(body.includes('g-2') ? 429 : 200, { 'Retry-After': '30' }).end('slow down');
  const result = await transformed();
  const stopped = await deliver(result).expect(200);
  expect(stopped.body).toEqual({
    outcome: 'retry',
    next: 1,
    status: 429,
    retryAfter: 30,
    answer: 'slow down',
    message: 'the vendor answered 429',
  });
  peer.answer = (_call, response) => response.end();
  const { next } = stopped.body as { next: number };
  const resumed = await deliver({ ...result, next }).expect(200);
  expect(resumed.body).toEqual({ outcome: 'delivered', next: 2, status: 200 });
  expect(groups()).toEqual(['g-1', 'g-2', 'g-2']);
});

it('calls no host that is neither a vendor’s own nor listed', async () => {
  const request = { method: 'GET', url: 'https://elsewhere.example/', headers: {}, query: {} };
  const body = await bodyOf(deliver({ outcome: 'send', requests: [request] }).expect(200));
  expect(body).toMatchObject({
    outcome: 'refused',
    next: 0,
    message: expect.stringContaining('VENDOR_HOSTS') as string,
  });
  expect(peer.calls).toEqual([]);
});

const ok = { method: 'GET', url: 'https://api.acme.example/', headers: {}, query: {} };

it.each<[string, unknown, string | undefined]>([
  ['a list', [], undefined],
  ['nothing', {}, 'outcome'],
  ['a result that is dropped', { outcome: 'drop', code: 'ALREADY_DONE', message: '' }, 'outcome'],
  ['a result in batches', { outcome: 'send', batches: [0] }, 'requests'],
  ['no requests', { outcome: 'send', requests: [] }, 'requests'],
  ['a request without a URL', { outcome: 'send', requests: [{ ...ok, url: undefined }] }, 'requests[0].url'],
  ['a field that no request has', { outcome: 'send', requests: [{ ...ok, verb: 'GET' }] }, 'requests[0].verb'],
  [
    'an auth that nobody knows',
    { outcome: 'send', requests: [{ ...ok, auth: { type: 'x' } }] },
    'requests[0].auth.type',
  ],
  ['a header that isn’t text', { outcome: 'send', requests: [{ ...ok, headers: { a: 1 } }] }, 'requests[0].headers.a'],
  ['a position before the first', { outcome: 'send', requests: [ok], next: -1 }, 'next'],
  ['a position after the last', { outcome: 'send', requests: [ok], next: 2 }, 'next'],
])('refuses %s', async (_name, body, path) => {
  const problem = await bodyOf(deliver(body).expect(400));
  expect(problem).toMatchObject({ code: 'ENVELOPE_INVALID' });
  expect((problem as { path?: string }).path).toBe(path);
  expect(peer.calls).toEqual([]);
});

it.each([
  ['application/json', 'BODY_NOT_JSON', 400, '{'],
  ['text/plain', 'MEDIA_TYPE_UNSUPPORTED', 415, '{}'],
  ['application/x-ndjson', 'MEDIA_TYPE_UNSUPPORTED', 415, '{}'],
  ['application/json', 'BODY_TOO_LARGE', 413, `"${'x'.repeat(1e6)}"`],
])('refuses a body that cannot be read: as %s: %s', async (type, code, status, body) => {
  expect((await deliver(body, type).expect(status)).body).toMatchObject({ code });
});

it('asks for a token', async () => {
  const result = await transformed();
  expect((await deliver(result, 'application/json', 'another').expect(401)).body).toMatchObject({
    code: 'TOKEN_INVALID',
  });
  expect(peer.calls).toEqual([]);
});

it('takes POST only', async () => {
  const { headers } = await request(app).get('/deliver').set('Authorization', 'Bearer token-1').expect(405);
  expect(headers.allow).toBe('POST');
});

it('is not there unless it is turned on', async () => {
  const off = createApp(options);
  await request(off).post('/deliver').send({}).expect(404);
  const body = await bodyOf(request(off).get('/openapi.json').expect(200));
  const { paths, components } = body as { paths: object; components: { schemas: object } };
  expect(Object.keys({ ...paths, ...components.schemas }).filter((name) => /deliver/i.test(name))).toEqual([]);
});

it('is not served to pipelines', async () => {
  await request(createApp({ ...options, deliverer, serves: 'pipeline' }))
    .post('/deliver')
    .send({})
    .expect(404);
});

it('is described, with all that it takes and answers', async () => {
  const described = await request(app).get('/openapi.json').set('Authorization', 'Bearer token-1').expect(200);
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  ajv.addSchema({ ...(described.body as object), $id: 'api' });
  const faultsOf = (pointer: string, value: unknown) => {
    const validate = ajv.getSchema(`api#/${pointer}`);
    void validate?.(value);
    return validate === undefined ? [`nothing at ${pointer}`] : (validate.errors ?? []);
  };
  const at = 'paths/~1deliver/post';
  const result = await transformed();
  expect(faultsOf(`${at}/requestBody/content/application~1json/schema`, { ...result, next: 1 })).toEqual([]);
  expect(faultsOf(`${at}/requestBody/content/application~1json/schema`, { outcome: 'drop' })).not.toEqual([]);
  for (const status of [200, 301, 400, 429, 500]) {
    peer.answer = (_call, response) => response.writeHead(status, { 'Retry-After': '1' }).end('x');
    const body = await bodyOf(deliver(result).expect(200));
    expect(faultsOf(`${at}/responses/200/content/application~1json/schema`, body)).toEqual([]);
  }
  const refused = await deliver({}).expect(400);
  expect(faultsOf(`${at}/responses/400/content/application~1problem+json/schema`, refused.body)).toEqual([]);
});

it('counts each outcome', async () => {
  const counting = createApp({ ...options, deliverer });
  const result = await transformed();
  await request(counting).post('/deliver').send(result).expect(200);
  peer.answer = (_call, response) => response.writeHead(500).end();
  await request(counting).post('/deliver').send(result).expect(200);
  const { text } = await request(counting).get('/metrics').expect(200);
  expect(text).toContain('transformer_deliveries_total{outcome="delivered"} 1');
  expect(text).toContain('transformer_deliveries_total{outcome="retry"} 1');
});

it('begins no further request once the client is gone', async () => {
  const server = createApp({ ...options, deliverer }).listen(0);
  await once(server, 'listening');
  const result = await transformed(['g-1', 'g-2', 'g-3']);
  const closed = new Promise<void>((resolve) => {
    server.once('request', (_request, response: ServerResponse) => response.once('close', resolve));
  });
  peer.answer = (_call, response) => {
    client.destroy();
    void closed.then(() => response.end());
  };
  const client = rawRequest({ port: (server.address() as AddressInfo).port, path: '/deliver', method: 'POST' });
  client.setHeader('Content-Type', 'application/json');
  client.on('error', () => undefined).end(JSON.stringify(result));
  await closed;
  await sleep(100);
  expect(groups()).toEqual(['g-1']);
  server.close();
});

describe('for the playground', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
    await writeFile(path.join(folder, 'index.html'), '<meta name="sends" content="__SENDS__" />');
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const shown = (more: object) => createApp({ ...options, playgroundFolder: folder, ...more });

  it('is a route of its own, which the page is told of', async () => {
    const sending = shown({ playgroundDeliverer: deliverer });
    expect((await request(sending).get('/').expect(200)).text).toContain('content="true"');
    const body = await bodyOf(
      request(sending)
        .post('/playground/deliver')
        .send(await transformed())
        .expect(200),
    );
    expect(body).toMatchObject({ outcome: 'delivered', next: 2 });
    await request(sending).get('/playground/deliver').expect(405);
    await request(sending).post('/deliver').send({}).expect(404);
  });

  it('asks for a token where the API does', async () => {
    const guarded = shown({ playgroundDeliverer: deliverer, tokens: ['token-1'] });
    await request(guarded)
      .post('/playground/deliver')
      .send(await transformed())
      .expect(401);
    expect(peer.calls).toEqual([]);
  });

  it('takes nothing that a page of another site could send', async () => {
    const sending = shown({ playgroundDeliverer: deliverer });
    // What a browser sends elsewhere without asking first.
    await request(sending)
      .post('/playground/deliver')
      .set('Content-Type', 'text/plain')
      .send(JSON.stringify(await transformed()))
      .expect(415);
    const { headers } = await request(sending).options('/playground/deliver').set('Origin', 'https://other.example');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(peer.calls).toEqual([]);
  });

  it('is not there unless it is turned on', async () => {
    const off = shown({ deliverer });
    expect((await request(off).get('/').expect(200)).text).toContain('content="false"');
    await request(off).post('/playground/deliver').send({}).expect(404);
  });
});
