import _ from 'lodash';
import { z } from 'zod';

import type { Answer } from '../../src/contract/dialogue.ts';
import type { Request } from '../../src/contract/requests.ts';
import { isRejecting } from '../../src/core/definition.ts';
import { readEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { hiddenIn, type Schema } from '../../src/core/secrets.ts';
import { Transformer } from '../../src/core/transform.ts';
import { withPlaceholders, withSecretsSpelt } from '../../src/playground/config-schema.ts';
import { masked } from '../../src/playground/mask.ts';
import type { Exchange, Outcome } from '../../src/playground/service.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { handOver, toResults } from '../../src/wire/native/results.ts';
import { fixtures, registry, senders } from '../support/project.ts';

const transformer = new Transformer({
  registry,
  onMapperError: (error) => {
    throw error;
  },
});

type Case = Pick<Fixture, 'destination' | 'name' | 'event' | 'config' | 'delivery' | 'now' | 'answers'>;

/** What the page has after each turn of a dialogue, the vendor answering as the fixture says. */
function outcomesOf({ destination, event, config, delivery, now, answers: given }: Case): Outcome[] {
  const bound = transformer.bind({ id: destination, name: destination, config, delivery, enabled: true });
  const remaining = [...given];
  const answers: Record<string, Answer> = {};
  const outcomes: Outcome[] = [];
  for (let exchanges: Exchange[] = []; ;) {
    const mapping = bound.map(readEvent(event), { now, answers, explain: true });
    const results = toResults(
      [{ event: 0, destination: 0, destinationId: destination, now, mapping }],
      handOver('1.2.3'),
    );
    const [result] = JSON.parse(JSON.stringify(results)) as [Outcome['result']];
    outcomes.push({ result, event, exchanges });
    const asks = result.outcome === 'ask' ? result.asks : [];
    const added = asks.flatMap((ask): Exchange[] => {
      const answer = remaining.shift();
      return answer === undefined ? [] : [{ ask, answer }];
    });
    if (added.length === 0) return outcomes;
    for (const { ask, answer } of added) answers[ask.key] = answer;
    exchanges = [...exchanges, ...added];
  }
}

/** What an outcome would be with other secrets. */
function withSecrets<T>(value: T, secret: string): T {
  return _.cloneDeepWith(value, (text: unknown) =>
    typeof text === 'string' ? text.replaceAll(/secret-\w+/g, secret) : undefined,
  ) as T;
}

function requestsIn({ result, exchanges }: Outcome): Request[] {
  const asked = [...exchanges.map(({ ask }) => ask), ...(result.outcome === 'ask' ? result.asks : [])];
  return [...(result.outcome === 'send' ? result.requests : []), ...asked.map(({ request }) => request)];
}

/** What of an outcome is shown apart from its requests; the page shows no keys of asks. */
const restOf = ({ result, exchanges }: Outcome) => [
  _.omit(result, 'requests', 'asks'),
  exchanges.map(({ answer }) => answer),
];

/** The values of a request by their places. */
function leavesOf(value: unknown, place = ''): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return { [place]: value };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]) => leavesOf(inner, `${place}/${key}`)),
  ) as Record<string, unknown>;
}

/** `secret-` as it is, in a URL, and in Base64 after any number of bytes. */
const needles = ['secret-', 'secret%2D', 'c2VjcmV0', 'lY3Jld', 'ZWNyZXQt'];

const examples = senders.flatMap(({ id, name: destination, config, delivery }): Case[] => {
  const full = fixtures.find((fixture) => fixture.destination === destination && fixture.name === 'full');
  const given = { name: `example ${id}`, config: config as JsonObject, delivery: delivery as JsonObject | undefined };
  return full === undefined ? [] : [{ ...full, ...given }];
});

describe.each(Object.entries(_.groupBy([...fixtures, ...examples], 'destination')))(
  'what is shown of %s',
  (_name, own) => {
    it.each(own.map((one) => [one.name, one] as const))(
      'has no secret, and nothing else is hidden: %s',
      (_case, given) => {
        const short = outcomesOf({
          ...given,
          config: withSecrets(given.config, 'k'),
          delivery: withSecrets(given.delivery, 'k'),
        });
        const long = outcomesOf(given);
        expect(short).toHaveLength(long.length);
        long.forEach((outcome, turn) => {
          const other = short[turn] as Outcome;
          const [shown, otherShown] = [masked(outcome), masked(other)];
          const text = JSON.stringify([restOf(shown), requestsIn(shown)]);
          expect(needles.filter((needle) => text.includes(needle))).toEqual([]);
          // What is shown depends on no secret, in whatever form.
          expect(requestsIn(otherShown)).toEqual(requestsIn(shown));
          expect(restOf(otherShown)).toEqual(restOf(shown));
          requestsIn(other).forEach((request, index) => {
            const [before, after] = [request, requestsIn(otherShown)[index]].map((one) => leavesOf(one)) as [
              object,
              object,
            ];
            const others = leavesOf(requestsIn(outcome)[index]);
            // What is the same with any secret isn't secret.
            const plain = _.pickBy(before, (value, place) => _.isEqual(value, others[place]));
            expect(_.pick(after, Object.keys(plain))).toEqual(plain);
            expect(Object.keys(after)).toEqual(Object.keys(before));
          });
        });
      },
    );
  },
);

const webhook = (headers: Record<string, string>, event: JsonObject = {}): Case => ({
  destination: 'webhook',
  name: 'headers',
  event: { type: 'group', groupId: 'g', ...event },
  config: {
    webhookUrl: 'https://hooks.example/in',
    headers: Object.entries(headers).map(([from, to]) => ({ from, to })),
  },
  delivery: undefined,
  now: new Date(0),
  answers: [],
});

it('hides each header of a config, and none of an event', () => {
  const headers = { 'X-Key': 'k', 'X.Dotted': 'k', 'X-Other': 'k' };
  const [outcome] = outcomesOf(webhook(headers, { header: { 'X-Other': 'of the event', 'X-More': 'of the event' } }));
  expect(requestsIn(masked(outcome as Outcome))).toMatchObject([
    {
      url: 'https://hooks.example/***',
      headers: {
        'content-type': 'application/json',
        'x-key': '***',
        'x.dotted': '***',
        'x-other': '***',
        'X-More': 'of the event',
      },
    },
  ]);
});

const secretAt = (to: string, out?: unknown) => ({
  to,
  request: 0,
  from: [],
  via: [],
  in: {},
  isSecret: true,
  status: 'sent',
  out,
});

const request: Request = {
  method: 'POST',
  url: 'https://a.example/k?k=k',
  headers: { 'X-Key': 'k' },
  query: { 'user[key]': 'k', k: 'k' },
  body: { json: { k: [{ k: 'k', l: 'k' }, { k: 'k' }], open: { a: 'k', b: 'x' }, text: '{"k":"k"}' } },
};

/** The visible form of a request with secrets in some places; undefined if nothing is known about it. */
const shownOf = (fields?: object[]) =>
  requestsIn(
    masked({
      event: null,
      exchanges: [],
      result: {
        event: 0,
        destination: 0,
        destinationId: 'd',
        outcome: 'send',
        requests: [request],
        ...(fields && { explain: { fields, unused: [] } }),
      } as unknown as Outcome['result'],
    }),
  )[0];

it.each<[string, object[], object]>([
  ['a header', [secretAt('requests[0].headers.X-Key', 'Key ***')], { headers: { 'X-Key': 'Key ***' } }],
  ['a URL', [secretAt('requests[0].url', 'https://a.example/***')], { url: 'https://a.example/***' }],
  ['a key with brackets', [secretAt('requests[0].query.user[key]', '***')], { query: { 'user[key]': '***', k: 'k' } }],
  [
    'the elements of a list',
    [secretAt('requests[0].body.json.k[].k', 'one of them')],
    { body: { json: { k: [{ k: '***', l: 'k' }, { k: '***' }] } } },
  ],
  [
    'an element of a list',
    [secretAt('requests[0].body.json.k[1].k', '***')],
    { body: { json: { k: [{ k: 'k', l: 'k' }, { k: '***' }] } } },
  ],
  [
    'open keys',
    [secretAt('requests[0].body.json.open.*', { a: '***' })],
    { body: { json: { open: { a: '***', b: 'x' } } } },
  ],
  ['a text', [secretAt('requests[0].body.json.text', '{"k":"***"}')], { body: { json: { text: '{"k":"***"}' } } }],
  [
    'what is told in two ways',
    [secretAt('requests[0].headers.X-Key', 'a'), secretAt('requests[0].headers.X-Key', 'b')],
    { headers: { 'X-Key': '***' } },
  ],
])('hides %s', (_what, fields, expected) => {
  expect(shownOf(fields)).toEqual(_.merge(_.cloneDeep(request), expected));
});

it.each([
  ['nothing is explained', undefined],
  ['all of it depends on a secret', [secretAt('requests[0]')]],
])('shows the host only where %s', (_what, fields) => {
  expect(shownOf(fields)).toEqual({
    method: 'POST',
    url: 'https://a.example/***',
    headers: {},
    query: {},
    body: { json: '***' },
  });
});

it('hides what every ask with a secret URL may have', () => {
  const ask = (key: string, url: string) => ({ key, request: { ...request, url } });
  const asks = [ask('a', 'https://a.example/k'), ask('b', 'https://b.example/')];
  const fields = [secretAt('requests[0].url', 'https://a.example/***'), secretAt('requests[0].headers.X-Key', '***')];
  const explain = { fields: fields.map((field) => _.omit(field, 'request')), unused: [] };
  const outcome = { event: null, exchanges: [], result: { outcome: 'ask', asks, explain } } as unknown as Outcome;
  expect(requestsIn(masked(outcome)).map(({ headers }) => headers)).toEqual([{ 'X-Key': '***' }, { 'X-Key': '***' }]);
});

describe.each(examples.map((one) => [one.name, one] as const))(
  'of the config of %s',
  (_name, { destination, config }) => {
    const definition = registry.get(destination);
    if (definition === undefined || isRejecting(definition)) throw new Error(`${destination} does not send`);
    const schema = z.toJSONSchema(definition.config, { io: 'input' }) as Schema;
    const short = { ...withSecrets(config, 'k'), apikye: 'k' };
    const secrets = hiddenIn(schema, config);

    const namesIn = (replaced: JsonObject) => hiddenIn(schema, replaced).map(({ value }) => String(value));

    it('a link has placeholders for secrets, and nothing unknown', () => {
      const shared = withPlaceholders(destination, schema, short);
      expect(namesIn(shared)).toEqual(
        secrets.map(() => expect.stringMatching(/\$[A-Z][A-Z\d]*(_[A-Z\d]+)+$/) as string),
      );
      expect(Object.keys(shared)).toEqual(Object.keys(config));
    });

    it('secrets are spelled in a fixture, and nothing unknown is in it', () => {
      const spelled = withSecretsSpelt(schema, short);
      expect(namesIn(spelled)).toEqual(
        secrets.map(({ path }) => expect.stringContaining(`secret-${String(path[0])}`) as string),
      );
      expect(Object.keys(spelled)).toEqual(Object.keys(config));
    });
  },
);
