import request from 'supertest';

import { app, post } from '../support/api.ts';

const event = { type: 'group', groupId: 'acme-42', userId: 'user-7', traits: { name: 'Acme'.repeat(500) } };
const destination = { name: 'stormly', config: { apiKey: 'my-key' } };
const single = { event, destination };
const lines = [{ destinations: [destination] }, { event }].map((line) => JSON.stringify(line)).join('\n');

it.each(['/destinations', '/destinations/stormly', '/openapi.json', '/docs/swagger-ui.css'])(
  'GET %s is compressed for clients that accept it',
  async (path) => {
    const compressed = await request(app).get(path).set('Accept-Encoding', 'gzip').expect(200);
    expect(compressed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    const plain = await request(app).get(path).set('Accept-Encoding', 'identity').expect(200);
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(compressed.text).toBe(plain.text);
    expect(Number(plain.headers['content-length'])).toBeGreaterThan(1_000);
  },
);

it('a result is compressed if it is explained', async () => {
  const explained = await post(single, 'application/json', '?explain=true').expect(200);
  expect(explained.headers).toMatchObject({ 'content-encoding': 'gzip' });
  expect(explained.body).toMatchObject({ results: [{ outcome: 'send', explain: {} }] });
  const plain = await post(single).expect(200);
  expect(plain.headers).not.toHaveProperty('content-encoding');
});

it.each([
  ['a stream', () => post(lines, 'application/x-ndjson', '?explain=true')],
  ['an answer in parts', () => post({ events: Array(400).fill(event), destination }, undefined, '?explain=true')],
  [
    'an answer to a pipeline',
    () =>
      request(app)
        .post('/v0/destinations/stormly')
        .send([{ message: event }]),
  ],
  ['a list of features for a pipeline', () => request(app).get('/features')],
])('%s is not compressed', async (_name, call) => {
  const { headers } = await call().set('Accept-Encoding', 'gzip').expect(200);
  expect(headers).not.toHaveProperty('content-encoding');
});
