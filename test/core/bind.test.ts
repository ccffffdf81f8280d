import _ from 'lodash';

import { bindConfig, Binder } from '../../src/core/bind.ts';
import type { SendingDestination } from '../../src/core/definition.ts';
import { readEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { cacheLimits } from '../../src/core/limits.ts';
import { Registry } from '../../src/core/registry.ts';
import { type Target, Transformer } from '../../src/core/transform.ts';
import {
  basic,
  defineDestination,
  type Expr,
  given,
  is,
  post,
  type Secret,
  secret,
  template,
  text,
  trait,
  url,
  z,
} from '../../src/kit/index.ts';
import { collectGarbage } from '../support/garbage.ts';
import { registry } from '../support/project.ts';
import { transform } from '../support/transform.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');

interface Config {
  apiKey: Secret;
  region: string;
}

const schema = z.object({ apiKey: secret('Key', 'eu_'), region: z.string().default('eu') });

/** A destination that counts how often it is compiled, tracing left out. */
function counting({
  config = schema,
  headers = ({ apiKey }: Config): Record<string, Expr<string | undefined>> => ({
    Authorization: template`Bearer ${apiKey}`,
  }),
} = {}) {
  const definition = defineDestination({
    name: 'acme',
    title: 'Acme',
    docs: 'https://acme.example/docs',
    config,
    examples: { default: { apiKey: 'secret-apiKey' } },
    hosts: ['acme.example', '*.acme.example'],
    requests: (parsed) => {
      const given_ = parsed;
      const host = given_.apiKey.prefix === 'eu_' ? 'eu.acme.example' : 'acme.example';
      return [
        post.json({
          url: url`https://${host}/${given_.apiKey}`,
          headers: headers(given_),
          body: { name: trait.name.as(text), region: given_.region, key: given_.apiKey },
        }),
      ];
    },
  });
  const compiled: unknown[] = [];
  const compile: SendingDestination['compile'] = (parsed, delivery, options) => {
    if (!options.isTraced) compiled.push(parsed);
    return definition.compile(parsed, delivery, options);
  };
  return { destination: { ...definition, compile }, compiled };
}

/** The results of one event for a destination with each of some configs. */
function resultsOf(destination: SendingDestination, configs: readonly JsonObject[], explain = false) {
  const transformer = new Transformer({
    registry: new Registry([{ file: 'acme', definition: destination }]),
    onMapperError: (error) => {
      throw error;
    },
  });
  const targets = configs.map((config, index): Target => ({ id: String(index), name: 'acme', config, enabled: true }));
  const payload = { type: 'group', groupId: 'g', traits: { name: 'Acme' } };
  return transform(transformer, [{ payload }], targets, NOW, explain);
}

const sentFor = (apiKey: string, { region = 'eu', host = 'acme.example' } = {}) => ({
  outcome: 'send',
  requests: [
    {
      url: `https://${host}/${apiKey}`,
      headers: { Authorization: `Bearer ${apiKey}` },
      body: { json: { name: 'Acme', region, key: apiKey } },
    },
  ],
});

describe('configs that differ in their secrets only', () => {
  it('are compiled once, and each sends its own secret', () => {
    const { destination, compiled } = counting();
    const results = resultsOf(destination, [{ apiKey: 'one' }, { apiKey: 'two' }, { apiKey: 'one' }]);
    expect(results).toMatchObject([sentFor('one'), sentFor('two'), sentFor('one')]);
    expect(compiled).toHaveLength(1);
  });

  it('have accounts of their own', () => {
    const { destination } = counting();
    const binder = new Binder();
    const accounts = ['one', 'two', 'one'].map((apiKey) => {
      const { bound } = binder.bind(destination, { config: { apiKey }, isForPipeline: false });
      return 'account' in bound ? bound.account : undefined;
    });
    expect(accounts[0]).not.toBe(accounts[1]);
    expect(accounts[0]).toBe(accounts[2]);
  });

  it.each(['a\u{1F600}', 'ключ'])('fail one by one if a header cannot carry the secret, such as %j', (apiKey) => {
    const { destination } = counting();
    const results = resultsOf(destination, [{ apiKey: 'one' }, { apiKey }, { apiKey: 'two' }]);
    expect(results).toMatchObject([
      sentFor('one'),
      { outcome: 'fail', code: 'CONFIG_INVALID', path: expect.stringMatching(/^config/) as string },
      sentFor('two'),
    ]);
    expect(JSON.stringify(results[1])).not.toContain(apiKey);
    // The others don't share the failure either when it comes first.
    expect(resultsOf(destination, [{ apiKey }, { apiKey: 'one' }])).toMatchObject([
      { code: 'CONFIG_INVALID' },
      sentFor('one'),
    ]);
  });
});

describe('configs that differ in anything else', () => {
  it('never share what is compiled', () => {
    const { destination, compiled } = counting();
    const results = resultsOf(destination, [
      { apiKey: 'one', region: 'us' },
      { apiKey: 'one' },
      { apiKey: 'two', region: 'us' },
    ]);
    expect(results).toMatchObject([sentFor('one', { region: 'us' }), sentFor('one'), sentFor('two', { region: 'us' })]);
    expect(compiled).toHaveLength(2);
  });

  it.each<[string, z.ZodType, [JsonObject, JsonObject]]>([
    ['text and number', z.union([z.string(), z.number()]), [{ field: '1' }, { field: 1 }]],
    ['null and absence', z.string().nullish(), [{ field: null }, {}]],
    ['true and its text', z.union([z.boolean(), z.string()]), [{ field: true }, { field: 'true' }]],
    [
      'a list and an object',
      z.union([z.array(z.string()), z.record(z.string(), z.string())]),
      [{ field: ['a'] }, { field: { 0: 'a' } }],
    ],
    [
      'the place of a secret',
      z.object({ a: z.union([z.literal('public'), secret('A')]), b: z.union([z.literal('public'), secret('B')]) }),
      [{ field: { a: 'public', b: 's' } }, { field: { a: 's', b: 'public' } }],
    ],
    [
      'a secret and what looks like one',
      z.union([z.object({ secret: z.string().max(0).default('') }), secret('Key')]),
      [{ field: {} }, { field: 's' }],
    ],
  ])('are distinguished by %s', (_what, field, configs) => {
    const { destination, compiled } = counting({ config: schema.extend({ field }) });
    resultsOf(
      destination,
      configs.map((config) => ({ apiKey: 'one', ...config })),
    );
    expect(compiled).toHaveLength(2);
  });
});

describe('a schema', () => {
  it.each<[string, () => unknown]>([
    ['a map', () => new Map([['a', 1]])],
    ['a set', () => new Set(['a'])],
    ['a time', () => new Date(0)],
    ['a function', () => () => 1],
    ['NaN', () => NaN],
    ['an infinite number', () => Infinity],
    ['a pattern', () => /a/],
    ['a symbol', () => Symbol('a')],
    ['an instance of a class', () => new URL('https://acme.example')],
    ['an expression', () => template`a`],
  ])('may not yield %s, wherever it stands', (_what, make) => {
    for (const field of [z.string().transform(make), z.string().transform(() => [{ deep: make() }])]) {
      const { destination } = counting({ config: schema.extend({ field }) });
      const bind = () => bindConfig(destination, { apiKey: 'one', field: 'x' });
      expect(bind).toThrow('a config schema produces something that is not JSON');
    }
  });
});

describe('a secret with a prefix', () => {
  it('is compiled by how it begins, in any case', () => {
    const { destination, compiled } = counting();
    const eu = { host: 'eu.acme.example' };
    expect(
      resultsOf(destination, [{ apiKey: 'eu_one' }, { apiKey: 'EU_two' }, { apiKey: 'three' }, { apiKey: 'my_eu_' }]),
    ).toMatchObject([sentFor('eu_one', eu), sentFor('EU_two', eu), sentFor('three'), sentFor('my_eu_')]);
    expect(compiled).toHaveLength(2);
  });
});

describe('an explanation', () => {
  const key = 'secret-key/+ä';
  const needles = ['secret-', 'secret%2D', 'c2VjcmV0', 'lY3Jld', 'ZWNyZXQt', encodeURIComponent(key)];

  it.each<[string, (config: Config) => Record<string, Expr<string | undefined>>]>([
    ['as it is', ({ apiKey }) => ({ Authorization: apiKey })],
    ['within text', ({ apiKey }) => ({ Authorization: template`Bearer ${apiKey}` })],
    ['in Base64, as a user', ({ apiKey }) => ({ Authorization: basic(apiKey) })],
    ['in Base64, after one character', ({ apiKey }) => ({ Authorization: basic('', apiKey) })],
    ['in Base64, after two characters', ({ apiKey }) => ({ Authorization: basic('u', apiKey) })],
  ])('has no secret that is sent in a URL, a body, and a header %s', (_how, headers) => {
    for (const start of ['', 'eu_']) {
      const { destination } = counting({ headers });
      const results = resultsOf(destination, [{ apiKey: start + key }, { apiKey: 'secret-other' }], true);
      for (const [index, { explain, ...result }] of results.entries()) {
        expect(JSON.stringify(result)).toContain('secret-');
        const told = JSON.stringify(explain);
        expect(needles.filter((needle) => told.includes(needle))).toEqual([]);
        const ofKey = explain?.fields.find(({ to }) => to === 'requests[0].body.json.key');
        expect(ofKey).toMatchObject({ out: index === 0 ? `${start}***` : '***', isSecret: true });
      }
    }
  });

  it('has none where the event decides whether the secret is sent, nor where it is sent with what the event has', () => {
    const definition = defineDestination({
      name: 'acme',
      title: 'Acme',
      docs: 'https://acme.example/docs',
      config: z.object({ apiKey: secret('Key') }),
      examples: { default: { apiKey: 'secret-apiKey' } },
      hosts: ['acme.example'],
      requests: ({ apiKey }) => [
        given(is(trait.name, 'Acme'), () => [
          post.json({
            url: url`https://acme.example/${trait.name.as(text)}`,
            query: { key: apiKey },
            body: {
              both: template`${trait.name.as(text)} ${apiKey}`,
              login: basic(trait.name.as(text).default(''), apiKey),
            },
          }),
        ]),
      ],
    });
    const [result] = resultsOf(definition, [{ apiKey: key }], true);
    expect(JSON.stringify(result)).toContain(`"both":"Acme ${key}"`);
    const told = JSON.stringify(result?.explain);
    expect(told).toContain('Acme ***');
    expect(needles.filter((needle) => told.includes(needle))).toEqual([]);
  });
});

describe('a destination that pipelines and native callers configure differently', () => {
  const definition = defineDestination({
    name: 'acme',
    title: 'Acme',
    docs: 'https://acme.example/docs',
    config: z.object({ apiKey: secret('Key'), region: z.enum(['us', 'eu']).default('us') }),
    examples: { default: { apiKey: 'secret-apiKey' } },
    nativeDefaults: { region: 'eu' },
    hosts: ['acme.example'],
    requests: ({ region }) => post.json({ url: url`https://acme.example/${region}`, body: {} }),
  });
  const urlOf = (destination: SendingDestination, config: JsonObject, pipeline: Pick<Target, 'isForPipeline'>) => {
    const transformer = new Transformer({ registry: new Registry([{ file: 'acme', definition: destination }]) });
    const target = { id: 'acme', name: 'acme', config, enabled: true, ...pipeline };
    const { outcome } = transformer.bind(target).map(readEvent({ type: 'group', groupId: 'g' }), { now: NOW });
    return outcome.outcome === 'send' ? _.map(outcome.requests, 'request.url') : outcome;
  };

  it.each([
    ['native callers have its defaults', {}, {}, 'eu'],
    ['native callers have them where a field is empty', { region: '' }, {}, 'eu'],
    ['native callers may choose otherwise', { region: 'us' }, {}, 'us'],
    ['pipelines never have them', {}, { isForPipeline: true as const }, 'us'],
  ])('%s', (_name, config, pipeline, region) => {
    const url = `https://acme.example/${region}`;
    expect(urlOf(definition, { apiKey: 'k', ...config }, pipeline)).toEqual([url]);
  });

  it('may send what native callers ask for, and drop the events of pipelines with its reason', () => {
    const rejecting = { ...definition, rejectsPipelines: 'Acme takes no groups there' };
    expect(urlOf(rejecting, { apiKey: 'k' }, {})).toHaveLength(1);
    expect(urlOf(rejecting, { apiKey: 'k' }, { isForPipeline: true })).toEqual({
      outcome: 'drop',
      code: 'GROUP_NOT_SUPPORTED',
      message: 'Acme takes no groups there',
    });
  });
});

describe('what is kept bound', () => {
  const mixpanel = (groups: number, name = 'key') => ({
    token: 'secret-token',
    groupKeySettings: Array.from({ length: groups }, (_unused, index) => ({ groupKey: `${name}${String(index)}` })),
  });
  const bind = (binder: Binder, config: JsonObject, isPassing = false) =>
    binder.bind(registry.get('mixpanel') as SendingDestination, { config, isForPipeline: false, isPassing });

  it('weighs what was compiled, not the text of the config', () => {
    const [one, hundred] = [1, 100].map((groups) => {
      const binder = new Binder();
      bind(binder, mixpanel(groups));
      return binder.bytes;
    });
    expect(hundred).toBeGreaterThan(2_800_000);
    expect(one).toBeLessThan(100_000);
  });

  it('is bounded', () => {
    const binder = new Binder();
    for (let index = 0; index < 40; index++) bind(binder, mixpanel(100, `key${String(index)}-`));
    expect(binder.bytes).toBeLessThanOrEqual(cacheLimits.compiledBytes + cacheLimits.boundBytes);
    expect(binder.bytes).toBeGreaterThan(cacheLimits.compiledBytes / 2);
  });

  it('is released on demand, and recreated', () => {
    const { destination, compiled } = counting();
    const binder = new Binder();
    const bindAgain = () => binder.bind(destination, { config: { apiKey: 'one' }, isForPipeline: false });
    expect(bindAgain()).toBe(bindAgain());
    binder.release();
    expect(binder.bytes).toBe(0);
    bindAgain();
    expect(compiled).toHaveLength(2);
  });

  it('has no configs that were made for one event, unless they come again', () => {
    const binder = new Binder();
    for (let index = 0; index < 50; index++) bind(binder, mixpanel(1, `key${String(index)}-`), true);
    expect(binder.bytes).toBe(0);
    const second = bind(binder, mixpanel(1, 'key7-'), true);
    expect(bind(binder, mixpanel(1, 'key7-'), true)).toBe(second);
  });

  it('is not held by targets that have been mapped', async () => {
    const { destination, compiled } = counting();
    const transformer = new Transformer({ registry: new Registry([{ file: 'acme', definition: destination }]) });
    const target = transformer.bind({ id: 'a', name: 'acme', config: { apiKey: 'one' }, enabled: true });
    const map = () => target.map(readEvent({ type: 'group', groupId: 'g' }), { now: NOW }).outcome;
    expect(map()).toEqual(map());
    expect(compiled).toHaveLength(1);
    transformer.release();
    await collectGarbage();
    expect(map()).toMatchObject({ outcome: 'send' });
    expect(compiled).toHaveLength(2);
  });
});
