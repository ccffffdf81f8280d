import _ from 'lodash';
import request from 'supertest';

import type { Answer } from '../../../src/contract/dialogue.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { VendorCalls } from '../../../src/core/settle.ts';
import { createApp } from '../../../src/http/app.ts';
import { registry } from '../../support/project.ts';

/*
 * Destinations whose token the server keeps, and gives with each call.
 */

const asked: string[] = [];

/** A vendor that gives one answer to all; the tokens that it is called with are kept. */
const answering = (answer: Answer): VendorCalls => ({
  call: ({ headers }) => {
    asked.push(String(headers.Authorization));
    return Promise.resolve(answer);
  },
  hosts: [],
});

const nobody = { status: 200, json: { data: [] } };

const appThat = (answer: Answer) =>
  createApp({
    registry,
    version: '1.2.3',
    limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 },
    calls: answering(answer),
  });

interface RouteOptions {
  answer?: Answer;
  headers?: Record<string, string>;
  app?: ReturnType<typeof appThat>;
}

async function route(
  secret: unknown,
  { answer = nobody, headers = {}, app = appThat(answer) }: RouteOptions = {},
): Promise<JsonObject[]> {
  asked.splice(0);
  const message = { type: 'group', groupId: 'g-1', userId: 'u-1', context: { traits: { email: 'a@acme.example' } } };
  const destination = { ID: 'd', Config: { apiServer: 'Europe' }, hasDynamicConfig: false };
  const input = [{ message, metadata: { jobId: 1, secret }, destination }];
  const response = await request(app)
    .post('/routerTransform')
    .set(headers)
    .send({ input, destType: 'intercom_v2' })
    .expect(200);
  return (response.body as { output: JsonObject[] }).output;
}

it('is called with the token of the item’s metadata, which comes back as it came', async () => {
  const [element] = await route({ accessToken: 'token-1', more: [1] });
  expect(element).toMatchObject({
    statusCode: 200,
    metadata: [{ jobId: 1, secret: { accessToken: 'token-1', more: [1] } }],
    batchedRequest: { headers: { Authorization: 'Bearer token-1' } },
  });
  expect(asked).toEqual(['Bearer token-1']);
});

it('is called with the token of the call, where there is one', async () => {
  const [element] = await route(null, { headers: { 'Oauth-Secret': JSON.stringify({ accessToken: 'token-2' }) } });
  expect(element).toMatchObject({ batchedRequest: { headers: { Authorization: 'Bearer token-2' } } });
  expect(asked).toEqual(['Bearer token-2']);
});

it('is called with its own token, whichever tokens the same destination had in calls before', async () => {
  const app = appThat(nobody);
  for (const accessToken of ['token-1', 'token-2', 'token-1']) {
    const [element] = await route({ accessToken }, { app });
    expect(element).toMatchObject({ batchedRequest: { headers: { Authorization: `Bearer ${accessToken}` } } });
    expect(asked).toEqual([`Bearer ${accessToken}`]);
  }
});

it.each([[undefined], [null], [{}], [{ accessToken: '' }], ['token']])(
  'is tried again later without a token, as with %j',
  async (secret) => {
    const [element] = await route(secret);
    expect(element).toMatchObject({ statusCode: 500, statTags: { errorType: 'retryable' } });
    expect(JSON.stringify(element)).not.toContain('Bearer');
    expect(asked).toEqual([]);
  },
);

it.each([
  [401, 400, 'AUTH_STATUS_INACTIVE'],
  [403, 400, undefined],
  [400, 400, undefined],
  [429, 429, undefined],
])('tells the server what a vendor’s %i means for the token', async (status, statusCode, authErrorCategory) => {
  const [element] = await route({ accessToken: 'token-1' }, { answer: { status } });
  expect(_.pick(element, ['statusCode', 'authErrorCategory'])).toEqual({
    statusCode,
    ...(authErrorCategory && { authErrorCategory }),
  });
});

it('no token is used for another item', async () => {
  const app = createApp({
    registry,
    version: '1.2.3',
    limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 },
    calls: answering(nobody),
  });
  asked.splice(0);
  const message = { type: 'group', groupId: 'g-1', context: { traits: { email: 'a@acme.example' } } };
  const destination = { ID: 'd', Config: { apiServer: 'US' }, RevisionID: 'r', hasDynamicConfig: false };
  const tokens = ['token-1', 'token-2', 'token-1'];
  const input = tokens.map((accessToken, jobId) => ({
    message,
    metadata: { jobId, secret: { accessToken } },
    destination,
  }));
  const response = await request(app).post('/routerTransform').send({ input, destType: 'intercom_v2' }).expect(200);
  const { output } = response.body as { output: JsonObject[] };
  expect(_.map(output, 'batchedRequest.headers.Authorization')).toEqual(tokens.map((token) => `Bearer ${token}`));
  expect(asked).toEqual(tokens.map((token) => `Bearer ${token}`));
});
