import { createHash } from 'node:crypto';

import _ from 'lodash';
import request from 'supertest';

import type { Json, JsonObject } from '../../../src/core/json.ts';
import { app, expectNoErrors } from '../../support/api.ts';

afterEach(expectNoErrors);

interface Element {
  batchedRequest: JsonObject | JsonObject[];
  metadata: JsonObject[];
  batched: boolean;
  statusCode: number;
  destination: JsonObject;
}

interface Given {
  groupId?: string;
  config: JsonObject;
  id?: string;
  metadata?: JsonObject;
  message?: JsonObject;
}

async function route(destType: string, given: readonly Given[]): Promise<Element[]> {
  const input = given.map(({ groupId = 'g-1', config, id = 'd-1', metadata = {}, message = {} }, jobId) => ({
    message: { type: 'group', groupId, userId: 'u-1', ...message },
    metadata: { jobId, ...metadata },
    destination: { ID: id, Config: config, hasDynamicConfig: false, DestinationDefinition: { Name: destType } },
  }));
  const response = await request(app).post('/routerTransform').send({ input, destType }).expect(200);
  return (response.body as { output: Element[] }).output;
}

const jobsOf = (elements: readonly Element[]) => elements.map(({ metadata }) => _.map(metadata, 'jobId'));
const customerio: JsonObject = { siteID: 'site', apiKey: 'key' };

it('merges the events of one destination into one element with the metadata of all', async () => {
  const [element, ...others] = await route('customerio', [
    { config: customerio, groupId: 'g-1' },
    { config: customerio, groupId: 'g-2' },
  ]);
  expect(others).toEqual([]);
  expect(element).toMatchObject({
    batchedRequest: {
      endpoint: 'https://track.customer.io/api/v2/batch',
      body: { JSON: { batch: [{ identifiers: { object_id: 'g-1' } }, { identifiers: { object_id: 'g-2' } }] } },
    },
    metadata: [{ jobId: 0 }, { jobId: 1 }],
    batched: true,
    statusCode: 200,
    destination: { ID: 'd-1' },
  });
});

it('keeps apart destinations, tenants and regions, and puts each element where its first event was', async () => {
  const elements = await route('customerio', [
    { config: customerio },
    { config: customerio, id: 'd-2' },
    { config: { ...customerio, apiKey: 'other' } },
    { config: { ...customerio, datacenter: 'EU' } },
    { config: customerio },
    { config: {} },
    { config: customerio, id: 'd-2' },
  ]);
  expect(jobsOf(elements)).toEqual([[0, 4], [1, 6], [2], [3], [5]]);
  expect(_.map(elements, 'statusCode')).toEqual([200, 200, 200, 200, 400]);
  expect(_.map(elements, 'destination.ID')).toEqual(['d-1', 'd-2', 'd-1', 'd-1', 'd-1']);
});

it('sends by itself what says dontBatch', async () => {
  const of = (number: number, metadata: JsonObject): Given => ({
    config: customerio,
    groupId: `g-${String(number)}`,
    message: { userId: `u-${String(number)}` },
    metadata,
  });
  const elements = await route('customerio', [
    of(0, {}),
    of(1, { dontBatch: true }),
    of(2, { dontBatch: false }),
    of(3, { dontBatch: true }),
    of(1, {}),
    of(4, {}),
  ]);
  expect(jobsOf(elements)).toEqual([[0, 2], [1], [3], [4, 5]]);
  expect(_.map(elements, 'batched')).toEqual([true, false, false, true]);
});

it('keeps opposites in their order', async () => {
  const subscribe = (value: boolean): Given => ({
    config: { privateApiKey: 'key' },
    message: { traits: { subscribe: value }, context: { traits: { email: 'kim@acme.example' } } },
  });
  const elements = await route('klaviyo', [subscribe(false), subscribe(true), subscribe(false)]);
  expect(jobsOf(elements)).toEqual([[0], [1], [2]]);
  expect(elements.map(({ batchedRequest }) => (batchedRequest as JsonObject).endpoint)).toEqual([
    expect.stringContaining('delete'),
    expect.stringContaining('create'),
    expect.stringContaining('delete'),
  ]);
});

it('makes one request to each of Mixpanel’s endpoints, however many group keys there are', async () => {
  const config = { token: 't', groupKeySettings: [{ groupKey: 'groupId' }, { groupKey: 'region' }] };
  const [element] = await route('mp', [{ config, message: { traits: { region: 'eu' } } }]);
  expect(_.map(element?.batchedRequest, 'endpoint')).toEqual([
    'https://api.mixpanel.com/engage/',
    'https://api.mixpanel.com/groups/',
  ]);
});

it('gives the requests that events share in the order of the definition', async () => {
  const config = { token: 't', groupKeySettings: [{ groupKey: 'groupId' }] };
  const [element] = await route('mp', [
    { config, groupId: 'g-1', message: { traits: { plan: 'pro' } } },
    { config, groupId: 'g-2', message: { traits: { plan: 'pro' } } },
  ]);
  expect(_.map(element?.batchedRequest, 'endpoint')).toEqual([
    'https://api.mixpanel.com/engage/',
    'https://api.mixpanel.com/groups/',
  ]);
  const texts = _.map(element?.batchedRequest, 'body.JSON_ARRAY.batch') as string[];
  const [engage, groups] = texts.map((text) => JSON.parse(text) as object[]);
  expect(_.map(engage, '$set.groupId')).toEqual([['g-1'], ['g-2']]);
  expect(_.map(groups, '$group_id')).toEqual(['g-1', 'g-2']);
});

it('makes one request to each place, however many keys of groups there are', async () => {
  const config = { token: 't', groupKeySettings: [{ groupKey: 'groupId' }, { groupKey: 'plan' }] };
  const [element] = await route('mp', [{ config, message: { traits: { plan: 'pro' } } }]);
  expect(_.map(element?.batchedRequest, 'endpoint')).toEqual([
    'https://api.mixpanel.com/engage/',
    'https://api.mixpanel.com/groups/',
  ]);
});

describe('where the vendor takes several events in another form than one', () => {
  const config = { teamApiKey: 'key', useV2Group: true };
  const message = { traits: { groupType: 'company', name: 'Acme' } };

  it('gives that form, with a single event too', async () => {
    const [element, ...others] = await route('posthog', [
      { config, message, groupId: 'g-1' },
      { config, message, groupId: 'g-2' },
    ]);
    expect(others).toEqual([]);
    const keys = { properties: { $group_type: 'company', $group_set: { name: 'Acme' } } };
    expect(element?.batchedRequest).toMatchObject({
      endpoint: 'https://us.i.posthog.com/batch',
      body: {
        JSON: {
          api_key: 'key',
          batch: ['g-1', 'g-2'].map((id) => _.merge({ properties: { $group_key: id } }, keys)),
        },
      },
    });
    expect(JSON.stringify(_.get(element, 'batchedRequest.body.JSON.batch'))).not.toContain('api_key');
    const [alone] = await route('posthog', [{ config, message, metadata: { dontBatch: true } }]);
    expect(alone).toHaveProperty('batchedRequest.body.JSON.batch[0].properties.$group_key', 'g-1');
  });
});

it.each<[string, JsonObject, number]>([
  ['posthog', { teamApiKey: 'key' }, 900_000],
  ['customerio', customerio, 32_768],
  ['segment', { writeKey: 'key' }, 32_768],
])('fails an event that is larger than %s takes of one, and no other', async (type, config, most) => {
  const of = (bytes: number): Given => ({ config, message: { traits: { note: 'x'.repeat(bytes) } } });
  const elements = await route(type, [of(most - 1_000), of(most), of(1)]);
  expect(jobsOf(elements)).toEqual([[0, 2], [1]]);
  expect(_.map(elements, 'statusCode')).toEqual([200, 400]);
});

it('never merges an event that has a request that cannot be merged', async () => {
  const config = { apiKey: 'k', groupTypeTrait: 'kind', groupValueTrait: 'name' };
  const withGroup = { traits: { kind: 'company', name: 'Acme' } };
  const elements = await route('am', [
    { config, message: withGroup },
    { config: { apiKey: 'k' } },
    { config, message: withGroup },
  ]);
  expect(jobsOf(elements)).toEqual([[0], [1], [2]]);
});

it('puts the list of each call to a vendor at its limit', async () => {
  const config = { restApiKey: 'k', dataCenter: 'US-01' };
  const elements = await route(
    'braze',
    _.range(160).map(() => ({ config })),
  );
  expect(elements.map(({ metadata }) => metadata.length)).toEqual([75, 75, 10]);
});

it('signs a request when it has been merged', async () => {
  const config = { emersysUsername: 'api-user', emersysUserSecret: 's3cret' };
  const person = (email: string) => ({ context: { traits: { email } } });
  const [element] = await route('emarsys', [
    { config, groupId: '7', message: person('a@acme.example') },
    { config, groupId: '7', message: person('b@acme.example') },
  ]);
  expect(element).toMatchObject({
    batchedRequest: { body: { JSON: { key_id: 3, external_ids: ['a@acme.example', 'b@acme.example'] } } },
  });
  const header = _.get(element, 'batchedRequest.headers.X-WSSE') as string;
  const pattern = /^UsernameToken Username="api-user", PasswordDigest="(.+)", Nonce="([0-9a-f]{32})", Created="(.+Z)"$/;
  const [, digest = '', nonce = '', created = ''] = pattern.exec(header) ?? [];
  const hex = createHash('sha1').update(`${nonce}${created}s3cret`).digest('hex');
  expect(Buffer.from(digest, 'base64').toString()).toBe(hex);
});

it('applies what a pipeline can apply where the config has two ways in, and refuses a config that has no other', async () => {
  const message = { context: { traits: { email: 'a@acme.example' } } };
  const client = { clientId: 'id', clientSecret: 's3cret' };
  const both = { ...client, emersysUsername: 'api-user', emersysUserSecret: 's3cret' };
  const [signed, refused] = await route('emarsys', [
    { config: both, groupId: '7', message },
    { config: client, groupId: '7', message },
  ]);
  expect(signed?.batchedRequest).toMatchObject({
    endpoint: 'https://api.emarsys.net/api/v2/contactlist/7/add',
    headers: { 'X-WSSE': expect.any(String) as string },
  });
  expect(refused).toMatchObject({ statusCode: 400, statTags: { errorType: 'configuration' } });
});

describe('what is delivered by other means than HTTP', () => {
  const message = { type: 'group', groupId: 'g-1', userId: 'u-1' };
  const lambda = { region: 'eu-west-1', lambda: 'groups', accessKeyId: 'id', accessKey: 'key' };

  async function process(type: string, Config: JsonObject): Promise<Json> {
    const destination = { ID: 'd-1', Config, hasDynamicConfig: false };
    const response = await request(app)
      .post(`/v0/destinations/${type}`)
      .send([{ message, metadata: { jobId: 1 }, destination }])
      .expect(200);
    return _.get(response.body, '[0].output') as Json;
  }

  it.each([
    ['lambda', lambda, { payload: JSON.stringify(message), destConfig: { invocationType: 'Event', lambda: 'groups' } }],
    [
      'lambda',
      { ...lambda, enableBatchInput: true, clientContext: 'e30=' },
      {
        payload: JSON.stringify([message]),
        destConfig: { invocationType: 'Event', lambda: 'groups', clientContext: 'e30=' },
      },
    ],
    [
      'eventbridge',
      { region: 'eu-west-1', detailType: 'crm', iamRoleARN: 'arn:aws:iam::1:role/a', resourceID: [{ arn: 'arn:a' }] },
      { Source: 'rudderstack', DetailType: 'crm', Detail: JSON.stringify(message), Resources: ['arn:a'] },
    ],
    ['google_cloud_function', { googleCloudFunctionUrl: 'https://f.example/', requireAuthentication: false }, message],
  ])('%s is a literal to the processor', async (type, config, expected) => {
    expect(await process(type, config)).toEqual(expected);
  });

  it('is merged as far as the config allows', async () => {
    const config = { ...lambda, enableBatchInput: true, maxBatchSize: '2' };
    const elements = await route('lambda', [{ config }, { config, groupId: 'g-2' }, { config }]);
    expect(jobsOf(elements)).toEqual([[0, 1], [2]]);
    const { payload } = elements[0]?.batchedRequest as { payload: string };
    expect(_.map(JSON.parse(payload) as object[], 'groupId')).toEqual(['g-1', 'g-2']);
  });

  it('is not merged without being asked for, and no mistake in the batch size costs an event', async () => {
    const alone = await route('lambda', [{ config: lambda }, { config: lambda }]);
    expect(jobsOf(alone)).toEqual([[0], [1]]);
    const url = { googleCloudFunctionUrl: 'https://f.example/', requireAuthentication: false, enableBatchInput: true };
    for (const maxBatchSize of ['', '0', 'many', 0, null]) {
      const config = { ...url, maxBatchSize };
      const elements = await route(
        'google_cloud_function',
        _.range(12).map(() => ({ config })),
      );
      expect(elements.map(({ metadata }) => metadata.length)).toEqual([10, 2]);
    }
  });

  it('counts every event of a payload', async () => {
    const config = { ...lambda, enableBatchInput: true };
    const large = { traits: { text: 'x'.repeat(150_000) } };
    const elements = await route('lambda', [
      { config, message: large },
      { config, message: large },
      { config, message: { traits: { text: 'x'.repeat(300_000) } } },
      { config },
    ]);
    expect(jobsOf(elements)).toEqual([[0], [1, 3], [2]]);
    expect(_.map(elements, 'statusCode')).toEqual([200, 200, 400]);
  });
});
