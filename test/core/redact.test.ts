import { z } from 'zod';

import { conceal, redact, secretsIn } from '../../src/core/redact.ts';
import { secret } from '../../src/kit/index.ts';

const schema = z.object({
  apiKey: secret('Key'),
  old: secret('Old key').optional(),
  region: z.enum(['eu', 'us']).default('eu'),
  rows: z.array(z.object({ from: z.string(), to: secret('Token') })).default([]),
  login: z.union([z.object({ key: secret('Key') }), z.object({ user: z.string(), password: secret('Password') })]),
  headers: z.record(z.string(), secret('Value')).optional(),
});
const config = {
  apiKey: 'a-1',
  region: 'eu',
  rows: [{ from: 'x', to: 'a-2' }],
  login: { user: 'u', password: 'a-3' },
  headers: { 'X-Key': 'a-4' },
};

it('shows what is known to be no secret', () => {
  expect(redact(schema, config)).toEqual({
    apiKey: '***',
    region: 'eu',
    rows: [{ from: 'x', to: '***' }],
    login: { user: 'u', password: '***' },
    headers: { 'X-Key': '***' },
  });
});

it.each<[string, unknown, unknown]>([
  ['a field that is not known', { apikey: 'a' }, { apikey: '***' }],
  ['text instead of an object', 'a', '***'],
  ['a list instead of text', { region: ['a'] }, { region: '***' }],
  ['an object instead of text', { region: { a: 'a' } }, { region: '***' }],
  ['text instead of a list', { rows: 'a' }, { rows: '***' }],
  ['nothing', undefined, '***'],
])('hides %s', (_what, given, shown) => {
  expect(redact(schema, given)).toEqual(shown);
});

it('finds all that it hides, and takes it out of an error', () => {
  expect(secretsIn(schema, { ...config, unknown: { deep: ['a-5', 7, ''] } })).toEqual([
    'a-1',
    'a-2',
    'a-3',
    'a-4',
    'a-5',
  ]);
  const error = Object.assign(new TypeError('no URL: https://a-1.example'), { input: 'a-1' });
  const told = conceal(error, ['a-1']);
  expect([told.name, told.message, Object.keys(told)]).toEqual(['TypeError', 'no URL: https://***.example', ['name']]);
  expect(told.stack).toContain('redact.test');
  expect(told.stack).not.toContain('a-1');
});
