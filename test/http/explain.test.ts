import _ from 'lodash';
import request from 'supertest';

import type { AskOutcome, Result } from '../../src/contract/results.ts';
import { Registry } from '../../src/core/registry.ts';
import { createApp } from '../../src/http/app.ts';
import { app, expectNoErrors } from '../support/api.ts';
import { crm } from '../support/vendor.ts';

afterEach(expectNoErrors);

const event = { type: 'group', groupId: 'acme-42', userId: 'u-1', timestamp: '2026-02-03', traits: { name: 'Acme' } };
const destinations = [
  { name: 'stormly', config: { apiKey: 'secret-apiKey' } },
  { name: 'loops', config: {} },
];

const post = (query: string, body: object) => request(app).post(`/transform${query}`).send(body);
const withoutExplain = (results: Result[]) => results.map((result) => _.omit(result, 'explain'));

interface Answer {
  results: Result[];
}

it('explains what was mapped, and changes nothing else', async () => {
  const call = { event, destinations };
  const { body: plain } = (await post('', call).expect(200)) as { body: Answer };
  const { body: off } = (await post('?explain=false', call).expect(200)) as { body: Answer };
  const { body: on } = (await post('?explain=true', call).expect(200)) as { body: Answer };
  expect(off).toEqual(plain);
  expect(withoutExplain(on.results)).toEqual(plain.results);
  const [explained, rejected] = on.results;
  expect(explained?.explain?.fields).toContainEqual({
    to: 'requests[0].body.json.groupId',
    request: 0,
    from: ['groupId'],
    via: [],
    isRequired: true,
    in: { groupId: 'acme-42' },
    out: 'acme-42',
    status: 'sent',
  });
  expect(explained?.explain?.unused).toEqual([]);
  expect(rejected).not.toHaveProperty('explain');
  expect(JSON.stringify(explained?.explain)).not.toContain('secret-');
  expect(JSON.stringify(explained)).toContain('secret-apiKey');
});

it.each(['?explain=maybe', '?explain=', '?explain', '?explain=true&explain=true'])('%s is refused', async (query) => {
  for (const type of ['application/json', 'application/x-ndjson']) {
    const response = await request(app).post(`/transform${query}`).set('Content-Type', type).send('{}').expect(400);
    expect(response.body).toMatchObject({ code: 'ENVELOPE_INVALID', path: 'explain' });
  }
});

it('explains each result of a batch', async () => {
  const call = {
    events: [event, { ...event, groupId: 'acme-43' }],
    destination: { name: 'mixpanel', config: { token: 'k', groupKeySettings: [{ groupKey: 'groupId' }] } },
    batch: true,
  };
  const { body } = (await post('?explain=true', call).expect(200)) as {
    body: Answer & { batches: { results: number[] }[] };
  };
  expect(body.batches.map(({ results }) => results)).toContainEqual([0, 1]);
  const rows = body.results.map(({ explain }) => explain?.fields.find(({ to }) => to.endsWith('.$group_id')));
  expect(rows.map((row) => [row?.request, row?.out])).toEqual([
    [1, 'acme-42'],
    [1, 'acme-43'],
  ]);
});

it('explains each result of a stream', async () => {
  const lines = [{ destinations }, { event }].map((line) => JSON.stringify(line)).join('\n');
  const answer = async (query: string) => {
    const { text } = await request(app)
      .post(`/transform${query}`)
      .set('Content-Type', 'application/x-ndjson')
      .buffer(true)
      .parse((response, done) => {
        let content = '';
        response.on('data', (chunk: Buffer) => (content += chunk.toString()));
        response.on('end', () => {
          done(null, content);
        });
      })
      .send(lines)
      .expect(200)
      .then(({ body }) => ({ text: body as string }));
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Result);
  };
  const explained = await answer('?explain=true');
  expect(withoutExplain(explained)).toEqual(await answer(''));
  const { body } = (await post('?explain=true', { event, destinations }).expect(200)) as { body: Answer };
  expect(explained.map(({ explain }) => explain).slice(0, 2)).toEqual(body.results.map(({ explain }) => explain));
});

it('explains a dialogue with the answers so far', async () => {
  const service = createApp({
    registry: new Registry([{ file: 'crm', definition: crm }]),
    version: '1.2.3',
    limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 },
  });
  const call = { event, destination: { name: 'crm', config: { apiKey: 'k' } }, dialogues: 'ask' };
  const send = async (more: object) => {
    const response = await request(service)
      .post('/transform?explain=true')
      .send({ ...call, ...more });
    const { results } = response.body as { results: [Result | Result<AskOutcome>] };
    return results[0];
  };
  const asking = await send({});
  if (asking.outcome !== 'ask') throw new Error('nothing is asked');
  const asked = asking.explain?.fields.filter(({ status, to }) => status === 'sent' && to.endsWith('.url'));
  expect(asked?.map(({ request: position, out }) => [position, out])).toEqual(
    asking.asks.map((ask) => [undefined, ask.request.url]),
  );

  const answers = Object.fromEntries(asking.asks.map(({ key }) => [key, { status: 200, json: { id: 7 } }]));
  const sent = await send({ resume: [{ event: 0, destination: 0, ...asking.resumeWith, answers }] });
  if (sent.outcome !== 'send') throw new Error('nothing is sent');
  const urls = sent.explain?.fields.filter(
    ({ to, request: position }) => position !== undefined && to.endsWith('.url'),
  );
  expect(urls?.map(({ out }) => out)).toEqual(expect.arrayContaining(sent.requests.map(({ url }) => url)));
});
