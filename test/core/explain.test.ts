import type { Result } from '../../src/contract/results.ts';
import { secretValuesIn } from '../../src/core/bind.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Registry } from '../../src/core/registry.ts';
import { Transformer, type TransformerOptions } from '../../src/core/transform.ts';
import {
  basic,
  compute,
  defineDestination,
  each,
  event,
  type Expr,
  given as given_,
  integer,
  is,
  isNotNull,
  isObject,
  isText,
  jsonText,
  omitEmpty,
  only,
  person,
  post,
  refuse,
  type RequestNode,
  rest,
  type Rule,
  secret,
  template,
  text,
  trait,
  traits,
  union,
  url,
  when,
  z,
} from '../../src/kit/index.ts';
import { transform } from '../support/transform.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const at = url`https://a.example/`;

interface Options {
  requests: RequestNode[] | ((config: JsonObject) => RequestNode[]);
  rules?: Rule[];
  config?: z.ZodType;
  given?: unknown;
}

/** The result of an event with these fields. */
function resultOf(
  payload: JsonObject,
  { requests, rules = [], config = z.object({}), given: config_ = {} }: Options,
  options: Partial<TransformerOptions> = {},
): Result {
  const definition = defineDestination({
    name: 'a',
    title: 'A',
    docs: 'https://a.example/docs',
    config,
    examples: { default: config_ },
    hosts: ['a.example', '*.a.example'],
    rules: () => rules,
    requests: (parsed) => (typeof requests === 'function' ? requests(parsed as JsonObject) : requests),
  });
  const transformer = new Transformer({
    registry: new Registry([{ file: 'a', definition }]),
    onMapperError: (error) => {
      throw error;
    },
    ...options,
  });
  const target = { id: 'a', name: 'a', config: config_, enabled: true };
  const [result] = transform(transformer, [{ payload: { type: 'group', ...payload } }], [target], NOW, true);
  return result as Result;
}

const send = (body: object) => [post.json({ url: at, body: body as never })];

/** What is told of the fields that a body has, in short. */
function bodyOf(payload: JsonObject, body: object) {
  const { explain } = resultOf(payload, { requests: send(body) });
  return (explain?.fields ?? [])
    .filter(({ to }) => to.startsWith('requests[0].body.json'))
    .map(({ to, in: inputs, out, status }) => [to.slice('requests[0].body.json'.length), inputs, status, out]);
}

const unusedIn = (given: JsonObject, body: object, rules: Rule[] = []) =>
  resultOf({ groupId: 'g', traits: given }, { requests: send(body), rules }).explain?.unused;

describe('a field', () => {
  it('has what the event has, where and as the event has it', () => {
    const payload = { userId: true, context: { traits: { id: 7 } }, traits: { Created_At: '2020', 'a.b': 1 } };
    const body = { person: person.id, created: trait.createdAt, both: trait('a.b').or(trait('c')), time: event.time };
    expect(bodyOf(payload, body)).toEqual([
      ['.person', { userId: true, 'context.traits.id': 7 }, 'sent', '7'],
      ['.created', { 'traits.Created_At': '2020' }, 'sent', '2020'],
      ['.both', { 'traits.a.b': 1 }, 'sent', 1],
      ['.time', { now: NOW.toISOString() }, 'sent', NOW.toISOString()],
    ]);
  });

  it('has the exact name rather than a spelling of it, below a name in another case too', () => {
    const address = { Address: { zip: '2', postalCode: '1' } };
    expect(bodyOf({ traits: address }, { code: trait.address.postalCode })).toEqual([
      ['.code', { 'traits.Address.postalCode': '1' }, 'sent', '1'],
    ]);
  });

  it('is unconverted where a warning says so, each time it is evaluated', () => {
    const size = trait.employees.as(integer).once();
    const payload = { traits: { employees: 'a few', name: 'x', NAME: 'y', Name: 'z', plan: 'A', PLAN: 'B' } };
    expect(bodyOf(payload, { size, again: size, other: trait.employees.as(integer).or(trait.name) })).toEqual([
      ['.size', { 'traits.employees': 'a few' }, 'unconverted', undefined],
      ['.again', { 'traits.employees': 'a few' }, 'unconverted', undefined],
      ['.other', { 'traits.employees': 'a few', 'traits.name': 'x' }, 'sent', 'x'],
    ]);
    expect(bodyOf({ traits: { Plan: 'A', PLAN: 'B' } }, { plan: trait.plan })).toEqual([
      ['.plan', { 'traits.Plan': 'A', 'traits.PLAN': 'B' }, 'unconverted', undefined],
    ]);
  });

  it('is skipped where its part of the body is left out', () => {
    const part = when<{ name?: unknown }>(trait('on'), { name: trait.name });
    expect(bodyOf({ traits: { name: 'Acme' } }, { part })).toEqual([
      ['.part.name', { 'traits.name': 'Acme' }, 'skipped', undefined],
      ['.part', {}, 'skipped', undefined],
    ]);
    expect(bodyOf({ traits: { name: 'Acme', on: 1 } }, { part })).toEqual([
      ['.part.name', { 'traits.name': 'Acme' }, 'sent', 'Acme'],
      ['.part', { 'traits.on': 1 }, 'sent', { name: 'Acme' }],
    ]);
  });

  it('is skipped where something else takes its place', () => {
    const merged = union(traits, { name: trait.name, kind: 'group' });
    expect(bodyOf({ traits: { name: 'Acme', kind: 'b' } }, { merged })).toEqual([
      // What is the same in both is from either.
      ['.merged.*', { traits: { name: 'Acme', kind: 'b' } }, 'sent', { name: 'Acme', kind: 'b' }],
      ['.merged.name', { 'traits.name': 'Acme' }, 'sent', 'Acme'],
    ]);
    const last = union({ name: trait('title') }, traits);
    expect(bodyOf({ traits: { title: 'T', name: 'Acme' } }, { last })).toEqual([
      ['.last.name', { 'traits.title': 'T' }, 'sent', 'T'],
      ['.last.*', { traits: { title: 'T', name: 'Acme' } }, 'sent', { title: 'T' }],
    ]);
    const first = union(traits.pick('name'), { name: trait('title') });
    expect(bodyOf({ traits: { title: 'T', name: 'Acme' } }, { first })[1]).toEqual([
      '.first.name',
      { 'traits.title': 'T' },
      'skipped',
      undefined,
    ]);
  });

  it('is absent where an object has nothing in it', () => {
    expect(bodyOf({ traits: {} }, { a: omitEmpty(traits), c: traits })).toEqual([
      ['.a', { traits: {} }, 'absent', undefined],
      ['.c', { traits: {} }, 'sent', {}],
    ]);
  });

  it('that shares an object has what it adds', () => {
    const payload = { traits: { name: 'Acme', plan: 'pro' } };
    expect(bodyOf(payload, { name: trait.name, [rest]: traits })).toEqual([
      ['.name', { 'traits.name': 'Acme' }, 'sent', 'Acme'],
      ['.*', { traits: { name: 'Acme', plan: 'pro' } }, 'sent', { plan: 'pro' }],
    ]);
  });

  it('that becomes a part of a text has the text', () => {
    const body = { text: jsonText<{ a?: unknown; b: number }>({ a: trait.name, b: 1 }) };
    expect(bodyOf({ traits: { name: 'Acme' } }, body)).toEqual([
      ['.text', { 'traits.name': 'Acme' }, 'sent', '{"a":"Acme","b":1}'],
    ]);
    const result = resultOf(
      { groupId: 'a/b' },
      { requests: [post.empty({ url: url`https://a.example/${event.groupId}/x` })] },
    );
    expect(result.explain?.fields).toContainEqual({
      to: 'requests[0].url',
      request: 0,
      from: ['groupId'],
      via: [],
      isRequired: true,
      in: { groupId: 'a/b' },
      out: 'https://a.example/a%2Fb/x',
      status: 'sent',
    });
  });

  it('has one row for each group id, and for each item', () => {
    const requests = each(trait('tags').listOf(text), (tag) => [
      post.json<{ id: string; tag: string }>({ url: at, body: { id: event.groupId.required(), tag } }),
    ]);
    const { explain } = resultOf({ groupId: ['a', 'b'], traits: { tags: ['x', 'y'] } }, { requests: [requests] });
    const rows = explain?.fields.filter(({ to }) => to.startsWith('requests[0].body.json.'));
    expect(rows?.map(({ request, to, out }) => [request, to.split('.').at(-1), out])).toEqual([
      [0, 'id', 'a'],
      [0, 'tag', 'x'],
      [1, 'id', 'a'],
      [1, 'tag', 'y'],
      [2, 'id', 'b'],
      [2, 'tag', 'x'],
      [3, 'id', 'b'],
      [3, 'tag', 'y'],
    ]);
    expect(
      explain?.fields.filter(({ to }) => to === 'requests[0]').map(({ request, status }) => [request, status]),
    ).toEqual([0, 1, 2, 3].map((request) => [request, 'sent']));
  });
});

describe('an event that is not sent', () => {
  const body = { name: trait.name, size: trait.employees.as(integer), id: event.userId.required() };
  const statuses = ({ explain }: Result) =>
    explain?.fields.map(({ to, from, status, out }) => [to.split('.').at(-1), from[0], status, out]);

  it('has nothing that is received, and says what is missing', () => {
    const result = resultOf({ traits: { name: 'Acme', employees: 'some' } }, { requests: send(body) });
    expect(result).toMatchObject({ outcome: 'fail', code: 'FIELD_MISSING' });
    expect(statuses(result)).toEqual([
      ['name', 'traits.name', 'skipped', undefined],
      ['size', 'traits.employees', 'unconverted', undefined],
      ['id', 'userId', 'absent', undefined],
      ['outcome', 'userId', 'absent', undefined],
    ]);
  });

  it('says what cannot be used', () => {
    const result = resultOf({ userId: 2 ** 60 }, { requests: send(body) });
    expect(result).toMatchObject({ outcome: 'fail', code: 'ID_NOT_EXACT', path: 'userId' });
    expect(statuses(result)?.slice(-2)).toEqual([
      ['id', 'userId', 'unconverted', undefined],
      ['outcome', 'userId', 'unconverted', undefined],
    ]);
  });

  it('is explained if a rule refuses it, and if there is nothing to send', () => {
    const refused = resultOf({ userId: 'u' }, { requests: send(body), rules: [refuse(event.userId, 'no')] });
    expect(refused).toMatchObject({ outcome: 'fail', explain: { fields: expect.arrayContaining([]) as unknown } });
    expect(statuses(refused)?.filter(([to]) => to === 'outcome')).toEqual([
      ['outcome', 'userId', 'skipped', undefined],
    ]);
    const dropped = resultOf({ userId: 'u' }, { requests: [given_(trait('on'), () => send({ id: event.userId }))] });
    expect(dropped.outcome).toBe('drop');
    expect(statuses(dropped)).toContainEqual(['id', 'userId', 'skipped', undefined]);
  });

  it('has no explanation where it did not get as far as the destination', () => {
    const off = resultOf({ integrations: { A: false } }, { requests: send({}) });
    expect(off).toMatchObject({ code: 'INTEGRATION_OFF' });
    expect(off).not.toHaveProperty('explain');
    const invalid = resultOf({}, { requests: send({}), config: z.object({ key: secret('Key') }) });
    expect(invalid).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(invalid).not.toHaveProperty('explain');
  });
});

describe('traits are unused', () => {
  const [text3, text4] = [only('text', isText), only('a short text', (value): value is string => value === 'x')];

  it('that a converter, a filter or a grammar leaves out', () => {
    const given = {
      name: ['Acme'],
      plan: 'pro',
      colour: 'red',
      billing: { seats: 4, paid: null, more: { a: 1, b: 'x' } },
    };
    expect(unusedIn(given, { name: trait.name.as(text3), plan: trait.plan.as(text4).or(trait('colour')) })).toEqual([
      'traits.name',
      'traits.plan',
      'traits.billing',
    ]);
    expect(unusedIn(given, { [rest]: traits.filter(isText) })).toEqual(['traits.name', 'traits.billing']);
    expect(unusedIn(given, { all: traits.keep((value) => !isObject(value), 'is an object') })).toEqual([
      'traits.billing',
    ]);
    const leaves = traits
      .flatten('brackets', { lists: 'joined' })
      .filter(isNotNull)
      .mapKeys((key) => /\[(\w+)\]$/.exec(key)?.[1] ?? key);
    expect(unusedIn(given, { [rest]: leaves.filter((_value, key) => key !== 'a') })).toEqual([
      'traits.billing.paid',
      'traits.billing.more.a',
    ]);
  });

  it('that another value replaces, of any kind', () => {
    const given = { name: 'Acme', title: 'Acme Inc.', plan: 'pro', tier: 'pro' };
    expect(unusedIn(given, { name: trait.name.or(trait('title')) })).toEqual([
      'traits.title',
      'traits.plan',
      'traits.tier',
    ]);
    expect(unusedIn(given, { [rest]: traits.pick('plan', 'tier').mapKeys(() => 'plan') })).toEqual([
      'traits.name',
      'traits.title',
      'traits.plan',
    ]);
    expect(unusedIn(given, { [rest]: union({ name: 'none' }, traits.pick('name', 'title')) })).toEqual([
      'traits.plan',
      'traits.tier',
    ]);
  });

  it('that only feed a request or a part that is not sent, and all if nothing is', () => {
    const given = { name: 'Acme', plan: 'pro' };
    expect(unusedIn(given, { id: event.groupId, part: when<{ a: unknown }>(trait('on'), { a: trait.plan }) })).toEqual([
      'traits.name',
      'traits.plan',
    ]);
    expect(unusedIn(given, { name: trait.name }, [refuse(trait.plan, 'no plan')])).toEqual([
      'traits.name',
      'traits.plan',
    ]);
  });

  it('but not those that decide what is sent, nor the elements of lists', () => {
    const given = { plan: 'pro', tags: ['a', 'b'], roles: ['c'] };
    const requests = [
      each(trait('tags').listOf(text), (tag) => post.json({ url: at, body: { tag } })),
      given_(is(trait.plan, 'pro'), post.json({ url: at, body: { id: event.groupId } })),
    ];
    const { explain } = resultOf({ groupId: 'g', traits: given }, { requests });
    expect(explain?.unused).toEqual(['traits.roles']);
  });

  it('that no field reads, in whole or in part', () => {
    const given = {
      Name: 'Acme',
      colour: 'red',
      address: { city: 'Oslo', street: 'Main St', zip: 1 },
      billing: { a: 1 },
    };
    const body = { name: trait.name, city: trait.address.city, zip: trait.address.postalCode };
    expect(unusedIn(given, body)).toEqual(['traits.colour', 'traits.address.street', 'traits.billing']);
    expect(unusedIn(given, { address: trait.address }, [refuse(is(trait('colour'), 'blue'), 'no')])).toEqual([
      'traits.Name',
      'traits.billing',
    ]);
  });

  it('that are left out by name where all others are passed on', () => {
    const given = { name: 'Acme', plan: 'pro', colour: 'red' };
    expect(unusedIn(given, { [rest]: traits })).toEqual([]);
    expect(unusedIn(given, { [rest]: traits.omit('name') })).toEqual(['traits.name']);
    expect(unusedIn(given, { name: trait.name, all: traits.omit('name', 'plan') })).toEqual(['traits.plan']);
    expect(
      unusedIn(given, {
        all: traits
          .pick('plan')
          .rename([['plan', 'name']])
          .omit('plan'),
      }),
    ).toEqual(['traits.name', 'traits.colour']);
    expect(unusedIn(given, event.payload)).toEqual([]);
  });

  it('that would have been the group’s id, had it none', () => {
    expect(unusedIn({ id: 'other' }, { id: event.groupId })).toEqual(['traits.id']);
  });
});

describe('a secret', () => {
  /** @param toSent what the body has of the parsed field; absent, the field */
  const told = (type: z.ZodType, value: unknown, toSent = (field: unknown) => field) => {
    const config = z.object({ field: type });
    const requests = ({ field }: JsonObject) => [
      post.json<{ sent: unknown }>({
        url: at,
        headers: { A: basic(secretValuesIn(field)[0] as unknown as Expr<string>) },
        body: { sent: toSent(field) as never },
      }),
    ];
    const { explain } = resultOf({}, { config, given: { field: value }, requests });
    const sent = explain?.fields.filter(({ to }) => to.startsWith('requests[0].body.json.sent'));
    expect(JSON.stringify(explain)).not.toMatch(/secret-|secret%2D|c2VjcmV0|lY3Jld|ZWNyZXQt/);
    return sent?.map(({ out }) => out);
  };

  it('is hidden within whatever wraps it, and the rest is not', () => {
    expect(told(z.string().min(9).pipe(secret('Key')).optional(), 'secret-key')).toEqual(['***']);
    expect(told(z.string().trim().pipe(secret('Key')).nullish(), ' secret-key ')).toEqual(['***']);
    expect(told(z.array(z.object({ name: z.string(), key: secret('Key') })), [{ name: 'n', key: 'secret-a' }])).toEqual(
      ['n', '***'],
    );
    expect(told(z.record(z.string(), secret('Key')), { a: 'secret-a' })).toEqual(['***']);
    expect(told(z.union([z.object({ key: secret('Key') }), z.null()]), { key: 'secret-a' })).toEqual(['***']);
  });

  it('is hidden where parsing has moved it, or made a part of a text of it', () => {
    const row = z.object({ name: z.string(), key: secret('Key') });
    const moved = z.array(row).transform((given) => Object.fromEntries(given.map(({ name, key }) => [name, key])));
    expect(told(moved, [{ name: 'n', key: 'secret-a' }])).toEqual(['***']);
    const merged = (field: unknown) => {
      const { key } = field as z.output<typeof row>;
      return { all: template`${key}!`, upper: compute('upper case', [key], (text) => text.toUpperCase()) };
    };
    expect(told(row, { name: 'n', key: 'secret-a' }, merged)).toEqual(['***!', '***']);
  });

  it('is hidden whole where it is JSON text or parsed to more than text', () => {
    const parsed = z
      .string()
      .transform((given) => JSON.parse(given) as object)
      .pipe(z.object({ id: secret('Id'), keys: z.array(secret('Key')) }));
    expect(told(parsed, '{"id":"a","keys":["secret-b"]}')).toEqual(['***', '***']);
    expect(told(secret('JSON key'), '{"id":"a","key":"secret-b"}')).toEqual(['***']);
  });

  it('shows its origin where it is a URL, and what of it is declared to be public', () => {
    expect(told(z.url().pipe(secret('URL')), 'https://b.example/secret-token?a=secret-b')).toEqual([
      'https://b.example/***',
    ]);
    expect(told(secret('Key', 'stg_'), 'STG_secret-key')).toEqual(['STG_***']);
  });
});

it('an explanation that cannot be made costs nobody the result', () => {
  const errors: unknown[] = [];
  const requests = ({ key }: JsonObject) => {
    const read = compute('what is read', [key as unknown as Expr<string>], (text) => {
      if (text === '***') throw new Error('a key that is read');
      return text.length;
    });
    return send({ read });
  };
  const options = { onMapperError: (error: unknown) => errors.push(error) };
  const result = resultOf(
    {},
    { config: z.object({ key: secret('Key') }), given: { key: 'secret-key' }, requests },
    options,
  );
  expect(result.outcome).toBe('send');
  expect(result).not.toHaveProperty('explain');
  expect(errors).toMatchObject([{ message: 'a key that is read' }]);
});
