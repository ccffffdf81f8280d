import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import _ from 'lodash';

import type { JsonObject } from '../../../src/core/json.ts';
import { runCommand } from '../../support/command.ts';
import { killAll, ready, type Service, start } from '../../support/service.ts';

/* Two builds that differ in one folder of destinations: the command line has one, and a running service the other. */

let folder: string;
let ours: string;
let service: Service;
let url: string;

const crm = ({ body, headers = '', more = '', config = '' }: Record<string, string> & { body: string }) => `
  import { defineDestination, event, isoDateTime, post, secret, template, text, trait, url, z } from 'group-transformer/kit';
  export default defineDestination({
    name: 'acme-crm', title: 'Acme CRM', docs: 'https://acme.example/docs', hosts: ['acme.example'],
    config: z.object({ apiKey: secret('Key'), ${config} }), ${more}
    requests: ({ apiKey }) => post.json({
      url: url\`https://acme.example/groups/\${event.groupId}\`,
      headers: { Authorization: template\`Bearer \${apiKey}\`, 'X-Time': event.time.as(isoDateTime), ${headers} },
      body: { id: event.groupId.required(), ${body} },
    }),
  });`;

const same = `plan: trait.plan.as(text), list: [{ city: trait.address.city.as(text) }, { city: trait.address.country.as(text) }]`;
const before = crm({ body: `${same}, industry: trait.industry.as(text), site: trait.website.as(text)` });
const after = crm({
  headers: "'X-Key': template`Key ${apiKey}`",
  body: `plan: trait.phone.as(text), list: [{ city: trait.address.country.as(text) }, { city: trait.address.city.as(text) }],
    headcount: trait.employees.as(text), site: trait.website.as(text).required()`,
});

const write = async (name: string, content: unknown) => {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

const event = (groupId: string, traits: JsonObject): JsonObject => ({ type: 'group', groupId, traits });
const lines = (...events: unknown[]) => events.map((one) => `${JSON.stringify(one)}\n`).join('');
const input = lines(
  event('a', { plan: 'pro', website: 'https://a.example' }),
  event('b', { plan: 'pro', phone: '1', website: 'w' }),
  event('c', { employees: 7, industry: 'Steel', website: 'w' }),
  event('d', { address: { city: 'Ulm', country: 'DE' }, website: 'w' }),
  event('e', { phone: '2', plan: 'free' }),
  { type: 'track' },
);

const API_TOKENS = 'a-token';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  await write('before/acme-crm/index.mjs', before);
  await write('after/acme-crm/index.mjs', after);
  ours = path.join(folder, 'after');
  await write('config.json', { 'acme-crm': { apiKey: 'secret-key' }, amplitude: { apiKey: 'secret-key' } });
  service = start({ DESTINATIONS_PATH: path.join(folder, 'before'), API_TOKENS });
  url = await ready(service);
});

afterAll(async () => {
  killAll();
  await service.exit;
  await rm(folder, { recursive: true });
});

const diff = (args: readonly string[], given: string, env: Record<string, string> = {}) =>
  runCommand(['diff', '--against', url, '--config', path.join(folder, 'config.json'), ...args], {
    input: given,
    env: { DESTINATIONS_PATH: ours, API_TOKENS, ...env },
  });

it('counts the differences by kind, with an example each, and shows no secret', async () => {
  const { status, stdout, stderr } = await diff([], input);
  expect(stderr).toBe('');
  expect(stdout).toBe(`acme-crm
  4 results, first at line 1
    + send[0].headers.X-Key: "Key ***apiKey"
  1 result, first at line 1
    - send[0].body.json.plan: "pro"
  1 result, first at line 2
    ~ send[0].body.json.plan: "pro" → "1"
  1 result, first at line 3
    - send[0].body.json.industry: "Steel"
  1 result, first at line 3
    + send[0].body.json.headcount: "7"
  1 result, first at line 4
    ~ send[0].body.json.list[0].city: "Ulm" → "DE"
  1 result, first at line 5
    ~ outcome: send → fail FIELD_MISSING

12 results against ${url}, 5 changed, 0 breaking, 0 failed in both
`);
  expect(stdout).not.toContain('secret-key');
  expect(status).toBe(1);
});

it('counts thousands of events by kind', async () => {
  const many = _.range(1_000).map((number) => event(`g-${String(number)}`, { website: 'w', employees: number }));
  const { status, stdout } = await diff(['--to', 'acme-crm'], lines(...many));
  expect(stdout).toContain('1,000 results, first at line 1\n    + send[0].body.json.headcount: "0"\n');
  expect(stdout).toContain('1,000 results against');
  expect(status).toBe(1);
});

it('finds nothing where nothing differs', async () => {
  const { status, stdout } = await diff(['--to', 'amplitude'], input);
  expect([status, stdout]).toEqual([0, `6 results against ${url}, 0 changed, 0 breaking, 0 failed in both\n`]);
});

it('compares what vendors would be asked, and asks nobody', async () => {
  const intercom = { name: 'intercom', config: { apiKey: 'secret-key' } };
  const config = await write('intercom.json', [
    intercom,
    { ...intercom, id: 'held', policy: { person: { deny: ['*'] } } },
  ]);
  const given = lines({
    ...event('a', { name: 'Acme' }),
    userId: 'u-1',
    context: { traits: { email: 'kim@acme.example' } },
  });
  const equal = await diff(['--config', config], given);
  expect([equal.status, equal.stdout]).toEqual([
    0,
    `2 results against ${url}, 0 changed, 0 breaking, 0 failed in both\n`,
  ]);
  const policies = await write('policies.json', { intercom: { person: { deny: ['userId', 'email'] } } });
  const held = await diff(['--config', config, '--to', 'intercom'], given, { POLICIES: policies });
  expect(held.stdout).toMatch(/^intercom\n {2}1 result, first at line 1\n {4}[-~] (ask|outcome)/);
  expect(held.status).toBe(1);
});

it('reports a config that becomes invalid, and one that only this build has', async () => {
  const stricter = path.join(folder, 'stricter');
  await write(
    'stricter/acme-crm/index.mjs',
    crm({ body: same, config: 'team: z.string()', more: "examples: { default: { apiKey: 'k', team: 'a' } }," }),
  );
  const { status, stdout, stderr } = await diff(['--to', 'acme-crm'], lines(event('a', { plan: 'pro' })), {
    DESTINATIONS_PATH: stricter,
  });
  expect(stderr).toBe('warning: acme-crm: config.team is required\n');
  expect(stdout).toBe(`acme-crm
  BREAKING: config.team is new and required
  1 result, first at line 1
    ~ outcome: send → fail CONFIG_INVALID

1 result against ${url}, 1 changed, 1 breaking, 0 failed in both
`);
  expect(status).toBe(1);
});

it('keeps values to itself if a secret cannot be replaced', async () => {
  const policies = await write('names.json', { 'azure-event-hubs': { traits: { deny: ['name'] } } });
  const eventHubsConnectionString =
    'Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=key;SharedAccessKey=secret-key';
  const config = await write('hubs.json', { 'azure-event-hubs': { topic: 't', eventHubsConnectionString } });
  const { stdout } = await diff(['--config', config], lines(event('a', { name: 'Acme' })), { POLICIES: policies });
  expect(stdout).toContain('~ send[0].body.json[0].Body: *** → ***\n');
  expect(stdout).not.toMatch(/secret-key|Acme/);
});

it('names the event of a document, and tells how many it could not read', async () => {
  const document = JSON.stringify([event('a', { website: 'w' }), event('b', { website: 'w', employees: 3 })]);
  const whole = await diff(['--to', 'acme-crm'], document);
  expect(whole.stdout).toContain('1 result, first at event 2\n    + send[0].body.json.headcount: "3"');
  const { stderr, stdout } = await diff(['--to', 'acme-crm'], `nope\n${lines(event('a', { website: 'w' }))}{"half":`);
  expect(stderr).toBe('2 lines or events cannot be read, and are not compared\n');
  expect(stdout).toContain('1 result against');
});

it('reads what a service has captured', async () => {
  const captured = path.join(folder, 'captured.ndjson');
  const capturing = start({ CAPTURE_PATH: captured, CAPTURE_SAMPLE: '1', WORKERS: '2' });
  const place = `${await ready(capturing)}/transform`;
  const headers = { 'Content-Type': 'application/json' };
  const ids = _.range(40).map((number) => `g-${String(number)}`);
  for (const groupId of ids) {
    const body = JSON.stringify({
      event: event(groupId, { employees: 3, website: 'w' }),
      destination: { name: 'loops' },
    });
    expect((await fetch(place, { method: 'POST', headers, body })).status).toBe(200);
  }
  capturing.child.kill('SIGTERM');
  expect(await capturing.exit).toBe(0);

  const transformed = await runCommand(['transform', '--to', 'loops', captured]);
  expect(transformed.stderr).toContain('40 events, 40 results');
  const { stdout } = await diff(['--to', 'acme-crm', captured], '');
  expect(stdout).toContain(`40 results, first at ${captured}, line 1\n    + send[0].body.json.headcount: "3"\n`);
});

it.each<[string, string[], Record<string, string>, string]>([
  ['no other build', ['diff', '--to', 'amplitude'], {}, "required option '--against <ref>'"],
  ['no destinations', ['diff', '--against', 'http://127.0.0.1:1'], {}, 'no destinations'],
  ['a service that is not there', ['diff', '--against', 'http://127.0.0.1:1', '--to', 'loops'], {}, 'does not answer'],
  ['a revision that is not there', ['diff', '--against', 'nowhere', '--to', 'loops'], {}, 'git finds no commit'],
])('refuses %s', async (_what, args, env, message) => {
  const { status, stdout, stderr } = await runCommand(args, { env });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

it('says that a service requires a token', async () => {
  const { status, stderr } = await diff([], input, { API_TOKENS: '' });
  expect(status).toBe(2);
  expect(stderr).toContain('401');
});
