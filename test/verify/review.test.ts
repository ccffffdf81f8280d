import type { LineageRow } from '../../src/contract/lineage.ts';
import type { Request } from '../../src/contract/requests.ts';
import type { Compiled, SendingDestination } from '../../src/core/definition.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { MappingFailure } from '../../src/core/outcome.ts';
import { Registry } from '../../src/core/registry.ts';
import { Transformer } from '../../src/core/transform.ts';
import {
  compute,
  defineDestination,
  event,
  given,
  is,
  post,
  secret,
  text,
  trait,
  url,
  z,
} from '../../src/kit/index.ts';
import { type Expectation, type Fixture, runFixture } from '../../src/verify/fixture.ts';
import { review } from '../../src/verify/review/review.ts';

/*
 * Each thing that a reviewer looks for, missing once.
 */

type Definition = Parameters<typeof defineDestination>[0];

interface Company {
  id: string;
  name?: string;
}

const sound = {
  name: 'acme',
  title: 'Acme',
  docs: 'https://acme.example/docs',
  config: z.object({ apiKey: secret('Key') }) as z.ZodType,
  examples: { default: { apiKey: 'secret-apiKey' } },
  hosts: ['acme.example'],
  requests: () => [
    post.json<Company>({
      url: url`https://acme.example/companies`,
      body: { id: event.groupId.required(), name: trait.name.as(text) },
    }),
  ],
} satisfies Definition;

const payloads: Record<string, JsonObject> = {
  full: { type: 'group', groupId: 'g', traits: { name: 'Acme' } },
  minimal: { type: 'group', groupId: 'g' },
  'missing-required': { type: 'group' },
};

/** Reviews a definition with fixtures whose expectations have just been filled in, as far as nothing else is said. */
async function findings(
  changes: Partial<Definition>,
  { cases = payloads, config = { apiKey: 'secret-apiKey' }, expected }: Partial<Case> = {},
): Promise<string[]> {
  const definition = defineDestination({ ...sound, ...changes });
  const registry = new Registry([{ file: 'acme', definition }]);
  const transformer = new Transformer({ registry });
  const filled = Object.entries(cases).map(async ([name, payload]): Promise<Fixture> => {
    const now = new Date('2026-01-02');
    const about = { destination: 'acme', name, file: name, event: payload, config, delivery: undefined, now };
    const fixture = { ...about, answers: [], expected: undefined, source: {} };
    return { ...fixture, expected: expected?.[name] ?? (await runFixture(transformer, fixture)) };
  });
  return review(registry, definition, await Promise.all(filled));
}

interface Case {
  cases: Record<string, JsonObject>;
  config: JsonObject;
  expected: Record<string, Expectation>;
}

it('says nothing of a sound destination', async () => {
  expect(await findings({})).toEqual([]);
});

it.each<[string, Partial<Definition>, RegExp]>([
  ['a page that is not over https', { docs: 'http://acme.example/docs' }, /^docs does not link/],
  [
    'a field that is not described',
    { config: z.object({ apiKey: secret('Key'), region: z.string().optional() }) },
    /^config\.region has no description/,
  ],
  [
    'a config without a secret',
    { config: z.object({ apiKey: z.string().describe('Key') }) },
    /^no field of config or delivery is a secret/,
  ],
  [
    'a secret that cannot be looked for',
    { examples: { default: { apiKey: 'k' } } },
    /^the example default must set config\.apiKey/,
  ],
  ['an example that is not valid', { examples: { default: {} } }, /^the example default is not valid/],
  [
    'a config that may be empty',
    { config: z.object({ apiKey: z.string().default('secret-apiKey').pipe(secret('Key')) }) },
    /^an empty config fails without naming a field/,
  ],
  [
    'a source that nothing depends on',
    {
      requests: () => [
        post.json<{ id: string; extra: number }>({
          url: url`https://acme.example/companies`,
          body: { id: event.groupId.required(), extra: compute('one', [trait.plan], () => 1) },
        }),
      ],
    },
    /^traits\.plan is declared in lineage, but changes nothing/,
  ],
  [
    'a request that is in no fixture',
    {
      requests: () => [
        given(is(trait('kind'), 'odd'), () => [post.empty({ url: url`https://acme.example/odd` })], sound.requests()),
      ],
    },
    /^requests\[0\] is in no fixture/,
  ],
])('finds %s', async (_what, changes, finding) => {
  expect(await findings(changes)).toContainEqual(expect.stringMatching(finding));
});

it('finds a mapper that keeps state', async () => {
  let count = 0;
  const requests = () => [
    post.json<{ id: number }>({
      url: url`https://acme.example/companies`,
      body: { id: compute('count', [event.groupId.required()], () => ++count) },
    }),
  ];
  expect(await findings({ requests })).toContainEqual(expect.stringMatching(/gives another result the second time/));
});

it('finds code that fails on other events than those of fixtures', async () => {
  const requests = () => [
    post.json<{ id: string; name?: string }>({
      url: url`https://acme.example/companies`,
      body: {
        id: event.groupId.required(),
        name: compute('upper', [trait.name], (name) => (name as string | undefined)?.toUpperCase()),
      },
    }),
  ];
  expect(await findings({ requests })).toContainEqual(expect.stringMatching(/^fails on a changed event: TypeError/));
});

describe('of a definition that the kit would not have made', () => {
  const definition = defineDestination(sound);
  const fixture: Fixture = {
    destination: 'acme',
    name: 'full',
    file: 'full',
    event: payloads.full ?? {},
    config: { apiKey: 'secret-apiKey' },
    delivery: undefined,
    now: new Date('2026-01-02'),
    answers: [],
    expected: undefined,
    source: {},
  };
  const reviewCompiled = (change: (compiled: Compiled) => Partial<Compiled>) => {
    const compile: SendingDestination['compile'] = (config, delivery, options) => {
      const compiled = definition.compile(config, delivery, options);
      return { ...compiled, ...change(compiled) };
    };
    const changed = { ...definition, compile };
    return review(new Registry([{ file: 'acme', definition: changed }]), changed, [fixture]);
  };

  it('finds what lineage does not say', async () => {
    const withoutName = (rows: readonly LineageRow[]) => rows.filter(({ to }) => !to.endsWith('name'));
    const found = await reviewCompiled(({ lineage, lineageWith }) => ({
      lineage: withoutName(lineage),
      lineageWith: (inserted) => withoutName(lineageWith(inserted)),
    }));
    expect(found).toContain(
      'the fixture full: traits.name changes requests[0].body.json.name, but lineage does not declare it',
    );
  });

  it.each<[string, Partial<Request>, RegExp]>([
    ['another host', { url: 'https://evil.example/' }, /evil\.example is not in hosts/],
    ['a URL that is not https', { url: 'http://acme.example/' }, /is not an https URL/],
    ['no method', { method: 'FETCH' }, /FETCH is not an HTTP method/],
    ['a header that cannot be sent', { headers: { a: '\n' } }, /a header cannot be sent/],
    ['a body that is not JSON', { body: { json: new Date() as never } }, /query or body is not JSON/],
  ])('finds %s', async (_what, parts, finding) => {
    const found = await reviewCompiled((compiled) => ({
      map: (input, groupId) => {
        compiled.map(input, groupId);
        for (const { request } of input.output.requests) Object.assign(request, parts);
      },
    }));
    expect(found).toContainEqual(expect.stringMatching(finding));
  });

  it('finds a secret outside of requests', async () => {
    const found = await reviewCompiled(() => ({
      map: () => {
        throw new MappingFailure('FIELD_MISSING', 'missing', 'traits.secret-apiKey');
      },
    }));
    expect(found).toContain('the fixture full: has a secret outside its requests');
  });
});

it.each<[string, Partial<Case>, RegExp]>([
  ['a fixture that is not there', { cases: { full: payloads.full ?? {} } }, /^the fixture minimal is missing/],
  [
    'an outcome that the name of a fixture does not promise',
    { cases: { ...payloads, minimal: { type: 'group' } } },
    /^the fixture minimal must expect a send/,
  ],
  [
    'a secret of a fixture that cannot be looked for',
    { config: { apiKey: 'k' } },
    /^the fixture full must set config\.apiKey/,
  ],
  [
    'a stale fixture',
    { expected: { full: { drop: { code: 'NOTHING_TO_SEND' } } } },
    /^the fixture full: [-+] (send|drop)/,
  ],
])('finds %s', async (_what, given_, finding) => {
  expect(await findings({}, given_)).toContainEqual(expect.stringMatching(finding));
});
