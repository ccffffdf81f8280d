import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import request from 'supertest';

import { createApp } from '../../src/http/app.ts';
import { app, BODY_LIMIT, expectNoErrors, post } from '../support/api.ts';
import { api } from '../support/description.ts';
import { registry } from '../support/project.ts';

const event = { type: 'group', groupId: 'g' };
const destination = { name: 'stormly', config: {} };

it.each<[string, unknown, number, object]>([
  ['no JSON', '{"events": [', 400, { code: 'BODY_NOT_JSON' }],
  ['nothing', '', 400, { code: 'BODY_NOT_JSON' }],
  ['null', 'null', 400, { code: 'ENVELOPE_INVALID' }],
  ['a list', [event], 400, { code: 'ENVELOPE_INVALID' }],
  ['no events', { destination }, 400, { code: 'ENVELOPE_INVALID', path: 'events' }],
  ['no destinations', { event }, 400, { code: 'ENVELOPE_INVALID', path: 'destinations' }],
  [
    'an empty list of destinations',
    { event, destinations: [] },
    400,
    { code: 'ENVELOPE_INVALID', path: 'destinations' },
  ],
  ["events that aren't a list", { events: {}, destination }, 400, { code: 'ENVELOPE_INVALID', path: 'events' }],
  [
    'both an event and events',
    { event, events: [event], destination },
    400,
    { code: 'ENVELOPE_INVALID', path: 'event' },
  ],
  [
    'a destination without a name',
    { event, destinations: [destination, {}] },
    400,
    { code: 'ENVELOPE_INVALID', path: 'destinations[1].name' },
  ],
  [
    'a destination that is text',
    { event, destinations: ['stormly'] },
    400,
    { code: 'ENVELOPE_INVALID', path: 'destinations[0]' },
  ],
  [
    'an id that is repeated',
    { event, destinations: [destination, destination] },
    400,
    { code: 'ENVELOPE_INVALID', path: 'destinations[1].id' },
  ],
  [
    'a misspelt field',
    { event, destination, destinatoins: [] },
    400,
    { code: 'ENVELOPE_INVALID', path: 'destinatoins' },
  ],
  [
    'a misspelt field of a destination',
    { event, destination: { ...destination, confg: 1 } },
    400,
    { code: 'ENVELOPE_INVALID', path: 'destination.confg' },
  ],
  [
    'consent without categories',
    { event, destination: { ...destination, consent: {} } },
    400,
    { code: 'ENVELOPE_INVALID', path: 'destination.consent.categories' },
  ],
  [
    'too many categories of consent',
    { event, destination: { ...destination, consent: { categories: Array(1_001).fill('c') } } },
    400,
    { code: 'ENVELOPE_INVALID', path: 'destination.consent.categories' },
  ],
  [
    'too many pairs',
    {
      events: Array(2_500).fill(1),
      destinations: Array.from({ length: 41 }, (_, id) => ({ id: String(id), name: 'stormly' })),
    },
    413,
    { code: 'TOO_MANY_PAIRS' },
  ],
  ['too many events', { events: Array(2_501).fill(1), destination }, 413, { code: 'TOO_MANY_EVENTS', path: 'events' }],
  ['too many bytes', { event: 'x'.repeat(BODY_LIMIT) }, 413, { code: 'BODY_TOO_LARGE' }],
])('a body with %s is a problem', async (_name, body, status, expected) => {
  const response = await post(body).expect(status);
  expect(response.type).toBe('application/problem+json');
  expect(response.body).toMatchObject({ status, ...expected });
  expect(response.body).toMatchObject({
    title: expect.stringMatching(/./) as unknown,
    detail: expect.stringMatching(/./) as unknown,
  });
  expect(response.text).not.toMatch(/Cannot read|is not a function|Unexpected token|at position/);
  expectNoErrors();
});

it.each(['text/plain', 'application/x-www-form-urlencoded'])('%s is not taken for JSON', async (type) => {
  const response = await post({ event, destination }, type).expect(415);
  expect(response.body).toMatchObject({
    code: 'MEDIA_TYPE_UNSUPPORTED',
    detail: expect.stringContaining(type) as unknown,
  });
});

it.each(['application/json', 'application/json; charset=utf-8', 'application/vnd.acme+json', 'APPLICATION/JSON'])(
  '%s is JSON',
  async (type) => {
    await post({ event, destination }, type).expect(200);
  },
);

it('a byte order mark and an empty list of events are accepted', async () => {
  const response = await post(`\uFEFF${JSON.stringify({ events: [], destination })}`).expect(200);
  expect(response.body).toEqual({ results: [] });
});

it('the documented defaults may be spelt out', async () => {
  await post({ event, destination: { ...destination, enabled: true }, batch: false, dialogues: 'refuse' }).expect(200);
});

describe('a compressed body', () => {
  const send = (body: Buffer, encoding: string) =>
    request(app)
      .post('/transform')
      .set('Content-Type', 'application/json')
      .set('Content-Encoding', encoding)
      .serialize((value: unknown) => value as string)
      .send(body as unknown as string);
  const compressed = gzipSync(JSON.stringify({ event, destination }));

  it('is read', async () => {
    await send(compressed, 'gzip').expect(200);
  });

  it('is limited by what is in it', async () => {
    const response = await send(gzipSync(JSON.stringify({ event: 'x'.repeat(BODY_LIMIT) })), 'gzip').expect(413);
    expect(response.body).toMatchObject({ code: 'BODY_TOO_LARGE' });
  });

  it('is a problem where it cannot be read', async () => {
    expect((await send(compressed.subarray(0, 20), 'gzip').expect(400)).body).toMatchObject({
      code: 'BODY_UNREADABLE',
    });
    expect((await send(Buffer.from('{}'), 'gzip').expect(400)).body).toMatchObject({ code: 'BODY_UNREADABLE' });
    expect((await send(compressed, 'zip').expect(415)).body).toMatchObject({ code: 'ENCODING_UNSUPPORTED' });
    expectNoErrors();
  });
});

it.each<['get' | 'post' | 'delete', string, number, string]>([
  ['get', '/transform', 405, 'METHOD_NOT_ALLOWED'],
  ['post', '/destinations', 405, 'METHOD_NOT_ALLOWED'],
  ['delete', '/health', 405, 'METHOD_NOT_ALLOWED'],
  ['post', '/docs', 405, 'METHOD_NOT_ALLOWED'],
  ['delete', '/docs/swagger-ui.css', 405, 'METHOD_NOT_ALLOWED'],
  ['post', '/openapi.json', 405, 'METHOD_NOT_ALLOWED'],
  ['get', '/destinations/nobody', 404, 'NOT_FOUND'],
  ['get', '/destinations/__proto__', 404, 'NOT_FOUND'],
  ['get', '/destinations/..%2f..%2fetc', 404, 'NOT_FOUND'],
  ['get', '/destinations/%ff', 400, 'BODY_UNREADABLE'],
  ['get', '/nothing', 404, 'NOT_FOUND'],
])('%s %s is a problem', async (method, path, status, code) => {
  const response = await request(app)[method](path).expect(status);
  expect(response.type).toBe('application/problem+json');
  expect(response.body).toMatchObject({ status, code });
  expectNoErrors();
});

describe.each(Object.entries(api.paths))('%s', (path, operations) => {
  const server = app.listen(0);
  afterAll(() => {
    server.close();
  });

  const allowed = Object.keys(operations).flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : ['POST']));
  const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'].filter(
    (method) => !allowed.includes(method),
  );

  it.each(others)('does not answer %s, and says what it answers', async (method) => {
    const { port } = server.address() as AddressInfo;
    const call = send({ port, method, path: path.replace(/\{.*\}/, 'stormly') }).end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.resume();
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allowed.join(', ')]);
  });
});

it('a failure of the service is told to the operator, and to the client without details', async () => {
  const errors: unknown[] = [];
  const broken = createApp({
    registry,
    version: '1.2.3',
    limits: { bodyBytes: 1000, pipelineBodyBytes: 1000 },
    now: () => {
      throw new Error('the clock of host-17 is broken');
    },
    telemetry: { onError: (error, context) => errors.push([context, (error as Error).message]) },
  });
  const response = await request(broken).post('/transform').send({ event, destination }).expect(500);
  expect(response.body).toMatchObject({ code: 'INTERNAL_ERROR' });
  expect(response.text).not.toContain('clock');
  expect(errors).toEqual([['POST /transform', 'the clock of host-17 is broken']]);
});
