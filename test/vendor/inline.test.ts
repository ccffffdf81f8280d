import { type AddressInfo, createServer } from 'node:net';

import _ from 'lodash';
import request from 'supertest';

import type { Fail, Result, Send } from '../../src/contract/results.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Registry } from '../../src/core/registry.ts';
import { createApp } from '../../src/http/app.ts';
import { VendorClient } from '../../src/vendor/client.ts';
import { registry as builtIn } from '../support/project.ts';
import { type Call, crm, faults, ScriptedVendor, Vendor } from '../support/vendor.ts';

const registry = new Registry([
  { file: 'crm', definition: crm },
  { file: 'stormly', definition: builtIn.get('stormly') },
]);
const open: { vendor: Vendor; client: VendorClient }[] = [];

afterEach(async () => {
  for (const { vendor, client } of open.splice(0)) {
    vendor.stop();
    await client.close();
  }
});

/** The service, asking a vendor on loopback. */
async function serve<V extends Vendor>(
  vendor: V,
  { timeout = 60_000, deadline = 120_000, hosts = [] as string[] } = {},
) {
  const client = new VendorClient({ gatewayUrl: await vendor.start(), timeout, hosts });
  open.push({ vendor, client });
  const app = createApp({
    registry,
    version: '1.2.3',
    limits: { bodyBytes: 10_000_000, pipelineBodyBytes: 10_000_000 },
    calls: { call: (asked) => client.call(asked), hosts: client.hosts, deadline },
    telemetry: {
      onError: (error) => {
        throw error;
      },
    },
  });
  return { app, vendor };
}

const groupEvent = (groupId: string, traits: JsonObject = {}) => ({
  type: 'group',
  groupId,
  userId: 'u-1',
  timestamp: '2026-02-03T10:11:12.000Z',
  traits: { name: 'Acme', ...traits },
});
const toCrm = { name: 'crm', config: { apiKey: 'secret-apiKey' } };

async function transform(app: Awaited<ReturnType<typeof serve>>['app'], body: object): Promise<Result[]> {
  const response = await request(app).post('/transform').send(body).expect(200);
  return (response.body as { results: Result[] }).results;
}

/** Delivers what is sent, in order, as a pipeline does. */
function deliver(vendor: Vendor, results: readonly Result[]): void {
  for (const { requests } of results.filter((result): result is Result & Send => result.outcome === 'send')) {
    for (const { method, url, body } of requests) {
      vendor.handle({ method, url, body: body && 'json' in body ? body.json : undefined });
    }
  }
}

it('20 events of a new account in one batch leave one account with the values of the last', async () => {
  const { app, vendor } = await serve(new Vendor());
  const events = _.range(20).map((index) => groupEvent('acme-42', { name: `Acme ${String(index)}` }));
  const results = await transform(app, { events, destination: toCrm });
  expect(_.countBy(results, 'outcome')).toEqual({ send: 20 });
  deliver(vendor, results);
  expect([...vendor.companies.values()]).toEqual([{ external_id: 'acme-42', name: 'Acme 19' }]);
  expect(vendor.count('POST')).toBe(1);
  expect(_.uniq(vendor.links)).toEqual(['1 u-1']);
});

it.each<[string, unknown[]]>([
  ['a number, a text and a list', [42, '42', ['42'], [42]]],
  ['a list of it and others', ['acme-42', ['acme-42', 'acme-43'], 'acme-43', ['acme-43', 'acme-42']]],
])('creates an account once, whose id is written as %s', async (_name, ids) => {
  const { app, vendor } = await serve(new Vendor());
  vendor.fault = faults.slow(20);
  const events = ids.map((groupId) => ({ ...groupEvent('g'), groupId }));
  const results = await transform(app, { events, destination: toCrm });
  expect(_.countBy(results, 'outcome')).toEqual({ send: ids.length });
  const created = [...vendor.companies.values()].map(({ external_id: id }) => id);
  expect(created).toEqual(_.uniq(ids.flat().map(String)));
  expect(vendor.count('POST')).toBe(created.length);
});

it('100 events under a limit of 200 calls all finish, with one write each', async () => {
  const { app, vendor } = await serve(new Vendor());
  vendor.limit = 200;
  const events = _.range(100).map((index) => groupEvent(`g-${String(index)}`));
  const results = await transform(app, { events, destination: toCrm });
  expect(_.countBy(results, 'outcome')).toEqual({ send: 100 });
  expect([vendor.count('GET'), vendor.count('POST')]).toEqual([100, 100]);
});

it('begins no dialogue of a config after a 429, finishes those under way, and tells when to come back', async () => {
  const { app, vendor } = await serve(new Vendor());
  vendor.limit = 40;
  const events = _.range(60).map((index) => groupEvent(`g-${String(index)}`));
  const results = await transform(app, { events, destination: toCrm });
  const { send = 0, fail = 0 } = _.countBy(results, 'outcome');
  expect(send + fail).toBe(60);
  expect(send).toBeGreaterThanOrEqual(16);
  expect(vendor.calls.length).toBeLessThan(60);
  const failures = results.filter((result): result is Result & Fail => result.outcome === 'fail');
  expect(_.uniqBy(_.map(failures, 'vendor'), JSON.stringify)).toEqual([{ status: 429, retryAfter: 30 }]);
  expect(_.uniq(_.map(failures, 'code'))).toEqual(['VENDOR_THROTTLED']);
});

it('the other events of a batch are neither harmed nor kept waiting beyond the deadline', async () => {
  const { app, vendor } = await serve(new Vendor(), { timeout: 300, deadline: 500 });
  vendor.fault = faults.slow(1_000);
  const results = await transform(app, {
    events: _.range(30).map((index) => groupEvent(`g-${String(index)}`)),
    destinations: [toCrm, { name: 'stormly', config: { apiKey: 'k' } }],
  });
  const byDestination = _.groupBy(results, 'destinationId');
  expect(_.countBy(byDestination.stormly, 'outcome')).toEqual({ send: 30 });
  expect(_.countBy(byDestination.crm, 'code')).toEqual({ VENDOR_UNAVAILABLE: 30 });
  // Eight at a time, of which no others began after the deadline.
  expect(vendor.calls.length).toBeLessThanOrEqual(16);
});

it('gives the rest of a lane the failure of its first event, unsent, and leaves other groups alone', async () => {
  const { app, vendor } = await serve(new Vendor());
  vendor.fault = (call, response) => {
    if (!call.url.includes('broken')) return false;
    response.writeHead(503).end();
    return true;
  };
  const events = ['broken', 'fine', 'broken', 'broken', 'fine'].map((id) => groupEvent(id));
  const results = await transform(app, { events, destination: toCrm });
  expect(results.map((result) => ('code' in result ? result.code : result.outcome))).toEqual([
    'VENDOR_UNAVAILABLE',
    'send',
    'VENDOR_UNAVAILABLE',
    'VENDOR_UNAVAILABLE',
    'send',
  ]);
  expect(vendor.count('GET', 'broken')).toBe(1);
});

it('asks once for several events what is shared, and again when something was written in between', async () => {
  const { app, vendor } = await serve(new Vendor());
  vendor.companies.set(1, { external_id: 'old', name: 'Old' });
  const known = _.range(5).map(() => groupEvent('old', { fields: true }));
  await transform(app, { events: known, destination: toCrm });
  expect(vendor.count('GET', '/fields')).toBe(1);
  const events = [groupEvent('new', { fields: true }), ...known.map((event) => ({ ...event, groupId: 'new' }))];
  await transform(app, { events, destination: toCrm });
  // Once for both until the first event has created the company, and once for all after it.
  expect(vendor.count('GET', '/fields')).toBe(3);
});

it('never shares between configs', async () => {
  const { app, vendor } = await serve(new Vendor());
  const destinations = ['a', 'b'].map((id) => ({ id, name: 'crm', config: { apiKey: `key-${id}` } }));
  await transform(app, { event: groupEvent('g', { fields: true }), destinations });
  expect(vendor.count('GET', '/fields')).toBe(2);
});

it('makes the calls that are declared, in order, and no others', async () => {
  const company = { external_id: 'acme-42', name: 'Acme' };
  const find: Call = { method: 'GET', url: 'https://crm.example/companies/by/acme-42', body: undefined };
  const { app, vendor } = await serve(
    new ScriptedVendor([
      { call: find, answer: [404, {}] },
      { call: { method: 'POST', url: 'https://crm.example/companies', body: company }, answer: [409, {}] },
      { call: find, answer: [200, { id: 7 }] },
    ]),
  );
  const [result] = await transform(app, { event: groupEvent('acme-42'), destination: toCrm });
  expect(vendor.report).toEqual({ unexpected: [], missing: [] });
  expect(result).toMatchObject({
    outcome: 'send',
    requests: [
      { method: 'PUT', url: 'https://crm.example/companies/7', body: { json: company } },
      { method: 'PUT', url: 'https://crm.example/companies/7/people/u-1' },
    ],
  });
});

it('calls nobody for an event that lacks what a later step requires', async () => {
  const { app, vendor } = await serve(new Vendor());
  const event = { ...groupEvent('g'), traits: {} };
  const [result] = await transform(app, { event, destination: toCrm });
  expect(result).toMatchObject({ outcome: 'fail', code: 'FIELD_MISSING', path: 'traits.name' });
  expect(vendor.calls).toEqual([]);
});

it('says what was written when a dialogue fails after that', async () => {
  const vendor = new Vendor();
  const { app } = await serve(vendor);
  vendor.fault = ({ method }, response) => {
    if (method !== 'POST') return false;
    response.writeHead(201).end(JSON.stringify({ id: 'not a number' }));
    return true;
  };
  const [result] = await transform(app, { event: groupEvent('g'), destination: toCrm });
  expect(result).toMatchObject({
    outcome: 'fail',
    code: 'VENDOR_UNAVAILABLE',
    written: [{ step: 'create', method: 'POST', url: 'https://crm.example/companies' }],
  });
});

it.each([
  ['drops the connection', faults.dropped],
  ['answers garbage', faults.garbage],
  ['answers too much', faults.huge],
  ['redirects to a private address', faults.redirect],
  ['is too slow', faults.slow(800)],
])('a vendor that %s is unavailable, and no secret is in the answer', async (_name, fault) => {
  const { app, vendor } = await serve(new Vendor(), { timeout: 300 });
  vendor.fault = fault;
  const results = await transform(app, { event: groupEvent('g'), destination: toCrm });
  expect(results).toMatchObject([{ outcome: 'fail', code: 'VENDOR_UNAVAILABLE' }]);
  expect(JSON.stringify(results)).not.toContain('secret-');
  expect(vendor.calls).toHaveLength(1);
});

it('leaves the asking to a caller that asks itself', async () => {
  const { app, vendor } = await serve(new Vendor());
  const response = await request(app)
    .post('/transform')
    .send({ event: groupEvent('g'), destination: toCrm, dialogues: 'ask' })
    .expect(200);
  expect(response.body).toMatchObject({ results: [{ outcome: 'ask', asks: [{ effect: 'read' }] }] });
  expect(vendor.calls).toEqual([]);
});

describe('the pipeline', () => {
  async function route(app: Awaited<ReturnType<typeof serve>>['app'], path: string): Promise<JsonObject[]> {
    const item = {
      message: groupEvent('g'),
      metadata: { jobId: 1 },
      destination: { ID: 'd', Config: toCrm.config, hasDynamicConfig: false },
    };
    const body = path === '/routerTransform' ? { input: [item], destType: 'crm' } : [item];
    const response = await request(app).post(path).send(body).expect(200);
    return (path === '/routerTransform' ? (response.body as JsonObject).output : response.body) as JsonObject[];
  }

  it.each(['/routerTransform', '/v0/destinations/crm'])('%s has the dialogue held', async (path) => {
    const { app, vendor } = await serve(new Vendor());
    const [element] = await route(app, path);
    expect(element?.statusCode).toBe(200);
    expect(vendor.companies.size).toBe(1);
  });

  it.each([
    [429, 429, 'throttled'],
    [503, 500, 'retryable'],
    [403, 400, 'aborted'],
  ])('a vendor’s %i is %i to the router', async (status, statusCode, errorType) => {
    const { app, vendor } = await serve(new Vendor());
    vendor.fault = (_call, response) => {
      response.writeHead(status).end();
      return true;
    };
    expect(await route(app, '/routerTransform')).toMatchObject([{ statusCode, statTags: { errorType } }]);
  });

  it('without inline calls, a dialogue is repeated and names the setting', async () => {
    const options = { registry, version: '1.2.3', limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 } };
    expect(await route(createApp(options), '/routerTransform')).toMatchObject([
      { statusCode: 500, error: expect.stringContaining('VENDOR_CALLS=inline') as string },
    ]);
  });
});

describe('without a gateway', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0x7f000001', '0.0.0.0'])(
    'a private address is not called, written as %s',
    async (host) => {
      let connections = 0;
      const server = createServer((socket) => {
        connections += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => server.listen(0, resolve));
      const { port } = server.address() as AddressInfo;
      const client = new VendorClient({ timeout: 1_000 });
      const url = `https://${host}:${String(port)}/`;
      expect(await client.call({ method: 'GET', url, headers: {}, query: {} })).toHaveProperty('error');
      expect(connections).toBe(0);
      await client.close();
      server.close();
    },
  );

  it.each(['10.0.0.1', '169.254.169.254', '[::ffff:192.168.0.1]', '100.64.0.1'])(
    "%s isn't a public address",
    async (host) => {
      const client = new VendorClient({});
      const answer = await client.call({ method: 'GET', url: `https://${host}/`, headers: {}, query: {} });
      expect(answer).toEqual({ error: 'the address is not public' });
      await client.close();
    },
  );
});

it('calls hosts of a config only if the operator has listed them', async () => {
  const own = new Registry([{ file: 'crm', definition: { ...crm, hosts: { fromConfig: 'url' } } }]);
  for (const [hosts, code] of [
    [[], 'CONFIG_INVALID'],
    [['*.example'], undefined],
    [['crm.example'], undefined],
  ] as const) {
    const vendor = new Vendor();
    const client = new VendorClient({ gatewayUrl: await vendor.start(), hosts });
    open.push({ vendor, client });
    const app = createApp({
      registry: own,
      version: '1.2.3',
      limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 },
      calls: client,
    });
    const config = { apiKey: 'secret-apiKey', url: 'https://crm.example' };
    const results = await transform(app, { event: groupEvent('g'), destination: { name: 'crm', config } });
    expect(_.map(results, 'code')).toEqual([code]);
  }
});
