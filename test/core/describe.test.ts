import type { Description } from '../../src/contract/descriptions.ts';
import { describe as describeDestination } from '../../src/core/describe.ts';
import { Registry } from '../../src/core/registry.ts';
import {
  ask,
  defineDestination,
  dialogue,
  each,
  event,
  type Expr,
  get,
  given,
  integer,
  type Json,
  need,
  only,
  person,
  post,
  put,
  read,
  refuse,
  secret,
  text,
  trait,
  traits,
  url,
  when,
  z,
} from '../../src/kit/index.ts';

/* What is told of a definition without an event. */

const isList = (value: unknown): value is Json[] => Array.isArray(value);
const host = 'https://api.acme.example';

const acme = defineDestination({
  name: 'acme',
  title: 'Acme',
  docs: 'https://acme.example/docs',
  config: z.object({ apiKey: secret('Key'), isSlow: z.boolean().default(false) }),
  examples: { quick: { apiKey: 'secret-apiKey' }, slow: { apiKey: 'secret-apiKey', isSlow: true } },
  hosts: ['api.acme.example'],
  rules: ({ isSlow }) => (isSlow ? [refuse(trait('closed'), 'Acme takes no closed groups'), need(trait.name)] : []),
  requests: ({ apiKey, isSlow }) =>
    isSlow
      ? [
          dialogue({
            facts: { seats: trait('seats').as(integer) },
            steps: {
              find: read(get.empty({ url: url`${host}/companies/${event.groupId}` }), z.object({ id: z.string() })),
              link: ({ id }: { id: Expr<string> }) =>
                put.json<{ company: string }>({ url: url`${host}/people/${id}`, body: { company: id } }),
            },
            *choose({ find, link }) {
              const found = yield* ask(find);
              return found.ok ? [link(found.json)] : [];
            },
          }),
        ]
      : [
          post.json({
            url: url`${host}/companies`,
            headers: { 'X-Key': apiKey },
            body: {
              list: [
                {
                  kind: 'company',
                  id: event.groupId.required(),
                  size: trait.employees.as(integer),
                  vip: when<string>(trait('vip'), 'yes'),
                  all: traits.omit('name', 'plan').filter(Boolean),
                  some: traits.omit('plan').pick('plan', 'seats').default({}),
                },
              ],
            },
            batch: { items: 10, bytes: 1000, at: 'body.json.list' },
          }),
          given(person.id, () => [
            each(trait('tags').as(only('a list', isList)).listOf(text), (name) => [
              post.empty({ url: url`${host}/tags/${name}`, auth: { type: 'wsse', user: 'u', secret: 's' } }),
            ]),
          ]),
        ],
});

const destination = new Registry([{ file: 'acme', definition: acme }]).get('acme');
const {
  requests,
  rules,
  lineage,
  traits: reached,
} = describeDestination(destination as typeof acme) as Required<Description>;

it('its requests are outlined for each mode, with what comes from the event in braces', () => {
  expect(requests).toEqual({
    quick: [
      { method: 'POST', url: `${host}/companies`, batch: { items: 10, bytes: 1000, at: 'body.json.list' } },
      { method: 'POST', url: `${host}/tags/{traits.tags}`, isRepeated: true, auth: 'wsse' },
    ],
    slow: [
      { method: 'GET', url: `${host}/companies/{groupId}`, step: { name: 'find', effect: 'read' } },
      { method: 'PUT', url: `${host}/people/{id}`, step: { name: 'link', effect: 'write' } },
    ],
  });
});

it('its rules are outlined for each mode', () => {
  expect(rules).toEqual({
    quick: [],
    slow: [
      { effect: 'refuse', from: ['traits.closed'], message: 'Acme takes no closed groups' },
      { effect: 'need', from: ['traits.name'] },
    ],
  });
});

it('its lineage tells constants, conditions, what is required and what is left out', () => {
  const rows = lineage.quick?.filter(({ to }) => to.startsWith('requests'));
  const at = 'requests[0].body.json.list[0]';
  expect(rows).toEqual([
    { to: 'requests[0].url', from: [], via: [], value: `${host}/companies` },
    { to: 'requests[0].headers.Content-Type', from: [], via: [], value: 'application/json' },
    { to: 'requests[0].headers.X-Key', from: [], via: [], value: 'secret-apiKey', isSecret: true },
    { to: `${at}.kind`, from: [], via: [], value: 'company' },
    { to: `${at}.id`, from: ['groupId'], via: [], isRequired: true },
    { to: `${at}.size`, from: ['traits.employees'], via: ['integer'] },
    { to: `${at}.vip`, from: [], via: [], value: 'yes' },
    { to: `${at}.vip`, from: ['traits.vip'], via: [], isCondition: true },
    { to: `${at}.all`, from: ['traits.*'], via: ['omit', 'filter'], except: ['name', 'plan'] },
    { to: `${at}.some`, from: ['traits.*'], via: ['omit', 'pick'], only: ['seats'] },
    { to: 'requests[1].url', from: ['traits.tags'], via: ['only(a list)', 'text'], isRequired: true },
    { to: 'requests[1].auth.type', from: [], via: [], value: 'wsse' },
    { to: 'requests[1].auth.user', from: [], via: [], value: 'u' },
    { to: 'requests[1].auth.secret', from: [], via: [], value: 's' },
    { to: 'requests[1]', from: ['person.id', 'traits.tags'], via: [], isCondition: true },
  ]);
  // What a step is given may depend on the facts, but has gone through none of their converters.
  expect(lineage.slow).toContainEqual({
    to: 'requests[1].body.json.company',
    from: ['traits.seats'],
    via: [],
    answer: 'id',
  });
});

it('a reserved trait reaches no object that leaves it out', () => {
  expect(reached).toMatchObject({
    name: [],
    plan: [],
    employees: ['requests[0].body.json.list[0].size', 'requests[0].body.json.list[0].all'],
    'address.city': ['requests[0].body.json.list[0].all'],
  });
});
