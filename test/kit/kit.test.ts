import _ from 'lodash';

import type { Auth } from '../../src/contract/requests.ts';
import type { Warning } from '../../src/contract/results.ts';
import { bindConfig, Binder, lineageOf } from '../../src/core/bind.ts';
import type { BatchRule } from '../../src/core/definition.ts';
import { readEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Registry } from '../../src/core/registry.ts';
import { type Target, Transformer } from '../../src/core/transform.ts';
import {
  aboutPerson,
  all,
  any,
  awsHost,
  awsRegion,
  awsSignature,
  baseUrl,
  basic,
  batchSize,
  boolean,
  compact,
  compute,
  concat,
  context,
  defineDestination,
  del,
  each,
  entry,
  event,
  fields,
  forGroups,
  get,
  given,
  hostLabel,
  integer,
  is,
  isoDate,
  isoDateTime,
  isScalar,
  jsonText,
  type Mapped,
  need,
  nested,
  none,
  now,
  omitEmpty,
  only,
  option,
  pairs,
  pathOf,
  person,
  placeOf,
  post,
  present,
  refuse,
  regions,
  type RequestNode,
  type Requests,
  rest,
  rows,
  type Rule,
  secret,
  secretUrl,
  setting,
  sourceOf,
  template,
  text,
  trait,
  traits,
  union,
  url,
  urlWithin,
  verb,
  warn,
  when,
  whenPresent,
  z,
} from '../../src/kit/index.ts';
import { deepFreeze } from '../../src/verify/review/freeze.ts';
import { transform } from '../support/transform.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');

interface Options {
  requests: RequestNode[];
  rules?: Rule[];
  groups?: 'each' | 'list';
  stream?: { rudder: Mapped<unknown>; batch?: BatchRule };
}

function destination({ requests, rules = [], groups = 'each', stream }: Options) {
  return defineDestination({
    name: 'acme',
    title: 'Acme',
    docs: 'https://acme.example/docs',
    config: z.object({}),
    examples: { default: {} },
    hosts: ['acme.example', '*.acme.example'],
    groups,
    rules: () => rules,
    requests: () => requests,
    ...(stream && { stream: () => stream }),
  });
}

const target = { id: 'acme', name: 'acme', config: {}, enabled: true };

function transformerOf(options: Options): Transformer {
  return new Transformer({
    registry: new Registry([{ file: 'acme', definition: destination(options) }]),
    onMapperError: (error) => {
      throw error;
    },
  });
}

/** Transforms one event for a destination made up for the test. */
function run(options: Options, payload: JsonObject) {
  const [result] = transform(transformerOf(options), [{ payload: { type: 'group', ...payload } }], [target], NOW);
  if (result === undefined) throw new Error('no result');
  return result;
}

const at = url`https://acme.example/groups`;

/** What a body becomes; undefined where the event is not sent. */
function body(literal: Mapped<unknown>, payload: JsonObject = {}): unknown {
  const result = run({ requests: [post.json({ url: at, body: literal })] }, payload);
  if (result.outcome !== 'send') return result;
  const [{ body: sent } = {}] = result.requests;
  return sent !== undefined && 'json' in sent ? sent.json : undefined;
}

function warnings(literal: Mapped<unknown>, payload: JsonObject): Pick<Warning, 'code' | 'path'>[] {
  const result = run({ requests: [post.json({ url: at, body: literal })] }, payload);
  return (result.warnings ?? []).map(({ code, path }) => ({ code, path }));
}

describe('places that a config names', () => {
  it('are nested, the later one standing where two are the same', () => {
    const values = [
      ['a.b', event.groupId],
      ['a.c.d', 'x'],
      ['e', 'y'],
      ['e', trait.name],
    ] as const;
    expect(body(nested(values), { groupId: 'g', traits: { name: 'n' } })).toEqual({
      a: { b: 'g', c: { d: 'x' } },
      e: 'n',
    });
  });

  it('yield neither to a place within them nor to one around them', () => {
    expect(
      body(
        nested([
          ['a.b', 'x'],
          ['a', 'y'],
        ]),
      ),
    ).toEqual({ a: 'y' });
    expect(
      body(
        nested([
          ['a', 'y'],
          ['a.b', 'x'],
        ]),
      ),
    ).toEqual({ a: 'y' });
  });

  it('are put before those of an object that stands for the whole', () => {
    const values = [
      ['', trait('all')],
      ['a', 'x'],
    ] as const;
    expect(body(nested(values), { traits: { all: { a: 1, __proto__: 2, b: 3 } } })).toEqual({ a: 'x', b: 3 });
  });
});

describe('a source that a config names', () => {
  const read = (from: string) => {
    const payload = { groupId: 7, userId: 'u', traits: { tags: ['a', 'b'], deep: { x: null, y: [null, 1] } } };
    return body({ value: sourceOf(from) }, payload);
  };

  it.each([
    ['crm', 'crm'],
    ['"$5"', '$5'],
    ["'it is'", 'it is'],
    ['$.groupId', '7'],
    ['$.traits.tags[1]', 'b'],
    ['$.traits.deep', { y: [1] }],
    ['$.type', 'group'],
  ])('is text or a path: %s', (from, value) => {
    expect(read(from)).toEqual({ value });
  });

  it.each(['$.traits.a ?? 1', '$traits', '$.a[b]', '$.a()', '{{ traits.a }}', 'x{{a}}'])(
    'is nothing else: %s',
    (from) => {
      expect(() => sourceOf(from)).toThrow(JSON.stringify(from));
    },
  );

  it.each(['company', '$.a b', '$company'])('has no place at %s', (to) => {
    expect(() => placeOf(to)).toThrow(`${JSON.stringify(to)}, which is not a plain path`);
  });
});

describe('what is absent', () => {
  it.each([undefined, null, ''])('leaves a mapped field out: %j', (name) => {
    expect(body({ name: trait.name, kept: 1 }, { traits: name === undefined ? {} : { name } })).toEqual({ kept: 1 });
  });

  it.each([0, false])('is not %j', (value) => {
    expect(body({ a: trait('a').or(trait('b')) }, { traits: { a: value, b: 'x' } })).toEqual({ a: value });
  });

  it('falls through to the other before conversion', () => {
    expect(body({ a: trait('a').or(trait('b')).as(integer) }, { traits: { a: '', b: '7' } })).toEqual({ a: 7 });
    expect(body({ a: trait('a').or(trait('b')).as(integer) }, { traits: { a: 'x', b: '7' } })).toEqual({});
  });

  it('is replaced by a default, 0 and false included', () => {
    const literal = { a: trait('a').default(0), b: trait('b').default(false), c: trait('c').default('x') };
    expect(body(literal, { traits: { c: 'y' } })).toEqual({ a: 0, b: false, c: 'y' });
  });

  it('is passed as null only where that clears the field', () => {
    const payload = { traits: { a: null, b: null, c: '' } };
    const literal = { a: trait('a').as(text).clearable(), b: trait('b').as(text), c: trait('c').clearable() };
    expect(body(literal, payload)).toEqual({ a: null });
  });
});

describe('a required value', () => {
  const literal = { name: trait.name.as(integer).required() };

  it('fails the event where it is missing, and names the field', () => {
    expect(body(literal)).toMatchObject({ outcome: 'fail', code: 'FIELD_MISSING', path: 'traits.name' });
  });

  it('fails the event where it cannot be converted', () => {
    expect(body(literal, { traits: { name: 'x' } })).toMatchObject({ code: 'VALUE_INVALID', path: 'traits.name' });
  });

  it('has a code of its own where it is the group id', () => {
    expect(body({ id: event.groupId.required() })).toMatchObject({ code: 'GROUP_ID_MISSING', path: 'groupId' });
  });
});

describe('roots', () => {
  const payload: JsonObject = {
    groupId: 42,
    userId: 'u',
    anonymousId: 'a',
    messageId: 'm',
    originalTimestamp: '2025-01-01T00:00:00Z',
    request_ip: '203.0.113.1',
    integrations: { Acme: { depth: { x: 1 } } },
    context: { os: { name: 'Linux' }, externalId: [{ type: 'acmeId', id: 'e' }], traits: { email: 'p@x.example' } },
    traits: { 'a.b': 'literal', a: { b: 'nested', c: 'only nested' }, email: 'g@x.example', address: { zip: '1' } },
  };

  it('read the event', () => {
    const literal = {
      group: event.groupId,
      user: event.userId,
      anonymous: event.anonymousId,
      message: event.messageId,
      time: event.time.as(isoDateTime),
      ip: event.at('request_ip'),
      os: context('os.name'),
      now: now.as(isoDateTime),
    };
    expect(body(literal, payload)).toEqual({
      group: '42',
      user: 'u',
      anonymous: 'a',
      message: 'm',
      time: '2025-01-01T00:00:00.000Z',
      ip: '203.0.113.1',
      os: 'Linux',
      now: '2026-01-02T03:04:05.678Z',
    });
  });

  it('never mix the person with the group', () => {
    const literal = { person: person.email, group: trait.email, external: person.externalId('acmeId') };
    expect(body(literal, payload)).toEqual({ person: 'p@x.example', group: 'g@x.example', external: 'e' });
  });

  it('read a trait by its exact name, as a key before a path', () => {
    const literal = {
      key: trait('a.b'),
      path: trait('a.c'),
      spelling: trait('Email'),
      zip: trait.address.postalCode,
      first: context('externalId.0.id'),
      length: context('externalId.length'),
    };
    expect(body(literal, payload)).toEqual({ key: 'literal', path: 'only nested', zip: '1', first: 'e' });
  });

  it.each(['constructor', '__proto__', 'toString', '__proto__.toString', 'a.constructor.name'])(
    'find nothing that is not data under %s',
    (name) => {
      expect(body({ a: trait(name), b: context(name), c: event.at(name), d: option(name) }, payload)).toEqual({});
    },
  );

  it('read the options of the event for this destination', () => {
    expect(body({ x: option('depth.x'), y: option('depth.y') }, payload)).toEqual({ x: 1 });
  });

  it('give the whole event, canonical', () => {
    expect(body(event.payload, { type: 'Group', traits: { id: 7 } })).toEqual({
      type: 'group',
      groupId: '7',
      traits: { id: 7 },
    });
  });
});

describe('traits as a whole', () => {
  const payload: JsonObject = { traits: { a: 1, b: null, c: '', d: { e: [true, { f: 2 }], g: {} } } };

  it('are passed as sent, nulls and empty text included', () => {
    expect(body({ traits }, payload)).toEqual({ traits: payload.traits });
    expect(body({ traits }, {})).toEqual({});
  });

  it.each<[string, Mapped<unknown>, unknown]>([
    ['omit', traits.omit('b', 'd'), { a: 1, c: '' }],
    ['pick', traits.pick('a', 'x'), { a: 1 }],
    ['rename', traits.pick('a', 'c').rename([['a', 'x']]), { c: '', x: 1 }],
    [
      'rename in a chain',
      traits.pick('a').rename([
        ['a', 'b'],
        ['b', 'c'],
      ]),
      { c: 1 },
    ],
    [
      'rename what a test holds for',
      traits.pick('a', 'c').rename(
        [
          ['a', 'x'],
          ['c', 'y'],
        ],
        Boolean,
      ),
      { c: '', x: 1 },
    ],
    ['mapKeys', traits.pick('a').mapKeys((key) => `t_${key}`), { t_a: 1 }],
    ['filter', traits.filter((value) => value === null), { b: null }],
    ['map', traits.map((value) => (typeof value === 'number' ? value + 1 : undefined)), { a: 2 }],
    ['flatten with dots', traits.pick('b', 'd').flatten('dots'), { b: null, 'd.e[0]': true, 'd.e[1].f': 2, 'd.g': {} }],
    [
      'flatten with underscores',
      traits.pick('d').flatten('underscores', { under: 'x' }),
      { x_d_e_0: true, x_d_e_1_f: 2, x_d_g: {} },
    ],
    [
      'flatten with brackets',
      traits.flatten('brackets', { under: 'x' }),
      { 'x[a]': 1, 'x[c]': '', 'x[d][e][0]': true, 'x[d][e][1][f]': 2 },
    ],
    ['keys', traits.keys(), ['a', 'b', 'c', 'd']],
    [
      'list',
      traits.pick('a', 'b').list<unknown>((key, value) => ({ key, value })),
      [{ key: 'a', value: 1 }, { key: 'b' }],
    ],
    [
      'several steps',
      traits
        .omit('d')
        .rename([['a', 'x']])
        .filter((value) => value !== null)
        .mapKeys((key) => key.toUpperCase()),
      { C: '', X: 1 },
    ],
    ['fields of a value', fields(trait('d')).omit('e'), { g: {} }],
    ['fields of no object', fields(trait('a')).omit('e').default('none'), 'none'],
  ])('%s', (_name, literal, expected) => {
    expect(body(literal, { groupId: 'g', ...payload })).toEqual(expected);
  });

  it('are flattened with lists of scalars as text or as they are, and without other lists and what is empty', () => {
    const sent = { traits: { a: ['x', 2, null, true], b: { c: [1], d: {}, e: [] }, f: [{ g: 1 }], h: 0, i: null } };
    const flat = traits.flatten('underscores', { lists: 'joined' });
    expect(body(flat, sent)).toEqual({ a: 'x, 2, true', b_c: '1', h: 0, i: null });
    expect(warnings(flat, sent)).toEqual([{ code: 'FIELD_NOT_SENT', path: 'traits.f' }]);
    const kept = traits.flatten('underscores', { lists: 'kept' });
    expect(body(kept, sent)).toEqual({ a: ['x', 2, true], b_c: [1], h: 0, i: null });
    expect(warnings(kept, sent)).toEqual([{ code: 'FIELD_NOT_SENT', path: 'traits.f' }]);
  });

  it('tell an element from a field that is named like its index, whichever comes first', () => {
    const listed = { traits: { x: ['a'] } };
    const named = { traits: { x: { 0: 'a' } } };
    for (const sent of [listed, named, listed]) {
      expect(body(traits.flatten('dots'), sent)).toEqual(sent === listed ? { 'x[0]': 'a' } : { 'x.0': 'a' });
    }
  });

  it('have the right names, however many names there are and however long they are', () => {
    const groups = _.times(
      300,
      (group) => [`group${String(group)}`, _.times(30, (n) => `Field.${String(n)}`)] as const,
    );
    const long = 'x'.repeat(300);
    const traitsOf = (names: readonly string[]) => ({ ..._.keyBy(names), [long]: { [long]: 'y' } });
    const renamed = traits.flatten('underscores').mapKeys((key) => key.toLowerCase());
    for (const [group, names] of [...groups, ...groups]) {
      const expected = _.mapKeys(names, (name) => `${group}_${name.toLowerCase()}`);
      expect(body(renamed, { traits: { [group]: _.keyBy(names) } })).toEqual({ ...expected });
      expect(body(renamed, { traits: traitsOf([group]) })).toEqual({ [group]: group, [`${long}_${long}`]: 'y' });
    }
  });

  it('are the same in every event, in the order of the traits, however many fields there are', () => {
    const sent = { traits: Object.fromEntries(_.times(40, (n) => [`t${String(n)}`, n])) };
    const picked = (n: number) => ({ ...sent, traits: _.omit(sent.traits, `t${String(n)}`) });
    for (let n = 0; n < 200; n++) {
      const { traits: expected } = picked(n % 40);
      const { json } = body({ json: traits.filter(() => true) }, picked(n % 40)) as { json: object };
      expect(Object.entries(json)).toEqual(Object.entries(expected));
    }
  });

  it('leave a reserved trait out under every spelling of its name, and another under its own', () => {
    const sent = { traits: { Name: 'A', NAME: 'B', created_at: 'C', createdat: 'D', Seats: 1, seats: 2 } };
    expect(body(traits.omit('name', 'createdAt', 'seats'), sent)).toEqual({ Seats: 1 });
    const person_ = { context: { traits: { Name: 'A', name: 'B' } } };
    expect(body(person.traits.omit('name'), person_)).toEqual({ Name: 'A' });
  });

  it('warn of what they do not keep', () => {
    const sent = { traits: { a: { b: 1, 'c d': 2 }, e: 3 } };
    const kept = traits.flatten('underscores').keepKeys((key) => !key.includes(' '), 'has a blank in its name');
    expect(body(kept, sent)).toEqual({ a_b: 1, e: 3 });
    expect(warnings(kept, sent)).toEqual([{ code: 'FIELD_NOT_SENT', path: 'traits.a' }]);
  });

  it('are absent where the event has none, whatever the steps', () => {
    expect(body({ a: traits.omit('x'), b: traits.keys(), c: traits.list<unknown>((key) => key) }, {})).toEqual({});
  });

  it('warn where two keys meet, and send the renamed one', () => {
    const renamed = traits.rename([['a', 'b']]);
    const sent = { traits: { a: 1, b: 2 } };
    expect(body(renamed, sent)).toEqual({ b: 1 });
    expect(warnings(renamed, sent)).toEqual([{ code: 'TRAIT_COLLIDED', path: 'traits.a' }]);
    const flat = { traits: { 'a.b': 1, a: { b: 2 } } };
    expect(body(traits.flatten('dots'), flat)).toEqual({ 'a.b': 2 });
    expect(warnings(traits.flatten('dots'), flat)).toEqual([{ code: 'TRAIT_COLLIDED', path: 'traits.a' }]);
    expect(warnings(traits.omit('c'), sent)).toEqual([]);
  });

  it('leave out names that the vendor refuses, and warn', () => {
    const sent = { traits: { good: 1, 'two words': 2, a: { 'b c': 3 } } };
    const named = traits.flatten('underscores').keepKeys((key) => /^\w+$/.test(key), 'has a name that is refused');
    expect(body(named, sent)).toEqual({ good: 1 });
    expect(warnings(named, sent)).toEqual([
      { code: 'FIELD_NOT_SENT', path: 'traits.two words' },
      { code: 'FIELD_NOT_SENT', path: 'traits.a' },
    ]);
  });

  it('keep the first ones of more than there is room for, and warn', () => {
    const sent = { traits: { a: 1, b: 2, c: 3 } };
    expect(body(traits.upTo(2), sent)).toEqual({ a: 1, b: 2 });
    expect(body({ c: trait('c'), x: trait('x'), [rest]: traits.upTo(2) }, sent)).toEqual({ a: 1, c: 3 });
    expect(warnings(traits.upTo(1), sent)).toEqual([{ code: 'FIELD_NOT_SENT', path: 'traits' }]);
    expect(warnings({ c: trait('c'), [rest]: traits.upTo(3) }, sent)).toEqual([]);
  });

  it.each<[string, Mapped<unknown>, JsonObject, JsonObject]>([
    ['in another case', traits.omit('name'), { Name: 'A', plan: 1 }, { plan: 1 }],
    ['by a listed spelling', traits.omit('createdAt'), { created_at: 1, plan: 1 }, { plan: 1 }],
    ['by a listed spelling in another case', traits.omit('createdAt'), { Created_AT: 1 }, {}],
    ['ambiguously', traits.omit('name'), { NAME: 'A', Name: 'B' }, {}],
    ['after steps that keep the names', traits.omit('plan').omit('name'), { Name: 'A' }, {}],
  ])('leave a reserved trait out that is spelt %s', (_how, literal, sent, expected) => {
    expect(body(literal, { traits: sent })).toEqual(expected);
  });

  it.each<[string, Mapped<unknown>, JsonObject]>([
    ['a name that has been made', traits.mapKeys((key) => _.upperFirst(key)).omit('name'), { name: 'A' }],
    ['what is nested', fields(trait('company')).omit('name'), { company: { Name: 'A' } }],
    ['a trait that is not reserved', traits.omit('seats'), { Seats: 1 }],
  ])('keep %s', (_what, literal, sent) => {
    expect(body(literal, { traits: sent })).not.toEqual({});
  });

  it('warn of numbers beyond 2^53 where they are sent or read, with their paths', () => {
    const sent = { traits: { a: 2 ** 53, b: { 'c.d': [1, -(2 ** 60)] }, Name: 1e300, e: 2 ** 53 - 1, f: 0.1 } };
    const paths = (literal: Mapped<unknown>) => warnings(literal, sent).map(({ code, path }) => `${code} ${path}`);
    const all = ['traits.a', 'traits.b.c.d[1]', 'traits.Name'].map((path) => `NUMBER_NOT_EXACT ${path}`);
    expect(paths(traits)).toEqual(all);
    expect(paths(event.payload)).toEqual(all);
    expect(paths({ x: trait.name, y: trait('e') })).toEqual(['NUMBER_NOT_EXACT traits.Name']);
    expect(paths(traits.omit('a', 'b', 'Name'))).toEqual([]);
    expect(paths({ x: trait('b.x') })).toEqual(['NUMBER_NOT_EXACT traits.b.c.d[1]', 'GROUP_NOT_SENT event']);
  });

  it('keep a key __proto__ as data', () => {
    const hostile = JSON.parse('{"traits":{"__proto__":{"admin":true},"a":1}}') as JsonObject;
    for (const literal of [traits, traits.omit('a'), union(traits), { [rest]: traits }]) {
      expect(JSON.stringify(body(literal, hostile))).toContain('"__proto__":{"admin":true}');
    }
    expect(body(entry(trait('key').as(text), 1), { traits: { key: '__proto__' } })).not.toEqual({});
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe('a union', () => {
  const both = union(traits, person.traits);
  const written = (payload: JsonObject) => JSON.stringify(body(both, payload));

  it('has the fields of both, in their order, those of the first where both have them', () => {
    const payload = { traits: { b: 1, a: 2 }, context: { traits: { c: 3, a: 'other', d: 4 } } };
    expect(written(payload)).toBe('{"b":1,"a":2,"c":3,"d":4}');
  });

  it('keeps null and empty text, and what the second has under them is not sent', () => {
    const payload = { traits: { a: null, b: '' }, context: { traits: { a: 1, b: 2, c: null, d: '' } } };
    expect(written(payload)).toBe('{"a":null,"b":"","c":null,"d":""}');
  });

  it.each<[string, JsonObject, unknown]>([
    ['the second', { traits: { a: 1 } }, { a: 1 }],
    ['the first', { context: { traits: { b: 2 } } }, { b: 2 }],
    ['an object instead of the first', { traits: 'x', context: { traits: { b: 2 } } }, { b: 2 }],
    ['an object instead of the second', { traits: { a: 1 }, context: { traits: ['x'] } }, { a: 1 }],
  ])('is the other one without %s', (_name, payload, expected) => {
    expect(body({ all: both }, payload)).toEqual({ all: expected });
  });

  it('is there without both', () => {
    expect(body({ all: union(fields(trait('a')), fields(trait('b'))) }, { traits: { a: 1 } })).toEqual({ all: {} });
  });

  it('takes literals, whose absent fields are the next one’s', () => {
    const parts = union<unknown>(
      { a: trait('b'), x: trait('x') },
      entry(trait('b').as(text), 'k'),
      { k: 0, c: 3 },
      traits,
    );
    expect(JSON.stringify(body(parts, { traits: { a: 1, b: 'k', x: null } }))).toBe(
      '{"a":"k","k":"k","c":3,"b":"k","x":null}',
    );
  });

  it('takes the steps of both and further ones', () => {
    const steps = union(traits.omit('a'), person.traits.omit('c')).mapKeys((key) => `t_${key}`);
    const payload = { traits: { a: 1, b: 2 }, context: { traits: { a: 3, c: 4 } } };
    expect(body(steps, payload)).toEqual({ t_b: 2, t_a: 3 });
    expect(body({ b: 0, [rest]: both }, payload)).toEqual({ a: 1, b: 0, c: 4 });
  });

  it('keeps a key __proto__ as data, whichever has it', () => {
    const hostile = '{"__proto__":{"admin":true}}';
    const [first, second] = ['{"traits":H,"context":{"traits":{"a":1}}}', '{"traits":{"a":1},"context":{"traits":H}}'];
    expect(written(JSON.parse(first.replace('H', hostile)) as JsonObject)).toBe('{"__proto__":{"admin":true},"a":1}');
    expect(written(JSON.parse(second.replace('H', hostile)) as JsonObject)).toBe('{"a":1,"__proto__":{"admin":true}}');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('leaves both as they were', () => {
    const payload = deepFreeze({ traits: { a: { x: 1 } }, context: { traits: { a: { y: 2 }, b: 3 } } });
    expect(body(union({ c: trait('a') }, both), payload)).toEqual({ a: { x: 1 }, b: 3, c: { x: 1 } });
  });
});

describe('conditions', () => {
  const holds = (value: unknown) => body({ x: when(trait('a'), true) }, { traits: { a: value } as JsonObject });

  it.each([null, '', false, [], {}])('do not hold for %j', (value) => {
    expect(holds(value)).toEqual({});
  });

  it.each([0, 'x', true, [0], { a: null }])('hold for %j', (value) => {
    expect(holds(value)).toEqual({ x: true });
  });

  it('combine', () => {
    const [yes, no] = [trait('yes'), trait('no')];
    const literal = {
      any: any(no, yes),
      all: all(no, yes),
      none: none(no),
      present: present(no),
      absent: present(trait('other')),
    };
    expect(body(literal, { traits: { yes: 1, no: false } })).toEqual({
      any: true,
      all: false,
      none: true,
      present: true,
      absent: false,
    });
  });

  it.each<[unknown, boolean]>([
    ['a', true],
    [1, true],
    [false, true],
    ['A', false],
    ['1', false],
    ['false', false],
    [true, false],
    [0, false],
    ['', false],
    [null, false],
    [undefined, false],
    [['a'], false],
  ])('tell whether a value is one of those wanted: %j', (value, expected) => {
    const payload = { traits: value === undefined ? {} : { x: value } } as JsonObject;
    expect(body({ is: is(trait('x'), 'a', 1, false) }, payload)).toEqual({ is: expected });
    expect(body({ is: is(trait('x')) }, payload)).toEqual({ is: false });
  });

  it.each<[JsonObject, object]>([
    [{ op: 'add' }, { verb: 'add' }],
    [{ op: true }, { verb: 'add' }],
    [{ op: 'unsubscribe' }, { verb: 'remove' }],
    [{}, { verb: 'remove' }],
    [{ op: '' }, { verb: 'remove' }],
  ])('a verb is one of a closed list: %j', (given, expected) => {
    const said = verb(trait('op'), { add: ['add', true], remove: ['remove', 'unsubscribe'] }, 'remove');
    expect(body({ verb: said }, { traits: given })).toEqual(expected);
  });

  it.each<[JsonObject, object]>([
    [{ op: 'Add' }, { code: 'VALUE_INVALID', path: 'traits.op' }],
    [{ op: ['add'] }, { code: 'VALUE_INVALID', path: 'traits.op' }],
    [{ op: 0 }, { code: 'VALUE_INVALID', path: 'traits.op' }],
    [{}, { code: 'FIELD_MISSING', path: 'traits.op' }],
  ])('and another fails the event: %j', (said, expected) => {
    const requests = given(is(verb(trait('op'), ['add', 'remove']), 'remove'), get.empty({ url: at }));
    expect(run({ requests: [requests] }, { traits: said })).toMatchObject(expected);
  });

  it('hand the value to a literal', () => {
    const literal = { x: whenPresent<unknown, unknown>(trait('a'), (value) => ({ value, twice: [value, value] })) };
    expect(body(literal, { traits: { a: 1 } })).toEqual({ x: { value: 1, twice: [1, 1] } });
    expect(body(literal, {})).toEqual({});
  });
});

describe('structure', () => {
  it('sends literal objects and lists, empty or not', () => {
    expect(body({ a: { b: trait('x') }, c: [trait('x')] })).toEqual({ a: {}, c: [] });
  });

  it('leaves out a literal that nothing is in', () => {
    const literal = {
      a: omitEmpty<unknown>({ b: trait('x'), c: { d: trait('y') } }),
      e: omitEmpty<unknown>(trait('z')),
    };
    expect(body(literal, { traits: { z: {} } })).toEqual({});
    expect(body(literal, { traits: { y: {}, z: { a: {} } } })).toEqual({ a: { c: { d: {} } }, e: { a: {} } });
    expect(body({ a: omitEmpty<unknown>(trait('x')) }, { traits: { x: 5 } })).toEqual({ a: 5 });
  });

  it('makes lists of what is there', () => {
    const literal = { compact: compact(trait('x'), trait('y')), concat: concat(trait('x'), trait('y')) };
    expect(body(literal, { traits: { y: 1 } })).toEqual({ compact: [1], concat: [1] });
    expect(body(literal, {})).toEqual({ compact: [] });
  });

  it('makes a list of the elements that can be converted', () => {
    const literal = { list: trait('x').listOf(integer) };
    expect(body(literal, { traits: { x: ['1', 'b', null, 2] } })).toEqual({ list: [1, 2] });
    expect(warnings(literal, { traits: { x: ['1', 'b', null, 2] } })).toEqual([
      { code: 'TRAIT_NOT_CONVERTED', path: 'traits.x[1]' },
    ]);
    expect(body(literal, { traits: { x: '7' } })).toEqual({ list: [7] });
    expect(body(literal, { traits: { x: [] } })).toEqual({ list: [] });
    expect(body(literal, {})).toEqual({});
  });

  it('fills what a literal does not name, which keeps its own', () => {
    expect(body({ a: 1, [rest]: traits }, { traits: { a: 2, b: 3 } })).toEqual({ a: 1, b: 3 });
  });

  it('makes an object of one key, or none', () => {
    expect(body({ a: entry(event.groupId, trait('x')) }, { groupId: 'g', traits: { x: 0 } })).toEqual({ a: { g: 0 } });
    expect(body({ a: entry(event.groupId, trait('x')) }, { groupId: 'g' })).toEqual({});
    expect(body({ a: entry(event.groupId, true) }, {})).toEqual({});
  });

  it('makes text of values, or none', () => {
    expect(body({ a: template`${event.groupId}/${event.userId}!` }, { groupId: 'g', userId: 'u' })).toEqual({
      a: 'g/u!',
    });
    expect(body({ a: template`${event.groupId}/${event.userId}!` }, { groupId: 'g' })).toEqual({});
  });

  it('makes JSON text of a literal', () => {
    expect(body({ a: jsonText([{ x: trait('x'), y: trait('y') }]) }, { traits: { x: { z: '"' } } })).toEqual({
      a: String.raw`[{"x":{"z":"\""}}]`,
    });
  });

  it('computes', () => {
    const sum = compute('sum', [trait('x').as(integer), trait('y').as(integer)], (x = 0, y = 0) => x + y);
    expect(body({ sum }, { traits: { x: 1, y: '2' } })).toEqual({ sum: 3 });
  });

  it('evaluates once what is said to be', () => {
    let runs = 0;
    const counted = compute('count', [], () => (runs += 1)).once();
    expect(body([counted, counted, { a: counted }])).toEqual([1, 1, { a: 1 }]);
    expect(body([counted, counted])).toEqual([2, 2]);
  });

  it('evaluates a literal once for a condition and for its place, and tells lineage of its parts', () => {
    const literal = union<string | number>({ name: trait.name.as(text), size: trait.employees.as(integer) });
    const requests = [given(literal, (found) => post.json({ url: at, body: { id: event.groupId, data: found } }))];
    const result = run({ requests }, { groupId: 'g', traits: { name: 'Acme', employees: 'many' } });
    expect(result).toMatchObject({ requests: [{ body: { json: { id: 'g', data: { name: 'Acme' } } } }] });
    expect(result.warnings).toHaveLength(1);
    const bound = bindConfig(destination({ requests }), {});
    const rows = 'outcome' in bound ? [] : lineageOf(bound).filter(({ isCondition }) => isCondition !== true);
    expect(rows).toContainEqual(
      expect.objectContaining({ to: 'requests[0].body.json.data.size', from: ['traits.employees'] }),
    );
  });

  it('has no value outside of an event', () => {
    const expression: unknown = event.groupId;
    expect(() => String(expression)).toThrow('template');
  });
});

describe('requests', () => {
  const urls = (requests: RequestNode[], payload: JsonObject) => {
    const result = run({ requests }, payload);
    return result.outcome === 'send'
      ? result.requests.map(({ method, url: sent }) => `${method} ${sent}`)
      : result.code;
  };
  const one = (path: string) => get.empty({ url: url`https://acme.example/${path}` });

  it('are made where a value is, and others where it is not', () => {
    const node = given(trait.name, (name) => [get.empty({ url: url`https://acme.example/${name.as(text)}` })], [
      one('none'),
    ]);
    expect(urls([node], { traits: { name: 'a b/c' } })).toEqual(['GET https://acme.example/a%20b%2Fc']);
    expect(urls([node], {})).toEqual(['GET https://acme.example/none']);
  });

  it('are made for each element of a list', () => {
    const node = each(trait('list').listOf(text), (item) => [del.empty({ url: url`https://acme.example/${item}` })]);
    expect(urls([one('first'), node], { traits: { list: ['a', 'b'] } })).toEqual([
      'GET https://acme.example/first',
      'DELETE https://acme.example/a',
      'DELETE https://acme.example/b',
    ]);
  });

  it('are a drop where there is none', () => {
    expect(urls([given(trait.name, () => [one('x')])], {})).toBe('NOTHING_TO_SEND');
  });

  it('are made for each group id, unless the mapper takes the list', () => {
    const requests = [get.empty({ url: url`https://acme.example/${event.groupId}` })];
    expect(urls(requests, { groupId: ['a', 'b'] })).toEqual([
      'GET https://acme.example/a',
      'GET https://acme.example/b',
    ]);
    expect(urls([one('x')], { groupId: ['a', 'b'] })).toEqual(['GET https://acme.example/x']);
    const list = post.json({ url: at, body: event.groupIds });
    expect(run({ requests: [list], groups: 'list' }, { groupId: ['a', 'b'] })).toMatchObject({
      requests: [{ body: { json: ['a', 'b'] } }],
    });
  });

  it('have one content type, the mapper’s if it names one', () => {
    const headersOf = (headers: Record<string, string>) => {
      const result = run({ requests: [post.form<{ a?: string }>({ url: at, headers, body: {} })] }, {});
      return result.outcome === 'send' ? result.requests[0]?.headers : result;
    };
    expect(headersOf({ A: 'b' })).toEqual({ 'Content-Type': 'application/x-www-form-urlencoded', A: 'b' });
    expect(headersOf({ 'content-type': 'text/x' })).toEqual({ 'content-type': 'text/x' });
    expect(() => headersOf({ a: '1', A: '2' })).toThrow('acme: requests[0].headers: repeats a header');
  });

  it.each(['a\r\nb', 'a\0b', 'a\u{1F600}'])('fail where a header would carry %j', (userId) => {
    const requests = [get.empty({ url: at, headers: { 'X-User': event.userId } })];
    expect(run({ requests: _.castArray(requests) }, { userId })).toMatchObject({
      outcome: 'fail',
      code: 'VALUE_INVALID',
      path: 'userId',
    });
    expect(run({ requests }, {})).toMatchObject({ requests: [{ headers: {} }] });
  });

  it('leave out a header whose constant the config does not give', () => {
    const requests = [get.empty({ url: at, headers: { 'X-A': undefined, 'X-B': 'b' } })];
    const sent = run({ requests }, {});
    expect(_.get(sent, 'requests.0.headers')).toStrictEqual({ 'X-B': 'b' });
  });

  it('carry what the sender must add, if anything', () => {
    const auth = { type: 'wsse', user: 'u', secret: 's' } as const;
    const sent = (parts: { auth?: typeof auth | undefined }) =>
      _.get(run({ requests: [get.empty({ url: at, ...parts })] }, {}), 'requests');
    const plain = { method: 'GET', url: 'https://acme.example/groups', headers: {}, query: {} };
    expect(sent({ auth })).toStrictEqual([{ ...plain, auth }]);
    expect(sent({ auth: undefined })).toStrictEqual([plain]);
    expect(sent({})).toStrictEqual([plain]);
  });

  it('have query values, where there are any', () => {
    const requests = [get.empty({ url: at, query: { v: 2, user: event.userId } })];
    expect(run({ requests }, { userId: 'u' })).toMatchObject({ requests: [{ query: { v: 2, user: 'u' } }] });
    expect(run({ requests }, {})).toMatchObject({ requests: [{ query: { v: 2 } }] });
  });

  it('have query values whose names the event decides, except those that are named', () => {
    const own = traits.keep(isScalar, 'is not a scalar').map(String);
    const requests = [get.empty({ url: at, query: { v: 2, [rest]: own } })];
    const sent = run({ requests }, { traits: { a: 1, v: 'x', b: [] } });
    expect(_.get(sent, 'requests.0.query')).toStrictEqual({ v: 2, a: '1' });
  });
});

describe('headers whose names the event decides', () => {
  const own = fields(event.at('header')).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  const send = (header: JsonObject, constants: Record<string, string> = {}) =>
    run({ requests: [post.json({ url: at, headers: union<string>(own, constants), body: {} })] }, { header });
  const failure = { outcome: 'fail', code: 'VALUE_INVALID', path: 'header' };

  it('are sent as they are spelt, beside the content type', () => {
    expect(send({ 'X-Some': 'a', x_other: 1 })).toHaveProperty('requests.0.headers', {
      'Content-Type': 'application/json',
      'X-Some': 'a',
      x_other: '1',
    });
    const requests = [get.empty({ url: at, headers: union<string>(own) })];
    expect(run({ requests }, {})).toHaveProperty('requests.0.headers', {});
  });

  it('are the first of those that differ in case only', () => {
    expect(send({ 'X-A': '2', B: '3', 'x-a': '4' }, { 'x-A': '1' })).toHaveProperty('requests.0.headers', {
      'Content-Type': 'application/json',
      'X-A': '2',
      B: '3',
    });
  });

  it.each<[JsonObject, Record<string, string>, object]>([
    [{ 'content-type': 'text/x' }, {}, { 'content-type': 'text/x' }],
    [{}, { 'CONTENT-TYPE': 'text/x' }, { 'CONTENT-TYPE': 'text/x' }],
    [{ 'Content-Type': 'text/y' }, { 'content-type': 'text/x' }, { 'Content-Type': 'text/y' }],
  ])('have one content type: %j over %j', (header, constants, expected) => {
    expect(send(header, constants)).toHaveProperty('requests.0.headers', expected);
  });

  it.each(['', 'a b', 'a:', 'a\r\nb', 'a\n', 'ü', '(a)', 'a\0'])('fail where one would be named %j', (name) => {
    expect(send({ [name]: 'x' })).toMatchObject(failure);
  });

  it.each([
    ...['Host', 'content-length', 'Transfer-Encoding', 'CONNECTION', 'Upgrade', 'TE', 'Trailer', 'Expect'],
    ...['Keep-Alive', 'Proxy-Connection', 'proxy-authorization', 'Content-Encoding'],
  ])('fail for %s, which the sender sets', (name) => {
    expect(send({ [name]: 'x' })).toMatchObject({
      ...failure,
      message: 'header sets a header that only the sender may set',
    });
  });

  it.each(['a\r\nX-Other: b', 'a\n', '\0', '\u{1F600}'])('fail where one would carry %j', (value) => {
    expect(send({ A: value })).toMatchObject({
      ...failure,
      message: 'header has a character that the header A cannot carry',
    });
  });

  it('may be named like what objects inherit', () => {
    const result = send(JSON.parse('{"__proto__":"a","constructor":"b"}') as JsonObject);
    expect(JSON.stringify(result)).toContain(
      '"headers":{"Content-Type":"application/json","__proto__":"a","constructor":"b"}',
    );
  });
});

describe('a URL', () => {
  const send = (groupId: string) =>
    run({ requests: [get.empty({ url: url`https://acme.example/g/${event.groupId}/x` })] }, { groupId });

  it.each(['a/b', '../x', '//evil.example', '@evil.example', '#f', '?q=1', '%2f', 'ü', 'a'.repeat(2000)])(
    'keeps %j in one segment',
    (id) => {
      const expected = `https://acme.example/g/${encodeURIComponent(id)}/x`;
      expect(send(id)).toMatchObject({ requests: [{ url: expected }] });
      expect(new URL(expected).pathname.split('/')).toHaveLength(4);
    },
  );

  it.each(['.', '..', '\uD800'])('fails for %j', (id) => {
    expect(send(id)).toMatchObject({ outcome: 'fail', code: 'VALUE_INVALID', path: 'groupId' });
  });

  it('requires every value', () => {
    expect(send('')).toMatchObject({ code: 'GROUP_ID_MISSING', path: 'groupId' });
  });

  const from = (host: string, path = 'x') =>
    bindConfig(destination({ requests: [get.empty({ url: url`https://${host}/${path}` })] }), {});

  it.each([
    'evil.example',
    'a.b.acme.example',
    'acme.example.evil.example',
    'acme.example:8080@evil.example',
    'a/b',
    '',
  ])('does not go to the host %j', (host) => {
    expect(from(host)).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('goes to the host of a URL in the config and to no other, where that is what is declared', () => {
    const bind = (configured: string) => {
      const definition = defineDestination({
        name: 'acme',
        title: 'Acme',
        docs: 'https://acme.example/docs',
        config: z.object({ url: z.string() }),
        examples: { default: { url: 'https://acme.example' } },
        hosts: { fromConfig: 'url' },
        requests: () => [get.empty({ url: at })],
      });
      return bindConfig(definition, { url: configured });
    };
    expect(bind('https://acme.example/in')).toHaveProperty('compiled');
    expect(bind('https://evil.example/acme.example')).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(bind('acme.example')).toMatchObject({ code: 'CONFIG_INVALID', path: 'config.url' });
  });

  it('goes to the hosts that are declared', () => {
    expect(from('acme.example')).toHaveProperty('compiled');
    expect(from('eu.acme.example')).toHaveProperty('compiled');
    expect(from('acme.example', '..')).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('a path of values', () => {
  const path = (id?: string) => body({ path: pathOf('v 1', trait('id')) }, { traits: id === undefined ? {} : { id } });

  it('is encoded segment by segment', () => {
    expect(path('ä/b')).toEqual({ path: '/v%201/%C3%A4%2Fb' });
  });

  it.each([
    ['..', 'VALUE_INVALID'],
    ['.', 'VALUE_INVALID'],
    ['\ud800', 'VALUE_INVALID'],
    ['', 'FIELD_MISSING'],
    [undefined, 'FIELD_MISSING'],
  ])('fails the event with %j in it', (id, code) => {
    expect(path(id)).toMatchObject({ code, path: 'traits.id' });
  });
});

describe('a URL of the config', () => {
  const base = 'https://acme.example/in?key=1';
  const hook = defineDestination({
    name: 'acme',
    title: 'Acme',
    docs: 'https://acme.example/docs',
    config: z.object({ hookUrl: secretUrl('Where events go') }),
    examples: { default: { hookUrl: base } },
    hosts: ['acme.example', '*.acme.example'],
    requests: ({ hookUrl }) =>
      get.empty({
        url: urlWithin(hookUrl, { instead: event.at('fullPath').as(text), append: event.at('appendPath').as(text) }),
      }),
  });
  const send = (payload: JsonObject, hookUrl = base) => {
    const transformer = new Transformer({ registry: new Registry([{ file: 'acme', definition: hook }]) });
    const [result] = transform(
      transformer,
      [{ payload: { type: 'group', ...payload } }],
      [{ ...target, config: { hookUrl } }],
      NOW,
    );
    return result;
  };

  it.each<[string, JsonObject, string]>([
    ['as it is', {}, base],
    ['as it is where the event says nothing', { fullPath: null, appendPath: '' }, base],
    ['with text behind its query', { appendPath: '&b=2' }, 'https://acme.example/in?key=1&b=2'],
    ['with another path', { fullPath: 'https://acme.example/out' }, 'https://acme.example/out'],
    ['with another query', { fullPath: 'https://acme.example/?b=2' }, 'https://acme.example/?b=2'],
    ['with the port that it has anyway', { fullPath: 'https://acme.example:443/out' }, 'https://acme.example/out'],
    ['with both', { fullPath: 'https://acme.example/a?b=', appendPath: 'c d' }, 'https://acme.example/a?b=c%20d'],
  ])('is used %s', (_name, payload, expected) => {
    expect(send(payload)).toMatchObject({ requests: [{ url: expected }] });
  });

  it('has one slash between it and a path behind it', () => {
    expect(send({ appendPath: '/x//y' }, 'https://acme.example/in/')).toMatchObject({
      requests: [{ url: 'https://acme.example/in/x//y' }],
    });
  });

  it.each([
    'https://evil.example/in',
    'http://acme.example/in',
    'https://acme.example:8443/in',
    'https://sub.acme.example/in',
    'https://acme.example.evil.example/in',
    'https://user:pass@acme.example/in',
    'https://user@acme.example/in',
    'https://acme.example@evil.example/in',
    'blob:https://acme.example/in',
    'javascript:alert(1)',
    '//acme.example/in',
    '/in',
    'x',
    'https://',
  ])('is not replaced by %j', (fullPath) => {
    expect(send({ fullPath, appendPath: 'x' })).toEqual(
      expect.objectContaining({
        outcome: 'fail',
        code: 'VALUE_INVALID',
        path: 'fullPath',
        message: 'fullPath leads away from the configured URL',
      }),
    );
  });

  it.each(['.evil.example/', '@evil.example/', ':pass@evil.example/', ':8443/', 'x', ':port'])(
    'is not moved to another host by %j behind it',
    (appendPath) => {
      expect(send({ appendPath }, 'https://acme.example')).toMatchObject({
        code: 'VALUE_INVALID',
        path: 'appendPath',
        message: 'appendPath leads away from the configured URL',
      });
    },
  );

  it.each([
    'HTTPS://ACME.example/in/key',
    'https://acme.example:443/in/key',
    'https://äcme.acme.example/in/key',
    'https://acme.example?key',
  ])('is sent to as it is written, and told of by its origin only: %s', (hookUrl) => {
    expect(send({}, hookUrl)).toMatchObject({ requests: [{ url: hookUrl }] });
    const bound = bindConfig(hook, { hookUrl });
    if ('outcome' in bound) throw new Error(bound.message);
    expect(JSON.stringify(bound.compiled.requests)).not.toContain('key');
  });

  it('is of a host that requests may go to', () => {
    expect(bindConfig(hook, { hookUrl: 'http://acme.example/in' })).toHaveProperty('compiled');
    expect(bindConfig(hook, { hookUrl: 'https://evil.example/in' })).toEqual({
      outcome: 'fail',
      code: 'CONFIG_INVALID',
      path: 'config',
      message: 'this destination must not send requests to evil.example',
    });
  });
});

describe('a batch', () => {
  const batch = (list: string): BatchRule => ({ items: 10, bytes: 1000, at: list });
  const requestsOf = (list: string) => [
    post.json({ url: at, body: { list: [event.groupId], all: traits, name: 'x' }, batch: batch(list) }),
  ];
  const streamOf = (list: string) => ({ rudder: { list: [event.groupId] }, batch: batch(list) });

  it.each(['body.json.list', 'body.json.all'])('grows in the list at %s', (list) => {
    expect(run({ requests: requestsOf(list) }, { groupId: 'g' })).toMatchObject({ outcome: 'send' });
  });

  it.each(['body.json.other', 'body.json.name', 'body.json', 'list', ''])(
    "requires a list, and %j isn't one",
    (list) => {
      const message = `acme: requests[0]: has no list at ${list}`;
      expect(() => bindConfig(destination({ requests: requestsOf(list) }), {})).toThrow(message);
    },
  );

  it('has the form that its rule says, where requests are merged', () => {
    const as = (list: string) => post.json({ url: at, body: { [list]: [{ id: event.groupId }] } });
    const requests = (list: string) => [
      post.json({ url: at, body: { id: event.groupId }, batch: { ...batch('body.json.list'), as: as(list) } }),
    ];
    const transformer = transformerOf({ requests: requests('list') });
    const bodyOf = (more: Pick<Target, 'inBatches'>) => {
      const { outcome } = transformer.bind({ ...target, ...more }).map(readEvent({ type: 'group', groupId: 'g' }), {
        now: NOW,
      });
      return outcome.outcome === 'send' ? outcome.requests : outcome;
    };
    expect(bodyOf({})).toMatchObject([{ request: { body: { json: { id: 'g' } } } }]);
    expect(bodyOf({ inBatches: true })).toMatchObject([{ request: { body: { json: { list: [{ id: 'g' }] } } } }]);
    expect(() => bindConfig(destination({ requests: requests('other') }), {})).toThrow(
      'acme: requests[0]: has no list at body.json.list',
    );
  });

  it('takes nothing that is larger than the vendor takes of one event', () => {
    const requests = [post.json({ url: at, body: { note: trait('note') }, maxBytes: 20 })];
    expect(run({ requests }, { traits: { note: '123456789' } })).toHaveProperty('outcome', 'send');
    expect(run({ requests }, { traits: { note: '1234567890' } })).toMatchObject({
      code: 'OUTPUT_TOO_LARGE',
      message: 'the vendor accepts at most 20 bytes per event',
    });
  });

  it('needs one in a stream as well', () => {
    const compile = (list: string) =>
      destination({ requests: [], stream: streamOf(list) }).compile({}, undefined, {
        isForPipeline: true,
        inBatches: false,
        isTraced: false,
      });
    expect(compile('rudder.list')).toHaveProperty('map');
    expect(() => compile('rudder')).toThrow('acme: stream: has no list at rudder');
    expect(() => compile('list')).toThrow('acme: stream: has no list at list');
  });
});

describe('a request that the sender must authorize', () => {
  const authorized = (auth: Auth) => {
    const transformer = transformerOf({ requests: [post.empty({ url: at, auth })] });
    const { outcome } = transformer.bind({ ...target, isForPipeline: true }).map(readEvent({ type: 'group' }), {
      now: NOW,
    });
    return outcome;
  };

  it('is for no pipeline that cannot do so', () => {
    const client = { tokenUrl: 'https://acme.example/token', clientId: 'c', clientSecret: 's' };
    expect(authorized({ type: 'wsse', user: 'u', secret: 's' })).toHaveProperty('outcome', 'send');
    expect(authorized({ type: 'oauth-client-credentials', ...client })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'the config requires auth of type oauth-client-credentials, which pipelines cannot apply',
    });
  });
});

describe('a stream', () => {
  const requests = [get.empty({ url: at })];
  const rudder = { id: event.groupId, name: trait.name.as(text) };
  const map = (options: Options, payload: JsonObject) => {
    const read = readEvent({ type: 'group', ...payload });
    const bound = transformerOf(options).bind({ ...target, isForPipeline: true });
    const { outcome, warnings } = bound.map(read, { now: NOW });
    return { ..._.omit(outcome, 'event'), warnings };
  };

  it('is what a pipeline gets instead of requests', () => {
    const options = { requests, stream: { rudder } };
    const payload = { groupId: ['a', 'b'], traits: { name: 'x' } };
    expect(map(options, payload)).toEqual({
      outcome: 'send',
      requests: [
        { index: 0, request: { rudder: { id: 'a', name: 'x' } } },
        { index: 0, request: { rudder: { id: 'b', name: 'x' } } },
      ],
      warnings: [],
    });
    expect(run(options, payload)).toHaveProperty('requests', [
      { method: 'GET', url: 'https://acme.example/groups', headers: {}, query: {} },
    ]);
  });

  it('may be merged with those of other events', () => {
    const batch = { items: 2, bytes: 1000, at: 'rudder' };
    expect(map({ requests, stream: { rudder: [rudder], batch } }, { groupId: 'a' })).toEqual({
      outcome: 'send',
      requests: [{ index: 0, request: { rudder: [{ id: 'a' }] }, batch }],
      warnings: [],
    });
  });

  it('is under the same rules', () => {
    const rules = [need(event.userId), warn(trait('extra'), 'extra is not sent')];
    expect(map({ requests, rules, stream: { rudder } }, {})).toEqual({
      outcome: 'fail',
      code: 'FIELD_MISSING',
      path: 'userId',
      message: 'userId is missing',
      warnings: [],
    });
    expect(map({ requests, rules, stream: { rudder } }, { userId: 'u', traits: { extra: 1 } })).toEqual({
      outcome: 'send',
      requests: [{ index: 0, request: { rudder: {} } }],
      warnings: [{ code: 'FIELD_NOT_SENT', path: 'traits.extra', message: 'extra is not sent' }],
    });
  });

  it('stands alone, or needs a config that requests can be made with', () => {
    const config = { topic: 't' } as { topic: string; endpoint?: string };
    const acme = defineDestination({
      ...{ name: 'acme', title: 'Acme', docs: 'https://acme.example/docs' },
      config: z.object({ topic: z.string(), endpoint: baseUrl().optional() }),
      examples: { default: { topic: 't', endpoint: 'https://acme.example' } },
      hosts: { fromConfig: 'endpoint' },
      requests: (given) => get.empty({ url: url`${setting(given, 'endpoint', 'Acme has no other interface')}/x` }),
      stream: ({ topic }) => ({ rudder: { topic }, ...(topic === 't' && { standsAlone: true }) }),
    });
    const bind = (isForPipeline: boolean, given = config) =>
      new Binder().bind(acme, { config: given, isForPipeline }).bound;
    expect(bind(true)).toHaveProperty('compiled');
    expect(bind(true, { topic: 'other' })).toHaveProperty('code');
    expect(bind(false)).toMatchObject({
      code: 'CONFIG_INVALID',
      path: 'config.endpoint',
      message: 'config.endpoint is missing: Acme has no other interface',
    });
  });

  it('is made of the requests where there is none of its own', () => {
    expect(map({ requests }, {})).toMatchObject({
      outcome: 'send',
      requests: [{ index: 0, request: { method: 'GET', url: 'https://acme.example/groups', headers: {}, query: {} } }],
      warnings: [{ code: 'GROUP_NOT_SENT' }],
    });
  });
});

describe('rules', () => {
  it('are checked in order, before any request is built', () => {
    const rules = [need(event.userId), refuse(trait('blocked'), 'blocked traits are not sent')];
    const requests = [post.json({ url: at, body: { id: event.groupId.required() } })];
    expect(run({ requests, rules }, {})).toMatchObject({ code: 'FIELD_MISSING', path: 'userId' });
    expect(run({ requests, rules }, { userId: 'u', traits: { blocked: true } })).toMatchObject({
      code: 'EVENT_REFUSED',
      path: 'traits.blocked',
      message: 'blocked traits are not sent',
    });
    expect(run({ requests, rules }, { userId: 'u' })).toMatchObject({ code: 'GROUP_ID_MISSING' });
  });

  it('warn of what cannot be converted, which stands in no request', () => {
    const rules = [need(any(trait('x').as(integer), event.groupId))];
    const requests = [post.json({ url: at, body: { id: event.groupId } })];
    expect(run({ requests, rules }, { groupId: 'g', traits: { x: 'many' } })).toMatchObject({
      outcome: 'send',
      warnings: [{ path: 'traits.x', message: expect.stringMatching(/, so it does not count$/) as string }],
    });
  });

  it('warn of what holds, and the event is sent', () => {
    const requests = [get.empty({ url: url`https://acme.example/${event.groupId}` })];
    const options = { requests, rules: [warn(trait('extra'), 'extra has no place')] };
    expect(run(options, { groupId: 'g', traits: { extra: 'x' } })).toMatchObject({
      outcome: 'send',
      warnings: [{ code: 'FIELD_NOT_SENT', path: 'traits.extra', message: 'extra has no place' }],
    });
    expect(run(options, { traits: { extra: false } })).not.toHaveProperty('warnings');
  });
});

describe('the topic for group events', () => {
  const topic = forGroups('topic', 'Topics');

  it.each([
    [[{ from: '*', to: 'all' }], 'all'],
    [
      [
        { from: '*', to: 'all' },
        { from: 'GROUP', to: 'crm' },
        { from: 'group', to: 'later' },
      ],
      'crm',
    ],
  ])('is found in %j', (list, expected) => {
    expect(topic.parse(list)).toBe(expected);
  });

  it.each([[[]], [[{ from: 'track', to: 'x' }]], [[{ from: 'group' }]]])('is missing in %j', (list) => {
    expect(topic.safeParse(list).error?.issues[0]?.message).toBe(
      'has no topic for group events: add a row from group, or from *',
    );
  });
});

it.each(['', 'a b', 'a:b', 'ä'])('%j is not a valid header name', (name) => {
  const requests = [get.empty({ url: at, headers: { [name]: 'x' } })];
  expect(bindConfig(destination({ requests }), {})).toMatchObject({ code: 'CONFIG_INVALID' });
});

describe('config fields', () => {
  it.each([
    'http://a.example',
    'https://u:p@a.example',
    'https://a.example?x',
    'https://a.example#x',
    'a.example',
    'https://',
  ])('baseUrl refuses %j', (value) => {
    expect(baseUrl().safeParse(value).success).toBe(false);
  });

  it('baseUrl cuts one slash at the end', () => {
    expect(baseUrl().parse('https://a.example/v1/')).toBe('https://a.example/v1');
  });

  it.each([
    'http://u:p@a.example',
    'https://u@a.example/x',
    'https://a.example/#x',
    'https://a.example/a b',
    String.raw`https:\\a.example`,
    'ftp://a.example',
    'blob:https://a.example/x',
    'a.example',
    'https://',
  ])('secretUrl refuses %j', (value) => {
    expect(secretUrl('URL').safeParse(value).success).toBe(false);
  });

  it.each<[unknown, number | undefined]>([
    [50, 50],
    ['50', 50],
    [1, 1],
    [0, undefined],
    [-1, undefined],
    [1.5, undefined],
    ['many', undefined],
    ['', undefined],
    [1e300, undefined],
    [null, undefined],
    [undefined, undefined],
    [true, undefined],
    [[50], undefined],
    [{}, undefined],
  ])('batchSize reads %j', (value, expected) => {
    expect(batchSize('d').safeParse(value)).toEqual({ success: true, data: expected });
  });

  it.each(['', 'a.b', '-a', 'a-', 'a/b', 'a#', 'x'.repeat(64), 'ä'])('hostLabel refuses %j', (value) => {
    expect(hostLabel('d').safeParse(value).success).toBe(false);
  });

  it('regions are those of the table', () => {
    const region = regions({ us: 'api.acme.example', US: 'api.acme.example', eu: 'eu.acme.example' }, 'Region', 'us');
    expect(region.hosts).toEqual(['api.acme.example', 'eu.acme.example']);
    expect(z.object({ region }).parse({})).toEqual({ region: 'api.acme.example' });
    expect(region.parse('US')).toBe('api.acme.example');
    expect(z.toJSONSchema(region, { io: 'input' })).toMatchObject({
      enum: ['us', 'US', 'eu'],
      default: 'us',
      description: 'Region',
    });
    const definition = defineDestination({
      name: 'acme',
      title: 'Acme',
      docs: 'https://acme.example/docs',
      config: z.object({ region: regions({ us: 'api.acme.example' }, 'Region') }),
      examples: { us: { region: 'us' } },
      hosts: region.hosts,
      requests: ({ region: host }) => get.empty({ url: url`https://${host}/` }),
    });
    expect(bindConfig(definition, { region: 'us' })).toHaveProperty('compiled');
    expect(bindConfig(definition, { region: 'mars' })).toMatchObject({ code: 'CONFIG_INVALID', path: 'config.region' });
    expect(bindConfig(definition, {})).toMatchObject({ code: 'CONFIG_INVALID', path: 'config.region' });
  });

  it('hostLabel takes one label', () => {
    expect(hostLabel('d').parse('acme-2')).toBe('acme-2');
  });

  it('batchSize may be left out', () => {
    expect(z.object({ size: batchSize('d') }).safeParse({}).success).toBe(true);
  });

  it.each(['a\r\nX: 1', 'a\0', '\u007f'])('secret refuses %j', (value) => {
    expect(secret('key').safeParse(value).success).toBe(false);
  });

  it('rows and renames leave out what was left empty', () => {
    expect(rows('name', 'd').parse([{ name: 'a' }, {}, { other: 'b' }])).toEqual(['a']);
    expect(pairs('from', 'to', 'd').parse([{ from: 'a', to: 'b' }, { from: 'a' }, { to: 'b' }, {}])).toEqual([
      ['a', 'b'],
    ]);
    expect(pairs('from', 'to', 'd').parse(undefined)).toEqual([]);
  });

  it('pairs keep their order, and one name may stand in several', () => {
    const list = [
      { to: 'x', from: 'b' },
      { from: 'a', to: 'x', other: 1 },
      { from: 'b', to: 'y' },
    ];
    expect(pairs('from', 'to', 'd').parse(list)).toEqual([
      ['b', 'x'],
      ['a', 'x'],
      ['b', 'y'],
    ]);
    expect(pairs('from', 'to', 'd').safeParse([{ from: 1, to: 'x' }]).success).toBe(false);
  });
});

it.each([
  ['ap-southeast-2', 'events.ap-southeast-2.amazonaws.com'],
  ['us-gov-west-1', 'events.us-gov-west-1.amazonaws.com'],
  ['cn-northwest-1', 'events.cn-northwest-1.amazonaws.com.cn'],
  ['eusc-de-east-1', 'events.eusc-de-east-1.amazonaws.eu'],
])('a service of AWS has its host in %s in the domain of the partition', (region, host) => {
  expect(awsHost('events', awsRegion('Region').parse(region))).toBe(host);
});

it.each(['eu-west', 'EU-WEST-1', 'eu-west-1.evil', 'mars-north-1', ''])("%s isn't an AWS region", (region) => {
  expect(awsRegion('Region').safeParse(region).success).toBe(false);
});

describe('awsSignature', () => {
  const region = 'eu-west-1';
  const signed = { type: 'aws-sigv4', service: 'events', region };
  const [accessKeyID, accessKey] = [secret('Id').parse('id'), secret('Key').parse('key')];
  const key = { accessKeyID, accessKey };
  const role = { iamRoleARN: 'arn' };
  const byKey = { ...signed, accessKeyId: accessKeyID, secretAccessKey: accessKey };
  const byRole = { ...signed, roleArn: 'arn' };

  it.each([
    ['a key', key, byKey],
    ['a role', role, byRole],
    ['a role before a key', { ...key, ...role }, byRole],
    ['a role that is asked for', { ...key, ...role, roleBasedAuth: true }, byRole],
    ['a key that is asked for', { ...key, ...role, roleBasedAuth: false }, byKey],
  ])('is made with %s', (_name, access, expected) => {
    expect(awsSignature('events', { region, ...access })).toEqual(expected);
  });

  it.each([
    ['neither role nor key', {}, 'config.accessKey'],
    ['half a key', { accessKeyID }, 'config.accessKey'],
    ['the other half', { accessKey }, 'config.accessKey'],
    ['no key though it is asked for', { ...role, roleBasedAuth: false }, 'config.accessKey'],
    ['no role though it is asked for', { ...key, roleBasedAuth: true }, 'config.iamRoleARN'],
  ])('is not made with %s', (_name, access, path) => {
    expect(() => awsSignature('events', { region, ...access })).toThrow(expect.objectContaining({ path }) as Error);
  });
});

it('basic encodes a user and a password, of whatever characters', () => {
  expect(body({ both: basic('user', 'pass'), user: basic('kéy') })).toEqual({
    both: 'Basic dXNlcjpwYXNz',
    user: `Basic ${Buffer.from('kéy:').toString('base64')}`,
  });
});

it('warns of what was tried and could not be used, once for each place', () => {
  const converted = { a: trait.employees.as(integer), b: trait.employees.as(boolean), c: context('x').as(text) };
  const literal = { id: event.groupId, ...converted };
  expect(warnings(literal, { groupId: 'g', traits: { employees: '51-200' }, context: { x: [] } })).toEqual([
    { code: 'TRAIT_NOT_CONVERTED', path: 'traits.employees' },
    { code: 'TRAIT_NOT_CONVERTED', path: 'traits.employees' },
    { code: 'FIELD_NOT_CONVERTED', path: 'context.x' },
  ]);
  const perGroup = { id: event.groupId, a: trait.employees.as(integer) };
  expect(warnings(perGroup, { groupId: ['a', 'b'], traits: { employees: 'x' } })).toHaveLength(1);
});

describe('a message about a value that cannot be used', () => {
  const messages = (literal: Mapped<unknown>, payload: JsonObject) => {
    const result = run(
      { requests: [post.json({ url: at, body: { id: event.groupId, ...(literal as object) } })] },
      payload,
    );
    return 'message' in result ? [result.message] : (result.warnings ?? []).map(({ message }) => message);
  };
  const payload = { groupId: 'a b', traits: { seats: [], words: 'x', since: 'soon' } };
  const listId = event.groupId.as(only('the id of a list', (id): id is string => /^\d+$/.test(String(id))));

  it('names the field and what it is not', () => {
    expect(messages({ list: listId, seats: trait('seats').as(integer) }, payload)).toEqual([
      'groupId is not the id of a list, so requests[0].body.json.list is left out',
      expect.stringMatching(
        /^traits\.seats is not a whole number, .*, so requests\[0\]\.body\.json\.seats is left out$/,
      ),
    ]);
    expect(messages({ all: traits.convert(isoDate, 'since').pick('since') }, payload)).toEqual([
      expect.stringMatching(/^traits\.since is not an ISO 8601 date/),
    ]);
    expect(messages({ list: listId.once().required() }, payload)).toEqual(['groupId is not the id of a list']);
    expect(messages({ all: verb(trait('words'), ['add', 'remove'], 'add') }, payload)).toEqual([
      'traits.words is not one of add, remove',
    ]);
  });

  it('does not say so of what was taken and came to nothing', () => {
    const made = compute('name of a thing', [trait('words').as(text)], () => undefined as string | undefined);
    expect(messages({ made: made.required() }, payload)).toEqual(['traits.words cannot be used']);
  });

  it('names the place of a field that the vendor refuses, or the requests where a condition reads it', () => {
    const kept = traits.pick('words').keepKeys(() => false, 'has a refused name');
    expect(messages({ all: kept }, payload)).toEqual([
      'traits.words has a refused name, so it is not in requests[0].body.json.all',
    ]);
    const decided = given(kept, [], [post.json({ url: at, body: { id: event.groupId } })]);
    expect(run({ requests: [decided] }, payload).warnings).toMatchObject([
      { message: 'traits.words has a refused name, so it is not in the requests' },
    ]);
  });

  it('names the first of those that have no room', () => {
    const full = { [rest]: traits.omit('id').upTo(2) };
    const result = run({ requests: [post.json({ url: at, body: { id: event.groupId, ...full } })] }, payload);
    expect(result.warnings).toEqual([
      {
        code: 'FIELD_NOT_SENT',
        path: 'traits',
        message: 'traits.words and everything after it do not fit into requests[0].body.json.*',
      },
    ]);
  });
});

describe('what is sent without its group', () => {
  const codes = (requests: Requests, payload: JsonObject) =>
    (run({ requests: _.castArray(requests) }, { userId: 'u', ...payload }).warnings ?? []).map(
      ({ code, path }) => `${code} ${path}`,
    );
  const body = (literal: Mapped<unknown>) => post.json({ url: at, body: literal });
  const told = ['GROUP_NOT_SENT event'];

  it.each<[string, Requests, JsonObject]>([
    ['has nothing of it', body({ user: event.userId }), { groupId: 'g', traits: { name: 'Acme' } }],
    [
      'has an object of traits without any',
      body({ all: traits.omit('name').default({}) }),
      { traits: { name: 'Acme' } },
    ],
    ['has fields of its own beside traits', body({ a: 1, [rest]: traits.pick('a', 'b') }), { traits: { a: 1 } }],
    ['is the event, which has none', body(event.payload), {}],
    ['is text without it', body({ text: jsonText({ id: event.groupId, user: event.userId }) }), {}],
    ['is about the person', body({ id: person.id.or(event.groupId) }), {}],
    [
      'is the request that has none',
      [given(trait('on'), body({ id: event.groupId })), body({ a: 1 })],
      { groupId: 'g' },
    ],
  ])('is warned of: %s', (_what, requests, payload) => {
    expect(codes(requests, payload)).toEqual(told);
  });

  it.each<[string, Requests, JsonObject]>([
    ['its id', body({ id: event.groupId }), { groupId: 'g' }],
    ['its id in the URL', get.empty({ url: url`https://acme.example/${event.groupId}` }), { groupId: 'g' }],
    ['its id in a list', body([{ ids: [event.groupId, event.userId] }]), { groupId: 'g' }],
    ['one trait', body({ id: event.groupId, x: trait('x') }), { traits: { x: 0 } }],
    ['all traits', body({ a: 1, [rest]: traits }), { traits: { b: null } }],
    ['a trait that is an empty list', body({ x: trait('x') }), { traits: { x: [] } }],
    ['a trait in text', body({ text: jsonText({ x: trait('x') }) }), { traits: { x: 1 } }],
    ['the event', body(event.payload), { groupId: 'g' }],
    ['one of several requests', [body({ a: 1 }), body({ id: event.groupId })], { groupId: 'g' }],
    ['an element for each', each(trait('x').listOf(text), (item) => body({ item })), { traits: { x: ['a'] } }],
  ])('is not warned of where it has %s', (_what, requests, payload) => {
    expect(codes(requests, payload)).toEqual([]);
  });
});

it('tells the operator of a defect that shows when a config is bound, and fails the pair', () => {
  const errors: unknown[] = [];
  const twice = post.json({ url: at, headers: { a: '1', A: '2' }, body: {} });
  const transformer = new Transformer({
    registry: new Registry([{ file: 'acme', definition: destination({ requests: [twice] }) }]),
    onMapperError: (error) => errors.push(error),
  });
  expect(transform(transformer, [{ payload: { type: 'group' } }], [target], NOW)).toMatchObject([
    { code: 'MAPPER_ERROR' },
  ]);
  expect(errors).toHaveLength(1);
});

it('tells the operator about a bug in a mapper, and the caller only that it failed', () => {
  const errors: unknown[] = [];
  const broken = compute('broken', [trait.name], (name) => (name as unknown as { a: { b: string } }).a.b);
  const definition = destination({ requests: [post.json({ url: at, body: { broken } })] });
  const transformer = new Transformer({
    registry: new Registry([{ file: 'acme', definition }]),
    onMapperError: (error) => errors.push(error),
  });
  const [result] = transform(transformer, [{ payload: { type: 'group' } }], [target], NOW);
  expect(result).toMatchObject({
    outcome: 'fail',
    code: 'MAPPER_ERROR',
    message: 'the code of acme failed on this event',
  });
  expect(errors).toHaveLength(1);
});

describe('a definition', () => {
  const definition = {
    name: 'acme',
    title: 'Acme',
    docs: 'https://acme.example/docs',
    hosts: ['acme.example'],
    requests: () => get.empty({ url: at }),
  };
  const config = z.object({ apiKey: secret('Key'), other: secret('Other').optional() });
  const delivery = z.object({ token: secret('Token') });

  it('has examples of its own where all is secret, and must give them otherwise', () => {
    expect(defineDestination({ ...definition, config, delivery })).toMatchObject({
      examples: { default: { apiKey: 'secret-apiKey', other: 'secret-other' } },
      deliveryExample: { token: 'secret-token' },
    });
    const partly = config.extend({ region: z.string().optional() });
    expect(() => defineDestination({ ...definition, config: partly })).toThrow('acme: examples: is required');
    const examples = { default: { apiKey: 'k' } };
    expect(() =>
      defineDestination({ ...definition, config, examples, delivery: z.object({ token: z.string() }) }),
    ).toThrow('acme: deliveryExample: is required');
  });

  it.each<[string, RequestNode[], string]>([
    [
      'a value of the event in the host',
      [get.empty({ url: at }), get.empty({ url: url`https://${event.groupId}.acme.example/` })],
      'acme: requests[1].url: has an event value in its host',
    ],
    [
      'a header twice',
      [post.json({ url: at, headers: { a: '1', A: '2' }, body: {} })],
      'acme: requests[0].headers: repeats a header',
    ],
  ])('tells where it has %s', (_what, requests, message) => {
    expect(() => bindConfig(destination({ requests }), {})).toThrow(message);
  });

  it('tells which value is used before there is one', () => {
    const early: unknown = trait.name;
    const broken = {
      ...definition,
      config: z.object({}),
      requests: () => get.empty({ url: url`${String(early)}` }),
    };
    expect(() => bindConfig(defineDestination(broken), {})).toThrow('acme: traits.name: has no value yet');
  });
});

describe('fields that are converted', () => {
  const sentOf = (traits_: JsonObject) => {
    const requests = [post.json({ url: at, body: { all: traits.convert(isoDate, 'since', 'until') } })];
    return run({ requests }, { traits: traits_ });
  };

  it('are those that are named; empty text stays', () => {
    const traits_ = { since: '2019-03-04T05:06:07Z', until: '', other: '2019-03-04T05:06:07Z' };
    const all = { since: '2019-03-04', until: '', other: '2019-03-04T05:06:07Z' };
    expect(sentOf(traits_)).toMatchObject({ requests: [{ body: { json: { all } } }] });
  });

  it('are found in every spelling of a reserved trait', () => {
    const requests = [post.json({ url: at, body: { all: traits.convert(isoDate, 'createdAt') } })];
    const sent = { traits: { created: 1551675967, Plan: 1551675967 } };
    expect(run({ requests }, sent)).toMatchObject({
      requests: [{ body: { json: { all: { created: '2019-03-04', Plan: 1551675967 } } } }],
    });
  });

  it('are left out with a warning where they cannot be converted', () => {
    expect(sentOf({ since: 'soon', until: 1551675967 })).toMatchObject({
      requests: [{ body: { json: { all: { until: '2019-03-04' } } } }],
      warnings: [{ code: 'TRAIT_NOT_CONVERTED', path: 'traits.since' }],
    });
  });
});

describe('what describes a person', () => {
  const described = (literal: Mapped<unknown>, batch?: BatchRule) => {
    const bound = bindConfig(destination({ requests: [post.json({ url: at, body: literal, batch })] }), {});
    if ('outcome' in bound) throw new Error(bound.message);
    return lineageOf(bound)
      .filter(({ describesPerson }) => describesPerson === true)
      .map(({ to }) => to);
  };

  it('is told in lineage, at any depth', () => {
    const literal = {
      id: event.userId,
      a: aboutPerson(person.email),
      b: aboutPerson({ c: [person.trait('x')], d: 1 }),
    };
    expect(described(literal)).toEqual(['a', 'b.c[]', 'b.d'].map((field) => `requests[0].body.json.${field}`));
    expect(described({ id: event.userId, [rest]: aboutPerson(person.traits.omit('id')) })).toEqual([
      'requests[0].body.json.*',
    ]);
    expect(described({ a: omitEmpty({ b: aboutPerson(when(trait.plan, { c: 1 })), d: trait.plan }) })).toEqual([
      'requests[0].body.json.a.b.c',
      'requests[0].body.json.a.b',
    ]);
  });

  it('changes nothing else: what is sent, the way to a list that may grow, and what is empty', () => {
    const batch = { items: 10, bytes: 1000, at: 'body.json.list' };
    expect(described(aboutPerson<unknown>({ list: [aboutPerson({ id: event.userId })] }), batch)).toEqual([
      'requests[0].body.json.list[0].id',
    ]);
    const literal = { a: omitEmpty({ b: aboutPerson({ c: trait('nothing') }) }), d: aboutPerson({}) };
    expect(body(literal, {})).toEqual({ d: {} });
  });
});
