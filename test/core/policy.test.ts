import type { PolicyRules } from '../../src/contract/policy.ts';
import { GroupEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Policies } from '../../src/core/policies.ts';
import { Policy } from '../../src/core/policy.ts';
import { registry } from '../support/project.ts';

const under = (payload: JsonObject, ...policies: PolicyRules[]): GroupEvent =>
  new GroupEvent({ type: 'group', ...payload }).under(
    new Policy(policies.map((rules, index) => [`p${String(index)}`, rules] as const)),
  );

const traitsUnder = (traits: JsonObject, ...policies: PolicyRules[]) => under({ traits }, ...policies).payload.traits;

const deny = (...paths: string[]): PolicyRules => ({ traits: { deny: paths } });
const allow = (...paths: string[]): PolicyRules => ({ traits: { allow: paths } });
const denyPerson = (...paths: string[]): PolicyRules => ({ person: { deny: paths } });

describe('a denied trait', () => {
  it.each<[string, string, JsonObject]>([
    ['its name', 'ssn', { ssn: 'x' }],
    ['another case', 'ssn', { SSN: 'x' }],
    ['snake case', 'taxNumber', { tax_number: 'x' }],
    ['camel case', 'tax_number', { taxNumber: 'x' }],
    ['blanks and hyphens', 'taxNumber', { 'Tax-Number': 'x', 'tax number': 'x' }],
    ['another spelling of a reserved trait', 'createdAt', { created_at: 'x', created: 'x', CREATED: 'x' }],
    ['the reserved name of a spelling', 'created', { createdAt: 'x', CreatedAt: 'x' }],
    ['a part of the address', 'address.postalCode', { address: { zip: 'x', ZIP_CODE: 'x', postal_code: 'x' } }],
    ['text in place of an address', 'address.city', { address: 'Main Street 1, Berlin' }],
    ['what is below it', 'billing', { billing: { iban: 'x', bank: { name: 'x' } } }],
    ['any step', 'billing.*', { billing: { iban: 'x', bank: { name: 'x' } } }],
    ['any step in the middle', 'billing.*.name', { billing: { bank: { name: 'x' }, agent: { Name: 'x' } } }],
    ['a key with dots', 'billing.iban', { 'billing.iban': 'x' }],
    ['a key with dots below it', 'billing', { 'billing.iban': 'x', billing: { 'bank.name': 'x' } }],
    ['elements of a list', 'contacts.email', { contacts: [{ email: 'x' }, { Email: 'x' }] }],
    ['elements of a list, as a step', 'contacts.*.email', { contacts: [{ email: 'x' }] }],
    ['elements of nested lists', 'contacts.email', { contacts: [[{ email: 'x' }], []] }],
    ['scalars in a list', 'tags.*', { tags: ['x', 5, false] }],
    ['an element of a list, by its index', 'tags.1', { tags: ['kept', 'x'] }],
  ])('is withheld: %s', (_name, path, traits) => {
    const text = JSON.stringify(traitsUnder({ kept: 1, ...traits }, deny(path)));
    expect(text).not.toMatch(/x|5|false|Berlin/);
    expect(text).toContain('"kept":1');
  });

  it('leaves everything else, and the given event, as they are', () => {
    const traits = { ssn: 'x', plan: 'pro', billing: { iban: 'x', plan: null }, empty: {}, none: [] };
    const payload = { type: 'group', traits };
    const view = new GroupEvent(payload).under(new Policy([['p', deny('ssn', 'billing.iban')]]));
    expect(view.payload).toEqual({
      type: 'group',
      traits: { plan: 'pro', billing: { plan: null }, empty: {}, none: [] },
    });
    expect(payload.traits).toEqual({ ssn: 'x', plan: 'pro', billing: { iban: 'x', plan: null }, empty: {}, none: [] });
    expect(view.withheld).toMatchObject([
      { path: 'traits.ssn', by: 'p.traits.deny' },
      { path: 'traits.billing.iban', by: 'p.traits.deny' },
    ]);
  });

  it('does not take a trait for another one whose name it starts with', () => {
    const traits = { ssnValid: true, billingPlan: 'pro', other: { ssn: 'pro' } };
    expect(traitsUnder(traits, deny('ssn', 'billing.*'))).toBe(traits);
  });

  it('is withheld wherever the traits of the group are', () => {
    const traits = { ssn: 'x', plan: 'pro' };
    const ruby = { context: { traits, library: { name: 'rudderanalytics-ruby', version: '3.0.1' } } };
    expect(under(ruby, deny('ssn')).traits).toEqual({ plan: 'pro' });
    expect(under({ properties: traits }, deny('ssn')).traits).toEqual({ plan: 'pro' });
    const beside = under({ traits, properties: traits, Traits: traits }, deny('ssn')).payload;
    expect(JSON.stringify(beside)).not.toContain('ssn');
  });

  it('does not make other traits those of the group', () => {
    const view = under({ traits: { ssn: 'x' }, properties: { plan: 'pro' } }, deny('ssn'));
    expect(view.traits).toEqual({});
    expect(under({ traits: 'ssn: x', properties: { plan: 'pro' } }, deny('ssn')).traits).toEqual({});
  });

  it('isn’t a trait of the person', () => {
    const context = { traits: { ssn: 'x' } };
    expect(under({ traits: {}, context }, deny('ssn')).context).toBe(context);
  });

  it('may be named __proto__', () => {
    const traits = JSON.parse('{ "__proto__": "x", "constructor": "x", "plan": { "__proto__": "y" } }') as JsonObject;
    expect(JSON.stringify(traitsUnder(traits, deny('constructor')))).toBe('{"__proto__":"x","plan":{"__proto__":"y"}}');
    expect(JSON.stringify(traitsUnder(traits, deny('__proto__')))).toBe('{"constructor":"x","plan":{"__proto__":"y"}}');
  });
});

describe('an allowed trait', () => {
  it('is all that is left', () => {
    const traits = { plan: 'pro', ssn: 'x', billing: { plan: 'p', iban: 'x' }, address: 'x', tags: ['x'] };
    const view = under({ traits }, allow('PLAN', 'billing.plan', 'address.city', 'tags.name'));
    expect(view.traits).toEqual({ plan: 'pro', billing: { plan: 'p' } });
    expect(view.withheld.map(({ path }) => path)).toEqual([
      'traits.ssn',
      'traits.billing.iban',
      'traits.address',
      'traits.tags[0]',
    ]);
  });

  it('is nothing, if none is listed', () => {
    expect(traitsUnder({ plan: 'pro', groupId: 'x', list: [{}] }, allow())).toEqual({ groupId: 'x' });
  });

  it('may be in a list', () => {
    const traits = { contacts: [{ name: 'n', email: 'x' }, 'x', null] };
    expect(traitsUnder(traits, allow('contacts.name'))).toEqual({ contacts: [{ name: 'n' }] });
    expect(traitsUnder(traits, allow('contacts.*.name'))).toEqual({ contacts: [{ name: 'n' }] });
    expect(traitsUnder(traits, allow('contacts'))).toBe(traits);
  });

  it('is withheld if another policy does not allow it, or any denies it', () => {
    const traits = { plan: 'pro', mrr: 5, ssn: 'x', billing: { iban: 'x', plan: 'p' } };
    expect(traitsUnder(traits, allow('plan', 'mrr'), allow('mrr', 'ssn'))).toEqual({ mrr: 5 });
    expect(traitsUnder(traits, allow('plan', 'billing'), deny('billing.iban'))).toEqual({
      plan: 'pro',
      billing: { plan: 'p' },
    });
    expect(traitsUnder(traits, { traits: { allow: ['plan', 'ssn'], deny: ['ssn'] } })).toEqual({ plan: 'pro' });
  });
});

describe('the id of the group', () => {
  it.each<[JsonObject, PolicyRules]>([
    [{ groupId: 'g' }, deny('*')],
    [{ traits: { groupId: 'g' } }, deny('*', 'groupId')],
    [{ traits: { group_id: 'g' } }, allow()],
  ])('is never withheld: %j', (payload, policy) => {
    expect(under(payload, policy).groupIds).toEqual(['g']);
  });

  it('is withheld as `traits.id`, which is a trait that may stand in for it', () => {
    const view = under({ traits: { id: 'x' } }, deny('id'));
    expect(view.groupIds).toEqual([]);
    expect(view.withheldFrom('groupId')).toMatchObject({ path: 'traits.id', by: 'p0.traits.deny' });
  });

  it('is withheld in the traits if it is not read there', () => {
    expect(under({ groupId: 'g', traits: { groupId: 'x', group_id: 'x' } }, allow()).payload).toEqual({
      type: 'group',
      groupId: 'g',
      traits: {},
    });
  });
});

describe('a policy for the person', () => {
  const person = {
    userId: 'x',
    anonymousId: 'x',
    rudderId: 'x',
    email: 'x',
    user_id: 'x',
    traits: { plan: 'pro', email: 'office@acme.example', userId: 'x', anonymousId: 'x' },
    properties: { email: 'x', user_properties: { email: 'x', userId: 'x', anonymousId: 'x' }, plan: 'pro' },
    context: {
      traits: { email: 'x', id: 'x', user_id: 'x', anonymousId: 'x', Phone: 'x' },
      externalId: [
        { type: 'crmId', id: 'x' },
        { type: 'email', id: 'x' },
      ],
      ip: '192.0.2.1',
    },
  };

  it('denies everything of the person, and nothing of the group', () => {
    const { payload } = under(person, denyPerson('*'));
    expect(JSON.stringify(payload)).not.toContain('"x"');
    expect(payload).toMatchObject({
      traits: { plan: 'pro', email: 'office@acme.example' },
      context: { ip: '192.0.2.1' },
    });
  });

  it('denies one thing wherever it is', () => {
    const { payload } = under(person, denyPerson('userId'));
    expect(payload).toEqual({
      ...person,
      type: 'group',
      userId: undefined,
      user_id: undefined,
      traits: { plan: 'pro', email: 'office@acme.example', anonymousId: 'x' },
      properties: { email: 'x', user_properties: { email: 'x', anonymousId: 'x' }, plan: 'pro' },
      context: { ...person.context, traits: { email: 'x', anonymousId: 'x', Phone: 'x' } },
    });
    const withoutEmail = under(person, denyPerson('email')).payload;
    expect(withoutEmail).toMatchObject({ context: { externalId: [{ type: 'crmId', id: 'x' }, {}] } });
    expect(JSON.stringify(withoutEmail).match(/email/g)).toEqual(['email']);
  });

  it('denies ids of vendors, all or by their types', () => {
    expect(under(person, denyPerson('externalId')).context).not.toHaveProperty('externalId');
    const ids = (path: string) => under(person, denyPerson(path)).context?.externalId;
    // The others keep their positions.
    expect(ids('externalId.crmId')).toEqual([{}, { type: 'email', id: 'x' }]);
    expect(ids('crm_id')).toEqual([{}, { type: 'email', id: 'x' }]);
  });

  it('withholds what has no names to judge', () => {
    expect(under({ context: 'kim@acme.example' }, denyPerson('email')).payload).not.toHaveProperty('context');
    expect(under({ context: { traits: ['x'] } }, denyPerson('email')).context).toEqual({});
  });
});

describe('rename', () => {
  const rename = { mrr: 'monthly_spend', 'billing.plan': 'tier', createdAt: 'since' };

  it('gives new names to what is left, in any spelling', () => {
    const traits = { MRR: 5, billing: { plan: 'p', iban: 'x' }, created_at: 'd', plan: 'pro' };
    expect(traitsUnder(traits, { ...deny('billing.iban'), rename })).toEqual({
      monthly_spend: 5,
      billing: { tier: 'p' },
      since: 'd',
      plan: 'pro',
    });
    expect(traitsUnder({ mrr: 5 }, { ...deny('mrr'), rename })).toEqual({});
    expect(traitsUnder({ mrr: 5 }, { ...allow('mrr'), rename })).toEqual({ monthly_spend: 5 });
  });

  it('does not evade another policy', () => {
    expect(traitsUnder({ ssn: 'x' }, { rename: { ssn: 'note' } }, deny('ssn'))).toEqual({});
    expect(traitsUnder({ ssn: 'x' }, { rename: { ssn: 'plan' } }, allow('plan'))).toEqual({});
  });

  it('is done once, as the last policy says', () => {
    expect(traitsUnder({ a: 1, b: 2 }, { rename: { a: 'b', b: 'a' } })).toEqual({ b: 1, a: 2 });
    expect(traitsUnder({ mrr: 5 }, { rename: { mrr: 'mine' } }, { rename: { mrr: 'theirs' } })).toEqual({ theirs: 5 });
    const policy = new Policy([['p', { rename: { a: 'b', b: 'c' } }]]);
    const view = new GroupEvent({ traits: { a: 1 } }).under(policy);
    expect(view.under(policy)).toBe(view);
    expect(view.traits).toEqual({ b: 1 });
  });

  it('tells of a trait that it replaces', () => {
    const view = under({ traits: { mrr: 5, monthly_spend: 6 } }, { rename });
    expect(view.traits).toEqual({ monthly_spend: 5 });
    expect(view.collisions).toEqual([{ path: 'traits.mrr', name: 'monthly_spend' }]);
  });
});

it('makes one view per event and distinct policy', () => {
  const policies = new Policies(registry, { webhook: deny('ssn'), 'my-id': deny('plan') });
  const event = new GroupEvent({ traits: { ssn: 'x', plan: 'pro' } });
  const policyOf = (id: string, name: string, policy?: PolicyRules) =>
    policies.of({ id, name, ...(policy && { policy }) });
  const view = (id: string, name: string, policy?: PolicyRules) => {
    const found = policyOf(id, name, policy);
    return found && event.under(found);
  };
  expect(policyOf('a', 'kafka')).toBeUndefined();
  expect(policyOf('a', 'Webhook')).toBe(policyOf('b', 'webhook'));
  expect(view('a', 'webhook')?.traits).toEqual({ plan: 'pro' });
  expect(view('my-id', 'kafka')?.traits).toEqual({ ssn: 'x' });
  expect(view('my-id', 'webhook')?.traits).toEqual({});
  expect(view('a', 'kafka', deny('ssn'))).toBe(view('b', 'http', deny('ssn')));
  expect(view('a', 'webhook', deny('plan'))?.traits).toEqual({});
  expect(event.traits).toEqual({ ssn: 'x', plan: 'pro' });
});
