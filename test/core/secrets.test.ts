import { hiddenIn, isSecret, replaceHidden, type Schema, standIn } from '../../src/core/secrets.ts';

const text: Schema = { type: 'string' };
const secret: Schema = { type: 'string', secret: true };
const pin: Schema = { type: 'number', secret: true };
const account: Schema = { type: 'object', secret: true, properties: { user: text } };

const objectOf = (properties: Record<string, Schema>): Schema => ({ type: 'object', properties });

/** A value with what is marked as `M` and what is not known as `U`. */
const told = (schema: Schema, value: unknown) => replaceHidden(schema, value, ({ isMarked }) => (isMarked ? 'M' : 'U'));

it.each<[string, Schema, unknown, unknown]>([
  ['fields', objectOf({ key: secret, region: text }), { key: 'k', region: 'eu' }, { key: 'M', region: 'eu' }],
  ['an unknown field', objectOf({ key: secret }), { kye: 'k', __proto__: null }, { kye: 'U' }],
  ['an unknown object', objectOf({ key: secret }), { more: { key: 'k', of: [1] } }, { more: 'U' }],
  ['numbers', objectOf({ pin, size: { type: 'integer' } }), { pin: 7, size: 8 }, { pin: 'M', size: 8 }],
  [
    'absent values',
    objectOf({ key: secret, a: text }),
    { key: null, a: '', more: null },
    { key: null, a: '', more: null },
  ],
  [
    'lists',
    { type: 'array', items: objectOf({ to: secret, from: text }) },
    [{ from: 'x', to: 'k' }],
    [{ from: 'x', to: 'M' }],
  ],
  ['lists of secrets', { type: 'array', items: secret }, ['k', 7], ['M', 'M']],
  ['lists of which nothing is known', { type: 'array' }, ['k'], ['U']],
  ['open keys', { type: 'object', additionalProperties: secret }, { a: 'k', b: 7 }, { a: 'M', b: 'M' }],
  [
    'open keys beside others',
    { ...objectOf({ a: text }), additionalProperties: secret },
    { a: 'x', b: 'k' },
    { a: 'x', b: 'M' },
  ],
  ['open keys of any kind', { type: 'object', additionalProperties: true }, { a: 'k' }, { a: 'U' }],
  ['objects that are secret', objectOf({ account }), { account: { user: 'u' } }, { account: 'M' }],
  ['one of several', { anyOf: [secret, { type: 'null' }] }, 'k', 'M'],
  [
    'fields of one of several',
    { oneOf: [objectOf({ key: secret }), objectOf({ key: text, user: text })] },
    { key: 'k', user: 'u' },
    { key: 'M', user: 'u' },
  ],
  [
    'all of several',
    { allOf: [objectOf({ a: text }), objectOf({ b: secret })] },
    { a: 'x', b: 'k' },
    { a: 'x', b: 'M' },
  ],
  ['text for a list', objectOf({ rows: { type: 'array', items: text } }), { rows: 'k' }, { rows: 'U' }],
  ['a list for text', objectOf({ region: text }), { region: ['k'] }, { region: 'U' }],
  ['an object for text', objectOf({ region: text }), { region: { key: 'k' } }, { region: 'U' }],
  ['text for the whole', objectOf({ region: text }), 'k', 'U'],
  ['anything', {}, { a: 'x' }, 'U'],
])('tells what must not be shown: %s', (_what, schema, value, shown) => {
  expect(told(schema, value)).toEqual(shown);
});

it('leaves out what nothing replaces, and keeps odd keys', () => {
  const schema: Schema = {
    type: 'object',
    properties: { list: { type: 'array', items: secret } },
    additionalProperties: text,
  };
  const value: unknown = JSON.parse('{ "list": ["k"], "__proto__": "x", "a": ["k"] }');
  expect(JSON.stringify(replaceHidden(schema, value, () => undefined))).toBe('{"list":[],"__proto__":"x"}');
});

it('tells where it is, and how it may begin', () => {
  const key: Schema = { ...secret, prefix: 'SG_' };
  const schema = objectOf({ rows: { type: 'array', items: objectOf({ key }) } });
  expect(hiddenIn(schema, { rows: [{ key: 'SG_k' }], more: 1 })).toEqual([
    { value: 'SG_k', path: ['rows', '0', 'key'], isMarked: true, prefix: 'SG_' },
    { value: 1, path: ['more'], isMarked: false, prefix: undefined },
  ]);
});

it('knows a field that is a secret in one form only', () => {
  expect([secret, { anyOf: [{ type: 'null' }, secret] }, text, objectOf({ secret })].map(isSecret)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it.each([
  [['key-1'], '***'],
  [['sg_1', 'SG_'], 'sg_***'],
  [['key-1', 'SG_'], '***'],
  [['sg_1', 'SG_', 'secret-key'], 'sg_secret-key'],
  [['https://a.example/b/c?d=e'], 'https://a.example/***'],
  [['https://'], '***'],
] as [Parameters<typeof standIn>, string][])('stands in for %j', (given, shown) => {
  expect(standIn(...given)).toBe(shown);
});
