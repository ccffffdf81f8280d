import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Description } from '../../src/contract/descriptions.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { changesBetween, type Expectation, type Fixture } from '../../src/verify/fixture.ts';
import { compare, findingsOf, unite } from '../../src/verify/report/compare.ts';
import { renderHtml } from '../../src/verify/report/html.ts';
import { isDifferent, renderText, type Report } from '../../src/verify/report/report.ts';
import { schemaFindings } from '../../src/verify/report/schema.ts';
import { type Answered, HttpService, type Service } from '../../src/verify/report/service.ts';
import { Tally } from '../../src/verify/report/tally.ts';

const fixture = (name: string, more: Partial<Fixture> = {}): Fixture => ({
  destination: 'acme',
  name,
  file: `${name}.json`,
  event: { type: 'group', groupId: name },
  config: {},
  delivery: undefined,
  now: new Date(0),
  answers: [],
  expected: undefined,
  source: {},
  ...more,
});

const acme: Description = {
  name: 'acme',
  title: 'Acme',
  docs: 'https://acme.example',
  aliases: ['ACME', 'acme-old'],
  accepts: { group: true, groupId: true, traits: true },
  config: { type: 'object' },
};

/** A service with one destination, which fails all events at a path that tells what it was given. */
const service = (pathOf: (given: Fixture) => string, description = acme): Service => ({
  names: () => Promise.resolve([description.name]),
  describe: (name) => Promise.resolve(name === description.name ? description : undefined),
  run: (given) => Promise.resolve<Expectation>({ fail: { code: 'EVENT_INVALID', path: pathOf(given) } }),
});
const byId = ({ event }: Fixture) => JSON.stringify(event.groupId);

describe('cases', () => {
  it('are those of both revisions, and two where the input was edited', () => {
    const edited = [fixture('edited'), fixture('edited', { config: { region: 'eu' } })] as const;
    const cases = unite([fixture('kept'), fixture('gone'), edited[0]], [fixture('kept'), fixture('added'), edited[1]]);
    expect(cases.map(({ fixture: { name, config }, kind }) => [name, kind, config])).toEqual([
      ['added', 'new', {}],
      ['edited', 'before edit', {}],
      ['edited', 'after edit', { region: 'eu' }],
      ['gone', 'removed', {}],
      ['kept', 'kept', {}],
    ]);
  });

  it.each<[string, Partial<Fixture>]>([
    ['event', { event: {} }],
    ['delivery', { delivery: { accessToken: 'secret-accessToken' } }],
    ['now', { now: new Date(1) }],
    ['answers', { answers: [{ status: 404 }] }],
  ])('have their %s for input', (_what, change) => {
    expect(unite([fixture('a')], [fixture('a', change)])).toHaveLength(2);
  });

  it('have what they expect, and how they are written, for none', () => {
    const expected: Expectation = { drop: { code: 'ALREADY_DONE' } };
    expect(unite([fixture('a')], [fixture('a', { expected, source: { event: 'full' } })])).toHaveLength(1);
  });
});

describe('the comparison', () => {
  it('runs each input by the code of both revisions', async () => {
    const before = { service: service(byId), fixtures: [fixture('a'), fixture('gone')] };
    const after = { service: service((given) => `${byId(given)}!`), fixtures: [fixture('a'), fixture('added')] };
    const changes = (id: string) => [
      { path: 'fail.path', before: JSON.stringify(`"${id}"`), after: JSON.stringify(`"${id}"!`) },
    ];
    expect(await compare(before, after, [])).toEqual([
      {
        name: 'acme',
        findings: [],
        cases: [
          { name: 'a', kind: 'kept', changes: changes('a') },
          { name: 'added', kind: 'new', changes: changes('added') },
          { name: 'gone', kind: 'removed', changes: changes('gone') },
        ],
      },
    ]);
  });

  it('does not take an edited input for a change of what is sent', async () => {
    const before = { service: service(byId), fixtures: [fixture('a')] };
    const after = { service: service(byId), fixtures: [fixture('a', { event: { groupId: 'b' } })] };
    const report = { against: 'main', destinations: await compare(before, after, []) };
    expect(renderText(report)).toBe('2 cases against main, 0 changed, 0 new, 0 removed, 0 breaking');
    expect(isDifferent(report)).toBe(false);
  });

  it('says once that a destination is new or removed', async () => {
    const none = { service: service(byId, { ...acme, name: 'other' }), fixtures: [] };
    const one = { service: service(byId), fixtures: [fixture('a'), fixture('b')] };
    const [added] = await compare(none, one, ['acme']);
    expect(added).toEqual({ name: 'acme', findings: [{ text: 'new destination', isBreaking: false }], cases: [] });
    const [removed] = await compare(one, none, ['acme']);
    expect(removed).toEqual({ name: 'acme', findings: [{ text: 'removed destination', isBreaking: true }], cases: [] });
  });

  it('refuses the name of a destination that is nowhere', async () => {
    const side = { service: service(byId), fixtures: [] };
    await expect(compare(side, side, ['acme', 'acne'])).rejects.toThrow('no destination is named "acne"');
  });
});

describe('a destination', () => {
  it('that loses a name breaks the callers who use it, one that gains a name does not', () => {
    const renamed = { ...acme, title: 'Acme CRM', aliases: ['acme', 'Acme', 'acme-crm'] };
    expect(findingsOf(acme, renamed)).toEqual([{ text: 'no longer has the name "acme-old"', isBreaking: true }]);
  });

  it('that takes groups now is not held to a config that it did not have', () => {
    const { config, ...described } = acme;
    const rejecting = { ...described, accepts: { group: false, groupId: false, traits: false } };
    const required = { ...acme, config: { ...(config as JsonObject), required: ['a'], properties: { a: {} } } };
    expect(findingsOf(rejecting, required)).toEqual([{ text: 'now takes groups', isBreaking: false }]);
    expect(findingsOf(required, rejecting)).toEqual([{ text: 'no longer takes groups', isBreaking: true }]);
  });

  it('that comes to need a token breaks callers that have none', () => {
    const delivery = { type: 'object', properties: { accessToken: { type: 'string' } }, required: ['accessToken'] };
    const findings = [{ text: 'delivery.accessToken is new and required', isBreaking: true }];
    expect(findingsOf(acme, { ...acme, delivery })).toEqual(findings);
  });
});

describe('the schema of a config', () => {
  const string = { type: 'string' };
  const region = (...values: string[]) => ({ properties: { region: { type: 'string', enum: values } } });

  it.each<[string, JsonObject, JsonObject, string[]]>([
    ['a field that is new', {}, { properties: { a: string } }, ['config.a is new']],
    [
      'a field that became optional',
      { properties: { a: string }, required: ['a'] },
      { properties: { a: string } },
      ['config.a became optional'],
    ],
    ['a value more', region('us'), region('us', 'eu'), ['config.region also takes "eu"']],
    [
      'any value',
      region('us'),
      { properties: { region: string } },
      ['config.region no longer has enum, which was ["us"]'],
    ],
    ['another type as well', string, { type: ['string', 'null'] }, ['config also takes "null"']],
    ['another default', { default: 'us' }, { default: 'eu' }, ['config has the default "eu", not "us"']],
    ['other words', { description: 'Key', secret: true }, { description: 'The key', title: 'Key' }, []],
    ['the same', region('us', 'eu'), region('us', 'eu'), []],
  ])('does not break with %s', (_what, before, after, texts) => {
    expect(schemaFindings('config', before, after)).toEqual(texts.map((text) => ({ text, isBreaking: false })));
  });

  it.each<[string, JsonObject, JsonObject, string]>([
    [
      'a field that became required',
      { properties: { a: string } },
      { properties: { a: string }, required: ['a'] },
      'config.a became required',
    ],
    [
      'a new field that is required',
      {},
      { properties: { a: string }, required: ['a'] },
      'config.a is new and required',
    ],
    ['a field less', { properties: { a: string } }, {}, 'config.a was removed'],
    ['a value less', region('us', 'eu'), region('us'), 'config.region no longer takes "eu"'],
    ['a list of values', string, { type: 'string', enum: ['us'] }, 'config has the enum ["us"], and had none'],
    ['another pattern', { pattern: 'a' }, { pattern: 'b' }, 'config has the pattern "b", not "a"'],
    ['a pattern', {}, { pattern: 'a' }, 'config has the pattern "a", and had none'],
    [
      'a required field of a list’s elements',
      { properties: { rows: { items: { properties: { from: string } } } } },
      { properties: { rows: { items: { properties: { from: string }, required: ['from'] } } } },
      'config.rows[].from became required',
    ],
  ])('breaks with %s', (_what, before, after, text) => {
    expect(schemaFindings('config', before, after)).toEqual([{ text, isBreaking: true }]);
  });

  it('has lost one type where it has got another', () => {
    expect(schemaFindings('config', string, { type: 'number' })).toEqual([
      { text: 'config no longer takes "string"', isBreaking: true },
      { text: 'config also takes "number"', isBreaking: false },
    ]);
  });
});

describe('the exit status', () => {
  const report = (isBreaking: boolean, changes: { path: string }[]): Report => ({
    against: 'main',
    destinations: [
      { name: 'acme', findings: [{ text: 'x', isBreaking }], cases: [{ name: 'a', kind: 'new', changes }] },
    ],
  });

  it.each<[boolean, Report]>([
    [false, report(false, [])],
    [true, report(true, [])],
    [true, report(false, [{ path: 'send' }])],
  ])('is a matter of what is sent and of what breaks (%s)', (isOne, given) => {
    expect(isDifferent(given)).toBe(isOne);
  });
});

it('a path can be read, whatever its keys are', () => {
  const body = (key: string): Expectation => ({
    send: [{ method: 'PUT', url: '', headers: {}, query: {}, body: { json: { [key]: 1 } } }],
  });
  expect(changesBetween(body('Content-Type'), body('a.b\n\u001b[2J')).map(({ path }) => path)).toEqual([
    'send[0].body.json.Content-Type',
    'send[0].body.json["a.b\\n\\u001b[2J"]',
  ]);
});

it('the page shows all text as text', () => {
  const hostile = `</title></style><script>alert("1")</script><img src=x onerror='alert(1)'>&amp;`;
  const escaped =
    '&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;' +
    '&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;amp;';
  const page = renderHtml({
    against: hostile,
    destinations: [
      {
        name: hostile,
        findings: [{ text: hostile, isBreaking: true }],
        cases: [
          { name: hostile, kind: 'kept', changes: [{ path: hostile, before: hostile, after: hostile }] },
          { name: hostile, kind: 'removed', changes: [] },
        ],
      },
    ],
  });
  // Title, heading, summary; destination, finding, case, path, before, after; removed case.
  expect(page.split(escaped)).toHaveLength(1 + 10);
  expect(page.replaceAll(escaped, '')).not.toMatch(/script|onerror|alert/);
});

describe('a service over HTTP', () => {
  /** Serves what a function answers to each request, while a service with its URL is used. */
  async function withServer(answer: (response: ServerResponse) => void, use: (service: HttpService) => Promise<void>) {
    const server = createServer((_request, response) => {
      answer(response);
    }).listen(0);
    await once(server, 'listening');
    try {
      await use(new HttpService(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('is called again if it is overloaded', async () => {
    let calls = 0;
    const answer = (response: ServerResponse) => {
      calls++;
      if (calls < 3) response.writeHead(503, { 'Retry-After': '0' }).end('{}');
      else response.end(JSON.stringify({ destinations: [{ name: 'acme' }] }));
    };
    await withServer(answer, async (overloaded) => {
      expect(await overloaded.names()).toEqual(['acme']);
    });
    expect(calls).toBe(3);
  });

  it('must not refuse to start at a given time, as equal refusals would look like equal results', async () => {
    const stale = {
      event: 0,
      destination: 0,
      destinationId: 'acme',
      outcome: 'fail',
      code: 'ANSWERS_STALE',
      message: '',
    };
    const answer = (response: ServerResponse) => {
      response.end(JSON.stringify({ results: [stale] }));
    };
    await withServer(answer, async (refusing) => {
      await expect(refusing.run(fixture('a'))).rejects.toThrow('does not tell its release');
    });
  });
});

it('keeps a bounded number of kinds of differences, as events may name fields', () => {
  const tally = new Tally({ against: 'main', findings: new Map([['acme', []]]) });
  const send = (json: JsonObject): Answered => ({
    event: 0,
    destination: 0,
    destinationId: 'acme',
    outcome: 'send',
    requests: [{ method: 'POST', url: 'https://acme.example', headers: {}, query: {}, body: { json } }],
  });
  for (let number = 0; number < 1_500; number++) {
    const key = `key-${String(number)}`;
    tally.add(send({}), send({ [key]: 'x'.repeat(1_000) }), `line ${String(number)}`, false);
  }
  const text = tally.render();
  expect(text).toContain('500 more differences, of other kinds\n\n1,500 results against main, 1,500 changed');
  expect(text.length).toBeLessThan(1_000 * 400);
  expect(tally.isDifferent).toBe(true);
});
