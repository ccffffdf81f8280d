import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import pLimit from 'p-limit';

import { createListener } from '../../../src/http/listener.ts';
import { differences } from '../../../src/verify/fixture.ts';
import { HttpService } from '../../../src/verify/report/service.ts';
import { app } from '../../support/api.ts';
import { fixtures, projectFolder } from '../../support/project.ts';

/*
 * A small copy of the project, in a repository of its own, and the command as an operator runs it there.
 *
 * @requires git
 */

let folder: string;
let temporary: string;

const inProject = (...parts: string[]) => path.join(folder, 'project', ...parts);

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

function run(command: string, args: readonly string[]): Promise<Ended> {
  const environment = { ...process.env, TMPDIR: temporary, DESTINATIONS_PATH: '' };
  return new Promise((resolve) => {
    execFile(command, args, { cwd: inProject(), env: environment }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** The command, of what has been built. */
const command = ['dist/src/cli/fixtures.js'];
const report = (...args: string[]) => run(process.execPath, [...command, ...args]);

async function prepare(program: string, ...args: string[]): Promise<void> {
  const { status, stdout, stderr } = await run(program, args);
  if (status !== 0) throw new Error(stdout + stderr);
}

const git = (...args: string[]) =>
  prepare('git', '-c', 'user.name=Test', '-c', 'user.email=test@acme.example', ...args);

async function edit(name: string, before: string, after: string): Promise<void> {
  const content = await readFile(inProject(name), 'utf8');
  if (!content.includes(before)) throw new Error(`${name} has no ${before}`);
  await writeFile(inProject(name), content.replace(before, after));
}

const acme = `
  import { defineDestination, event, post, url, z } from 'group-transformer/kit';
  export default defineDestination({
    name: 'acme-crm', title: 'Acme CRM', docs: 'https://acme.example/docs', config: z.object({}),
    examples: { default: {} }, hosts: ['acme.example'],
    requests: () => [post.json<{ id: string }>({
      url: url\`https://acme.example/groups\`, body: { id: event.groupId.required() },
    })],
  });`;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  temporary = path.join(folder, 'tmp');
  await mkdir(temporary);
  const scripts = ['package.json', 'package-lock.json', '.ci/compile-stale'];
  const parts = [...scripts, 'src', 'tsconfig.json', '.gitignore', 'fixtures/_events'];
  const destinations = ['factors-ai', 'stormly', 'koala'].map((name) => `destinations/${name}`);
  const cases = [
    'factors-ai/full',
    'factors-ai/minimal',
    'factors-ai/missing-required',
    'stormly/minimal',
    'stormly/key-missing',
  ];
  for (const part of [...parts, ...destinations, ...cases.map((name) => `fixtures/${name}.json`)]) {
    await cp(path.join(projectFolder, part), inProject(part), { recursive: true });
  }
  await symlink(path.join(projectFolder, 'node_modules'), inProject('node_modules'));
  // Types are checked elsewhere, and take most of the time that a build takes.
  const build = { extends: './tsconfig.json', compilerOptions: { types: ['node'], noEmit: false, noCheck: true } };
  const include = ['src', 'destinations'];
  await writeFile(inProject('tsconfig.build.json'), JSON.stringify({ ...build, include }));
  await edit('.gitignore', 'node_modules', '/node_modules');
  await edit('destinations/stormly/index.ts', "secret('API key')", "secret('API key'), team: z.string().optional()");
  const examples = "examples: { default: { apiKey: 'secret-apiKey', team: 'a' } },";
  await edit('destinations/stormly/index.ts', 'hosts: [', `${examples}\n  hosts: [`);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.');
  await git('commit', '--quiet', '--message=All');
  await prepare('npm', 'run', 'build');
});

/** What the command has made and not removed; npm has files of its own there. */
async function leftovers(): Promise<string[]> {
  const names = await readdir(temporary);
  return names.filter((name) => name.startsWith('group-transformer-'));
}

afterAll(async () => {
  await rm(folder, { recursive: true });
});

it('finds nothing where nothing has changed', async () => {
  const { status, stdout, stderr } = await report('--against', 'main');
  expect(stderr).toMatch(/^building main \([0-9a-f]+\)\n$/);
  expect(stdout).toMatch(/^5 cases against main \([0-9a-f]+\), 0 changed, 0 new, 0 removed, 0 breaking\n$/);
  expect(status).toBe(0);
});

it('tells what has changed, destination by destination and field by field, and nothing else', async () => {
  await edit('destinations/factors-ai/index.ts', 'anonymousId: event.anonymousId', 'anonymous_id: event.anonymousId');
  await edit('destinations/stormly/index.ts', 'z.string().optional()', 'z.string()');
  await rm(inProject('fixtures/factors-ai/missing-required.json'));
  await rm(inProject('destinations/koala'), { recursive: true });
  // The compiler leaves what it has made of files that are gone.
  await rm(inProject('dist'), { recursive: true });
  await mkdir(inProject('destinations/acme-crm'));
  await writeFile(inProject('destinations/acme-crm/index.ts'), acme);
  const config = { apiKey: 'secret-apiKey', team: 'a' };
  const minimal = JSON.parse(await readFile(inProject('fixtures/stormly/minimal.json'), 'utf8')) as object;
  await writeFile(inProject('fixtures/stormly/with-team.json'), JSON.stringify({ ...minimal, config }));
  await git('add', '.');
  await git('commit', '--quiet', '--message=Change');

  const { status, stdout } = await run('npm', [
    'run',
    '--silent',
    'fixtures',
    '--',
    '--against',
    'main~1',
    '--html',
    'report.html',
  ]);
  const isDropped = (line: string) => line.startsWith('    - send: [');
  const lines = stdout.split('\n').map((line) => (isDropped(line) ? '    - send: […]' : line));
  expect(lines.join('\n')).toMatch(
    new RegExp(`^${expected.replace(/[.[\]{}()+]/g, '\\$&').replace('COMMIT', '[0-9a-f]+')}$`),
  );
  expect(status).toBe(1);
  expect(await leftovers()).toEqual([]);

  const page = await readFile(inProject('report.html'), 'utf8');
  expect(page.match(/<summary>[a-z-]+/g)).toEqual(
    ['acme-crm', 'factors-ai', 'koala', 'stormly'].map((name) => `<summary>${name}`),
  );
  expect(page).toContain('<dt>send[0].body.json.anonymousId</dt><dd><del>&quot;anon-5d20&quot;</del></dd>');
});

const expected = `acme-crm
  new destination

factors-ai
  full
    - send[0].body.json.anonymousId: "anon-5d20"
    + send[0].body.json.anonymous_id: "anon-5d20"
  removed, with the same outcome in both: missing-required

koala
  BREAKING: removed destination

stormly
  BREAKING: config.team became required
  minimal
    - send: […]
    + fail: {"code":"CONFIG_INVALID","path":"config.team"}
  new, with the same outcome in both: with-team

6 cases against main~1 (COMMIT), 2 changed, 1 new, 1 removed, 2 breaking
`;

it('compares events with another revision, too', async () => {
  await writeFile(
    inProject('config.json'),
    JSON.stringify({ 'factors-ai': { factorsAIApiKey: 'secret-factorsAIApiKey' } }),
  );
  const event = {
    type: 'group',
    groupId: 'acme-42',
    userId: 'user-7',
    anonymousId: 'anon-5d20',
    traits: { name: 'Acme' },
  };
  await writeFile(inProject('events.ndjson'), `${JSON.stringify(event)}\n`);
  const diff = (against: string) =>
    run(process.execPath, [
      'dist/src/cli/main.js',
      'diff',
      '--against',
      against,
      '--config',
      'config.json',
      'events.ndjson',
    ]);
  const { status, stdout } = await diff('main~1');
  expect(stdout.replace(/\([0-9a-f]+\)/, '(COMMIT)')).toBe(`factors-ai
  1 result, first at events.ndjson, line 1
    - send[0].body.json.anonymousId: "anon-5d20"
  1 result, first at events.ndjson, line 1
    + send[0].body.json.anonymous_id: "anon-5d20"

1 result against main~1 (COMMIT), 1 changed, 0 breaking, 0 failed in both
`);
  expect(status).toBe(1);
  expect(await diff('main')).toMatchObject({ status: 0, stdout: expect.stringContaining('0 changed') as string });
  expect(await leftovers()).toEqual([]);
});

it.each([
  ['an unknown revision', ['--against', 'nowhere'], 'git finds no commit "nowhere"'],
  ['a service that is not there', ['--against', 'http://127.0.0.1:1'], 'http://127.0.0.1:1 does not answer'],
  ['an option that is not there', ['--againts', 'main'], "Unknown option '--againts'"],
  [
    'an update of what another revision expects',
    ['--against', 'main', '--update'],
    'use either --update or --against, not both',
  ],
  ['a page of nothing', ['--html', 'page.html'], '--html requires --against'],
])('refuses %s', async (_what, args, message) => {
  const { status, stdout, stderr } = await report(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

it('leaves nothing behind when it is interrupted', async () => {
  const child = spawn(process.execPath, [...command, '--against', 'main'], {
    cwd: inProject(),
    env: { ...process.env, TMPDIR: temporary },
  });
  const ended = once(child, 'close');
  const [told] = (await once(child.stderr.setEncoding('utf8'), 'data')) as [string];
  expect(told).toMatch(/^building main/);
  expect(await leftovers()).toHaveLength(1);
  child.kill('SIGINT');
  expect(await text(child.stderr)).toBe('interrupted\n');
  expect(await ended).toEqual([2, null]);
  expect(await leftovers()).toEqual([]);
});

it('says that a revision does not build, and why', async () => {
  await edit('package.json', '"build": "', '"build": "echo no luck && exit 3; ');
  await git('commit', '--quiet', '--all', '--message=Break');
  const { status, stderr } = await report('--against', 'main');
  expect(stderr).toMatch(/npm run build failed:[^]*no luck/);
  expect(status).toBe(2);
  expect(await leftovers()).toEqual([]);
});

describe('a service that runs', () => {
  const server = createListener(app);
  const url = () => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

  beforeAll(async () => {
    await once(server.listen(0), 'listening');
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('gives every fixture its outcome, whatever its time and its dialogue', async () => {
    const service = new HttpService(url());
    // With a connection for each at once, a busy machine takes too long to read the headers of the last.
    const limit = pLimit(50);
    const outcomes = await Promise.all(
      fixtures.map((fixture) => limit(async () => ({ fixture, actual: await service.run(fixture) }))),
    );
    const stale = outcomes.flatMap(({ fixture, actual }) => differences(fixture.expected, actual));
    expect(stale).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(700);
  });

  it('is compared like a revision, as far as it is asked', async () => {
    const cases = (await readdir(inProject('fixtures/stormly'))).length;
    const { status, stdout } = await report('stormly', '--against', url());
    expect(stdout).toContain('config.team is new and required');
    // The running service also warns of the field that it does not have.
    expect(stdout).toContain('{"code":"CONFIG_FIELD_UNKNOWN","path":"config.team"}');
    expect(stdout).toContain(`${String(cases)} cases against ${url()}, 2 changed, 0 new, 0 removed, 1 breaking`);
    expect(status).toBe(1);
  });
});
