import type { JsonObject } from '../../src/core/json.ts';
import { Registry } from '../../src/core/registry.ts';
import { type Target, Transformer } from '../../src/core/transform.ts';
import {
  baseUrl,
  defineDestination,
  event,
  hostLabel,
  pairs,
  post,
  regions,
  rows,
  secret,
  url,
  z,
} from '../../src/kit/index.ts';
import { transform } from '../support/transform.ts';

const definition = defineDestination({
  name: 'acme',
  title: 'Acme',
  docs: 'https://acme.example/docs',
  config: z.object({
    apiKey: secret('Key'),
    region: regions({ us: 'acme.example', eu: 'eu.acme.example' }, 'Region', 'us'),
    account: hostLabel('Account').optional(),
    apiEndpoint: baseUrl().default('https://acme.example'),
    size: z.union([z.number(), z.string()]).optional(),
    name: z.string().min(3).max(5).optional(),
    list: rows('key', 'Keys').prefault([]),
    names: pairs('from', 'to', 'Names'),
    open: z.record(z.string(), z.unknown()).optional(),
  }),
  examples: { default: { apiKey: 'secret-apiKey' } },
  delivery: z.object({ token: secret('Token') }),
  hosts: ['acme.example', 'eu.acme.example'],
  requests: ({ region }) => post.json({ url: url`https://${region}/`, body: { id: event.groupId } }),
});

function resultOf(config: JsonObject, { delivery = { token: 't' }, ...about }: Partial<Target> = {}) {
  const transformer = new Transformer({ registry: new Registry([{ file: 'acme', definition }]) });
  const target = { id: 'acme', name: 'acme', config, delivery, enabled: true, ...about };
  const [result] = transform(transformer, [{ payload: { type: 'group', groupId: 'g' } }], [target], new Date(0));
  return result;
}

describe('a config that is not valid', () => {
  it.each<[JsonObject, string]>([
    [{}, 'config.apiKey is required'],
    [{ apiKey: '' }, 'config.apiKey is required'],
    [{ apiKey: 1 }, 'config.apiKey must be text, not a number'],
    [{ apiKey: null }, 'config.apiKey must be text, not null'],
    [{ apiKey: 'a\n' }, 'config.apiKey must not contain control characters'],
    [{ apiKey: 'k', region: 'mars' }, 'config.region must be one of "us", "eu"'],
    [{ apiKey: 'k', account: 'a.b' }, 'config.account must be one label of a hostname'],
    [{ apiKey: 'k', name: 'a' }, 'config.name must have at least 3 characters'],
    [{ apiKey: 'k', name: 'abcdef' }, 'config.name must have at most 5 characters'],
    [{ apiKey: 'k', size: [] }, 'config.size must be a number or text'],
    [{ apiKey: 'k', list: {} }, 'config.list must be a list, not an object'],
    [{ apiKey: 'k', list: [{ key: true }] }, 'config.list.0.key must be text, not true'],
  ])('%j is told in our words', (config, message) => {
    expect(resultOf(config)).toMatchObject({ code: 'CONFIG_INVALID', message, path: message.split(' ')[0] });
  });

  it('has a token that is told in the same words', () => {
    const result = resultOf({ apiKey: 'k' }, { delivery: {} });
    expect(result).toMatchObject({ code: 'DELIVERY_INVALID', message: 'delivery.token is required' });
  });
});

describe('a field that the config does not have', () => {
  const warnings = (config: JsonObject, about: Partial<Target> = {}) =>
    (resultOf(config, about)?.warnings ?? []).map(({ code, message }) => `${code} ${message}`);

  it.each<[JsonObject, string]>([
    [
      { apiEndpont: 'https://eu.acme.example' },
      'config.apiEndpont is unknown and is ignored; did you mean apiEndpoint?',
    ],
    [{ REGION: 'eu' }, 'config.REGION is unknown and is ignored; did you mean region?'],
    [{ list: [{ key: 'a' }, { kee: 'a' }] }, 'config.list.1.kee is unknown and is ignored; did you mean key?'],
    [{ names: [{ form: 'a', to: 'b' }] }, 'config.names.0.form is unknown and is ignored; did you mean from?'],
    [{ xyzzyxyzzy: 1 }, 'config.xyzzyxyzzy is unknown and is ignored'],
  ])('is warned of with the nearest name: %j', (unknown, message) => {
    expect(warnings({ apiKey: 'k', ...unknown })).toEqual([`CONFIG_FIELD_UNKNOWN ${message}`]);
  });

  it('is warned of beside a failure that it may explain', () => {
    expect(resultOf({ apikey: 'k' })).toMatchObject({
      message: 'config.apiKey is required',
      warnings: [{ code: 'CONFIG_FIELD_UNKNOWN', path: 'config.apikey' }],
    });
  });

  it('is what a pipeline stores, and what an open object is for', () => {
    expect(warnings({ apiKey: 'k', apiEndpont: 'x' }, { isForPipeline: true })).toEqual([]);
    expect(warnings({ apiKey: 'k', open: { any: { thing: 1 } } })).toEqual([]);
  });

  it('is told of ten times at most', () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`field${String(index)}`, 1]));
    const told = warnings({ apiKey: 'k', ...many });
    expect(told).toHaveLength(11);
    expect(told[10]).toMatch(/^WARNINGS_CUT config has more than 10 unknown fields/);
  });
});
