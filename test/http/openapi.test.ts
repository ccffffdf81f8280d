import { Validator } from '@seriousme/openapi-schema-validator';
import type { Router } from 'express';
import request from 'supertest';

import { codes } from '../../src/contract/codes.ts';
import { createApp } from '../../src/http/app.ts';
import { processorExample, routerExample, transformExamples } from '../../src/http/examples.ts';
import { app, expectNoErrors, post } from '../support/api.ts';
import { api, envelopeFaults, faults, faultsOf } from '../support/description.ts';
import { registry } from '../support/project.ts';

/* The API is tested with its description: all answers must match it. */

afterEach(expectNoErrors);

it('is valid OpenAPI', async () => {
  expect(await new Validator().validate({ ...api })).toEqual({ valid: true });
});

const routesOf = ({ stack }: Router): string[] =>
  stack.flatMap(({ route, handle }) => {
    if (route !== undefined) return [(route as { path: string | string[] }).path].flat();
    return 'stack' in handle ? routesOf(handle as unknown as Router) : [];
  });

it.each(['all', 'native'] as const)('has every route of a port that serves %s, and no other', async (serves) => {
  const limits = { bodyBytes: 1e6, pipelineBodyBytes: 1e6 };
  const served = createApp({ registry, version: '1.2.3', limits, serves });
  const response = await request(served).get('/openapi.json').expect(200);
  const { paths, tags } = response.body as { paths: object; tags: { name: string }[] };
  const routes = routesOf(served.router).filter((path) => path !== '/openapi.json' && !path.startsWith('/docs'));
  expect(Object.keys(paths).sort()).toEqual(routes.map((path) => path.replace(/:(\w+)/g, '{$1}')).sort());
  const used = new Set(JSON.stringify(paths).match(/(?<="tags":\[")\w+/g));
  expect(tags.map(({ name }) => name).sort()).toEqual([...used].sort());
});

const event = { type: 'group', groupId: 'g' };
const stormly = { name: 'stormly', config: { apiKey: 'k' } };

it.each<[string, object, number]>([
  ['an event and a destination', { event, destination: stormly }, 200],
  ['events and destinations', { events: [event], destinations: [stormly] }, 200],
  ['the body of an SDK’s call', { sdkBatch: { batch: [event] }, destination: stormly }, 200],
  ['an event and events', { event, events: [event], destination: stormly }, 400],
  ['an SDK’s call and an event', { sdkBatch: { batch: [event] }, event, destination: stormly }, 400],
  ['a destination and destinations', { event, destination: stormly, destinations: [stormly] }, 400],
  ['no event', { destination: stormly }, 400],
  ['no destination', { event }, 400],
])('the schema and the service agree on %s', async (_name, envelope, status) => {
  await post(envelope).expect(status);
  expect(envelopeFaults(envelope).length > 0).toBe(status === 400);
});

it('has the codes of the one table', () => {
  const named = new Set(JSON.stringify(api).match(/"[A-Z]+(_[A-Z]+)*"/g));
  expect(Object.keys(codes).filter((code) => !named.has(`"${code}"`))).toEqual([]);
});

it.each([
  ...Object.entries(transformExamples).map(([name, example]) => ['/transform', name, example] as const),
  ['/v0/destinations/stormly', 'one', processorExample] as const,
  ['/routerTransform', 'one', routerExample] as const,
])('answers an example of %s (%s) as it says', async (path, name, example) => {
  const described = api.paths[path.replace('stormly', '{type}')]?.post;
  expect(described?.requestBody?.content['application/json']?.examples?.[name]?.value).toEqual(example.request);
  expect(described?.responses[200]?.content['application/json']?.examples?.[name]?.value).toEqual(example.answer);
  const response = await request(app)
    .post(path)
    .send(example.request as object)
    .expect(200);
  expect(response.body).toEqual(example.answer);
});

const explained = '?explain=true';

it('has the parameter that asks for explanations', async () => {
  const parameter = { name: 'explain', in: 'query', schema: { type: 'boolean' } };
  expect(api.paths['/transform']?.post?.parameters).toMatchObject([parameter]);
  const response = await post({}, 'application/json', '?explain=maybe').expect(400);
  expect(response.body).toMatchObject({ code: 'ENVELOPE_INVALID', path: 'explain' });
  expect(faultsOf('/transform', 'post', response)).toEqual([]);
});

it.each(['', explained])('a stream is answered as described%s', async (query) => {
  const lines = [
    { destinations: [{ name: 'stormly', config: { apiKey: 'k' } }, { name: 'loops' }, { name: 'user-com' }] },
    { event: { type: 'group', groupId: 'g', userId: 'u', timestamp: '2026-02-03T10:11:12Z' }, ref: 7 },
    { event: { type: 'track' } },
    { evnt: {} },
    { destinations: [{}] },
    { event: {} },
  ];
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  const response = await post(text, 'application/x-ndjson', query).expect(200);
  const answered = response.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { outcome?: string });
  expect(answered.map(({ outcome }) => outcome)).toEqual([
    'send',
    'drop',
    'fail',
    'drop',
    'drop',
    'drop',
    'fail',
    'fail',
    'fail',
    undefined,
  ]);
  const found = answered.map((line) => faults('/transform', 'post', 200, 'application/x-ndjson', line));
  expect(found.flat()).toEqual([]);
});

it.each(['/destinations', '/health', '/ready', '/features', '/version'])(
  'GET %s is answered as described',
  async (path) => {
    const response = await request(app).get(path).expect(200);
    const value: unknown = response.type === 'text/plain' ? response.text : response.body;
    expect(faults(path, 'get', 200, response.type, value)).toEqual([]);
  },
);

it.each(registry.destinations.map(({ name }) => name))(
  'GET /destinations/%s is answered as described',
  async (name) => {
    const response = await request(app).get(`/destinations/${name}`).expect(200);
    expect(faultsOf('/destinations/{name}', 'get', response)).toEqual([]);
  },
);

it.each<[string, unknown, string]>([
  ['BODY_NOT_JSON', '{', 'application/json'],
  ['ENVELOPE_INVALID', {}, 'application/json'],
  [
    'TOO_MANY_PAIRS',
    {
      events: Array(2_500).fill(1),
      destinations: Array.from({ length: 41 }, (_, id) => ({ id: String(id), name: 'stormly' })),
    },
    'application/json',
  ],
  ['TOO_MANY_EVENTS', { events: Array(2_501).fill(1), destination: { name: 'stormly' } }, 'application/json'],
  ['BODY_TOO_LARGE', { event: 'x'.repeat(2_000_000) }, 'application/json'],
  ['MEDIA_TYPE_UNSUPPORTED', '{}', 'text/plain'],
])('the problem %s is as described', async (code, body, type) => {
  const response = await post(body, type);
  expect(response.body).toMatchObject({ code });
  expect(faultsOf('/transform', 'post', response)).toEqual([]);
});

it('the problem NOT_FOUND is as described', async () => {
  const response = await request(app).get('/destinations/nobody').expect(404);
  expect(faultsOf('/destinations/{name}', 'get', response)).toEqual([]);
});

describe('/docs', () => {
  it('is a page that runs no script of its own, and loads everything from the service', async () => {
    const { headers, text } = await request(app)
      .get('/docs')
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(headers['content-security-policy']).not.toMatch(/unsafe|http/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(text).not.toMatch(/<script(?![^>]* src="\/docs\/)|<style|style=|https?:/);
    const loaded = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(loaded).toHaveLength(3);
    for (const path of loaded) {
      const file = await request(app).get(path).expect(200);
      expect(file.headers['content-type']).toMatch(path.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
      expect(file.headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it.each(['/docs/package.json', '/docs/..%2fpackage.json', '/docs/index.html'])('%s is not there', async (path) => {
    await request(app).get(path).expect(404);
  });
});
