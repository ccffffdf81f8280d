import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import request from 'supertest';

import type { PolicyRules } from '../../src/contract/policy.ts';
import type { Result } from '../../src/contract/results.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { createApp } from '../../src/http/app.ts';
import { createTransformer } from '../../src/index.ts';
import { loadPolicies } from '../../src/loader/policies.ts';
import { expectNoErrors, post, transform } from '../support/api.ts';
import { registry } from '../support/project.ts';

afterEach(expectNoErrors);

const event = {
  type: 'group',
  groupId: 'acme-42',
  userId: 'user-7',
  traits: { name: 'Acme', ssn: 'ssn-1', mrr: 5, billing: { iban: 'iban-1', plan: 'p' } },
  context: { traits: { email: 'kim@acme.example' } },
};

const webhook = (policy?: PolicyRules, name = 'webhook') => ({
  name,
  config: { webhookUrl: 'https://hooks.acme.example/in' },
  ...(policy && { policy }),
});

const bodyOf = (result: Result | undefined) =>
  result?.outcome === 'send' && result.requests[0]?.body && 'json' in result.requests[0].body
    ? (result.requests[0].body.json as JsonObject)
    : undefined;

const policy: PolicyRules = {
  traits: { deny: ['ssn', 'billing.iban'] },
  person: { deny: ['email'] },
  rename: { mrr: 'monthly_spend' },
};

it('withholds and renames what a destination gets, and leaves others alone', async () => {
  const destinations = [webhook(policy), { ...webhook(), id: 'free' }];
  const [held, free] = await transform({ event, destinations });
  expect(bodyOf(held)).toEqual({
    ...event,
    traits: { name: 'Acme', billing: { plan: 'p' }, monthly_spend: 5 },
    context: { traits: {} },
  });
  expect(bodyOf(free)).toEqual(event);
});

describe('a required value that is withheld', () => {
  it.each<[string, JsonObject, PolicyRules, JsonObject]>([
    [
      'an id',
      { name: 'one-signal', config: { appId: 'a', version: 'V2' } },
      { person: { deny: ['id'] } },
      {
        path: 'userId',
        message: 'userId is required, but policy.person.deny withholds it; OneSignal requires a user id or aliases',
      },
    ],
    [
      'what a rule asks for',
      { name: 'engage', config: { publicKey: 'p', privateKey: 'k' } },
      { person: { deny: ['userId'] } },
      {
        path: 'userId',
        message:
          'userId is required, but policy.person.deny withholds it; Engage requires a user id to remove somebody',
      },
    ],
  ])('fails the event, and the failure names the policy: %s', async (_name, destination, rules, failure) => {
    const sent = { ...event, traits: { ...event.traits, operation: 'remove' } };
    const [result] = await transform({ event: sent, destination: { ...destination, policy: rules } });
    expect(result).toMatchObject({ outcome: 'fail', code: 'WITHHELD', ...failure });
  });

  it('is the id of the group, if only traits.id has it', async () => {
    const sent = { ...event, groupId: undefined, traits: { id: 'acme-42', name: 'Acme' } };
    const destination = { name: 'userpilot', config: { apiKey: 'k' } };
    const [free] = await transform({ event: sent, destination });
    const [held] = await transform({
      event: sent,
      destination: { ...destination, policy: { traits: { allow: ['name'] } } },
    });
    expect(free).toMatchObject({ outcome: 'send' });
    expect(held).toMatchObject({
      outcome: 'fail',
      code: 'WITHHELD',
      path: 'traits.id',
      message: 'traits.id is required, but policy.traits.allow withholds it',
    });
  });
});

it('explains what is withheld', async () => {
  const destination = {
    name: 'one-signal',
    config: { appId: 'a', version: 'V2' },
    policy: { person: { deny: ['id'] } },
  };
  const [result] = await transform({ event, destination }, '?explain=true');
  const explained = result?.explain;
  expect(explained?.withheld).toEqual(['userId']);
  expect(explained?.fields).toContainEqual(
    expect.objectContaining({ from: ['person.id'], in: {}, status: 'withheld' }),
  );

  const [passed] = await transform({ event, destination: webhook(policy) }, '?explain=true');
  expect(passed?.explain?.withheld).toEqual(['traits.ssn', 'traits.billing.iban', 'context.traits.email']);
  expect(JSON.stringify(passed)).not.toMatch(/ssn-1|iban-1|kim@/);
});

it('judges consent and integrations by the event as sent', async () => {
  const refused = {
    ...event,
    traits: { integrations: 'x' },
    integrations: { All: false },
    context: { ...event.context, consentManagement: { deniedConsentIds: ['ads'] } },
  };
  const rules = { traits: { deny: ['*'] }, person: { deny: ['*'] } };
  const [off] = await transform({ event: refused, destination: webhook(rules) });
  expect(off).toMatchObject({ code: 'INTEGRATION_OFF' });
  const [denied] = await transform({
    event: refused,
    destination: { ...webhook(rules), consent: { categories: ['ads'] } },
  });
  expect(denied).toMatchObject({ code: 'CONSENT_DENIED' });
});

it('says that nothing is left to send, and why', async () => {
  const destination = { name: 'heap', config: { appId: '1234' }, policy: { traits: { allow: [] } } };
  const [result] = await transform({ event, destination });
  expect(result).toMatchObject({ outcome: 'drop', code: 'NOTHING_TO_SEND' });
  expect(result).toHaveProperty('message', expect.stringContaining('except for what policy.traits.allow withholds'));
});

it('tells of a trait that another one replaces', async () => {
  const rules = { rename: { mrr: 'name' } };
  const [result] = await transform({ event, destination: webhook(rules) });
  expect(bodyOf(result)?.traits).toMatchObject({ name: 5 });
  expect(result?.warnings).toMatchObject([{ code: 'TRAIT_COLLIDED', path: 'traits.mrr' }]);
});

describe('an invalid policy', () => {
  it.each<[unknown, string, string]>([
    [{ traits: { deny: 'ssn' } }, 'traits.deny', 'must be a list'],
    [{ traits: { deny: ['traits.ssn'] } }, 'traits.deny[0]', 'starts at the trait'],
    [{ traits: { deny: ['ok', 'a..b'] } }, 'traits.deny[1]', 'must be a path'],
    [{ traits: { deny: ['contacts[0].email'] } }, 'traits.deny[0]', 'must be a path'],
    [{ traits: { allow: ['bill*'] } }, 'traits.allow[0]', 'must be a path'],
    [{ traits: { denied: ['ssn'] } }, 'traits.denied', 'is unknown'],
    [{ person: { deny: ['context.traits.email'] } }, 'person.deny[0]', 'must be a path'],
    [{ person: { allow: ['email'] } }, 'person.deny', 'is required'],
    [{ rename: { mrr: 'a.b' } }, 'rename.mrr', 'must be a name without dots'],
    [{ rename: { 'billing.*': 'b' } }, 'rename.billing.*', 'has no *'],
    [{ rename: { name: 'groupId' } }, 'rename.name', 'must not rename the id'],
    [{ rename: { id: 'crm' } }, 'rename.id', 'must not rename the id'],
    [{ deny: ['ssn'] }, 'deny', 'is unknown'],
    ['deny', '', 'must be an object'],
  ])('is refused: %j', async (given, place, says) => {
    const response = await post({ event, destination: { ...webhook(), policy: given } }).expect(400);
    const at = `destination.policy${place === '' ? '' : `.${place}`}`;
    expect(response.body).toMatchObject({ code: 'ENVELOPE_INVALID', path: at });
    expect(response.body).toHaveProperty('detail', expect.stringContaining(says));
  });
});

describe('POLICIES', () => {
  const app = createApp({
    registry,
    policies: { Webhook: { traits: { deny: ['ssn'] } }, 'd-7': { traits: { deny: ['billing'] } } },
    version: '1.2.3',
    limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 },
  });
  const traitsOf = async (destination: object) => {
    const response = await request(app).post('/transform').send({ event, destination }).expect(200);
    return bodyOf((response.body as { results: Result[] }).results[0])?.traits;
  };

  it('hold for every caller, who may tighten and not loosen them', async () => {
    expect(await traitsOf(webhook())).toEqual({ name: 'Acme', mrr: 5, billing: event.traits.billing });
    expect(await traitsOf({ ...webhook(), id: 'd-7' })).toEqual({ name: 'Acme', mrr: 5 });
    expect(await traitsOf(webhook({ traits: { allow: ['ssn', 'mrr'] }, rename: { ssn: 'note' } }))).toEqual({ mrr: 5 });
  });

  const item = (config: object, id = 'd-1', more = {}) => ({
    message: event,
    metadata: { jobId: 1, destinationId: id },
    destination: { ID: id, Config: config, DestinationDefinition: { Name: 'WEBHOOK' }, ...more },
  });
  const config = { webhookUrl: 'https://hooks.acme.example/in', webhookMethod: 'POST' };

  it.each([{}, { hasDynamicConfig: false }])('hold for pipelines, by the name and the id: %j', async (more) => {
    const items = [item(config, 'd-1', more), item(config, 'd-7', more), item(config, 'd-1', more)];
    const processed = await request(app).post('/v0/destinations/webhook').send(items).expect(200);
    const routed = await request(app).post('/routerTransform').send({ input: items, destType: 'webhook' }).expect(200);
    const kept = [
      ['name', 'mrr', 'billing'],
      ['name', 'mrr'],
      ['name', 'mrr', 'billing'],
    ];
    const keysOf = (output: unknown) =>
      Object.keys((output as { body: { JSON: { traits: object } } }).body.JSON.traits);
    expect((processed.body as { output: unknown }[]).map(({ output }) => keysOf(output))).toEqual(kept);
    const { output } = routed.body as { output: { batchedRequest: unknown }[] };
    expect(output.map(({ batchedRequest }) => keysOf(batchedRequest))).toEqual(kept);
  });

  it('come before the templates of a config', async () => {
    const headers = [
      { from: 'X-Denied', to: '{{ message.traits.ssn || "none" }}' },
      { from: 'X-Kept', to: '{{ message.traits.name || "none" }}' },
    ];
    const response = await request(app)
      .post('/v0/destinations/webhook')
      .send([item({ ...config, headers })])
      .expect(200);
    expect(response.body).toMatchObject([
      { output: { headers: { 'x-denied': 'none', 'x-kept': 'Acme' }, body: { JSON: { traits: { mrr: 5 } } } } },
    ]);
    expect((response.body as [{ output: unknown }])[0].output).not.toMatchObject({
      body: { JSON: { traits: { name: 'Acme' } } },
    });
    expect(JSON.stringify((response.body as [{ output: unknown }])[0].output)).not.toContain('ssn-1');
  });

  it('rename once, also under templates', async () => {
    const renaming = createApp({
      registry,
      policies: { webhook: { rename: { name: 'plan', plan: 'mrr', mrr: 'name' } } },
      version: '1.2.3',
      limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 },
    });
    const headers = [{ from: 'X-Plan', to: '{{ message.traits.plan || "none" }}' }];
    const response = await request(renaming)
      .post('/v0/destinations/webhook')
      .send([item({ ...config, headers })])
      .expect(200);
    expect(response.body).toMatchObject([
      { output: { headers: { 'x-plan': 'Acme' }, body: { JSON: { traits: { name: 5, ssn: 'ssn-1' } } } } },
    ]);
  });

  it('hold in the library', async () => {
    const policies = { webhook: { traits: { deny: ['ssn'] } } };
    const transformer = await createTransformer({ policies });
    const destination = { ...webhook(), name: 'webhook' as const };
    const [result] = transformer.transform([event], [destination, { ...destination, id: 'other' }]);
    expect(bodyOf(result as Result)?.traits).not.toHaveProperty('ssn');
    await expect(createTransformer({ policies: { webhook: { traits: { deny: [''] } } } })).rejects.toThrow(
      'policies: webhook.traits.deny.0 must be a path',
    );
  });

  describe('in a file', () => {
    let folder = '';
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'policies-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it.each<[string, string]>([
      ['{', 'the file is not JSON'],
      ['[]', 'must be an object, not a list'],
      ['{ "webhook": { "traits": { "deny": ["a..b"] } } }', 'webhook.traits.deny.0 must be a path'],
      ['{ "webhook": { "trait": {} } }', 'webhook.trait is unknown; remove it or correct its name'],
      ['{ "": {} }', 'is not valid'],
    ])('are checked before the service starts: %s', async (text, says) => {
      const file = path.join(folder, 'policies.json');
      await writeFile(file, text);
      await expect(loadPolicies(file)).rejects.toThrow(`POLICIES: ${file}`);
      await expect(loadPolicies(file)).rejects.toThrow(says);
    });

    it('are read', async () => {
      const file = path.join(folder, 'policies.json');
      await writeFile(file, JSON.stringify({ webhook: policy }));
      expect(await loadPolicies(file)).toEqual({ webhook: policy });
      await expect(loadPolicies(path.join(folder, 'none.json'))).rejects.toThrow('the file cannot be read');
      expect(await loadPolicies(undefined)).toEqual({});
    });
  });
});
