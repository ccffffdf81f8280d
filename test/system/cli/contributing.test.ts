import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { type Auth, authNames, moduleText } from '../../../src/cli/scaffold.ts';
import { type Ended, runNode } from '../../support/command.ts';
import { projectFolder } from '../../support/project.ts';

/*
 * What CONTRIBUTING.md says, done: from nothing to a destination at which nothing is wrong, in a copy of the project.
 */

let project: string;

beforeAll(async () => {
  project = await realpath(await mkdtemp(path.join(tmpdir(), 'group-transformer-')));
  // What is built comes along, as with somebody who has run the service before.
  const parts = ['src', 'destinations', 'fixtures', 'dist', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const part of [...parts, 'eslint.config.js', '.prettierignore']) {
    await cp(path.join(projectFolder, part), path.join(project, part), { recursive: true });
  }
  await symlink(path.join(projectFolder, 'node_modules'), path.join(project, 'node_modules'));
});

afterAll(async () => {
  await rm(project, { recursive: true });
});

const run = (...args: string[]): Promise<Ended> => runNode(args, { cwd: project });
const build = () => run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
const cli = (...args: string[]) => run('dist/src/cli/main.js', ...args);
const answers = [
  '--title',
  'Acme CRM',
  '--docs',
  'https://acme.example/docs',
  '--url',
  'https://api.acme.example/v1/groups',
];

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(path.join(project, file), 'utf8');
  expect(text).toContain(from);
  await writeFile(path.join(project, file), text.replace(from, to));
}

/** Writes what the scaffold makes of each kind of authentication, and of a title in need of escapes. */
async function writeScaffold(auth: Auth): Promise<void> {
  const folder = path.join(project, 'destinations', `acme-${auth}`);
  const { url, docs } = { url: 'https://api.acme.example/v1/groups', docs: 'https://acme.example/docs' };
  await mkdir(folder);
  await writeFile(
    path.join(folder, 'index.ts'),
    moduleText({ name: `acme-${auth}`, title: `Acme "by" ${auth}'s \\`, docs, url, auth }),
  );
}

it('leads from the scaffold to a destination at which nothing is wrong', async () => {
  const created = await cli('new', 'acme-crm', ...answers, '--auth', 'bearer');
  expect(created).toMatchObject({ status: 0, stderr: '' });
  expect(created.stdout).toContain('3 fixtures, 3 rewritten');
  expect(await readdir(path.join(project, 'fixtures/acme-crm'))).toEqual([
    'full.json',
    'minimal.json',
    'missing-required.json',
  ]);
  const minimal = JSON.parse(await readFile(path.join(project, 'fixtures/acme-crm/minimal.json'), 'utf8')) as unknown;
  expect(minimal).toMatchObject({
    event: 'minimal',
    expect: {
      send: [
        {
          method: 'POST',
          url: 'https://api.acme.example/v1/groups',
          headers: { Authorization: 'Bearer secret-apiKey' },
          body: { json: { id: 'grp-9' } },
        },
      ],
    },
  });
  expect(await cli('fixtures', 'acme-crm')).toMatchObject({ status: 0, stdout: '3 fixtures, 0 stale\n' });
  expect(await cli('check', 'acme-crm')).toMatchObject({ status: 0, stdout: '1 destinations, 0 findings\n' });

  // The contributor reads the vendor's page, and finds that it requires the number of employees.
  const module = 'destinations/acme-crm/index.ts';
  await edit(module, 'post, secret,', 'integer, post, secret,');
  await edit(module, "omit('name'),", "omit('name', 'employees'),\n        headcount: trait.employees.as(integer),");
  for (const auth of authNames) await writeScaffold(auth);
  expect(await build()).toMatchObject({ status: 0, stdout: '' });

  const stale = await cli('fixtures', 'acme-crm');
  expect(stale.status).toBe(1);
  expect(stale.stdout).toContain('acme-crm/full\n');
  expect(stale.stdout).toContain('+ send[0].body.json.headcount: 214\n');
  expect(stale.stdout).toContain('3 fixtures, 1 stale');
  const found = await cli('check', 'acme-crm');
  expect(found.status).toBe(1);
  expect(found.stdout).toContain('acme-crm: the fixture full: + send[0].body.json.headcount: 214\n');

  const updated = await cli('fixtures', 'acme-crm', '--update');
  expect(updated).toMatchObject({ status: 0 });
  expect(updated.stdout).toContain('+ send[0].body.json.headcount: 214\n');
  expect(await cli('check', 'acme-crm')).toMatchObject({ status: 0, stdout: '1 destinations, 0 findings\n' });

  const eslint = ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', 'destinations/acme-crm'];
  const prettier = ['node_modules/prettier/bin/prettier.cjs', '--write', 'destinations/acme-crm'];
  expect(await run(...eslint)).toMatchObject({ status: 0, stdout: '' });
  expect(await run(...prettier)).toMatchObject({ status: 0 });

  const config = Object.fromEntries(authNames.map((auth) => [`acme-${auth}`, { apiKey: 'k' }]));
  await writeFile(path.join(project, 'config.json'), JSON.stringify(config));
  const input = '{"type":"group","groupId":"a"}';
  const { stdout } = await runNode(['dist/src/cli/main.js', 'transform', '--config', 'config.json'], {
    cwd: project,
    input,
  });
  const sent = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { requests: [{ headers: object; query: object }] }).requests[0]);
  const type = { 'Content-Type': 'application/json' };
  expect(sent.map(({ headers, query }) => [headers, query])).toEqual([
    [{ ...type, Authorization: 'Bearer k' }, {}],
    [{ ...type, Authorization: 'Basic azo=' }, {}],
    [{ ...type, 'X-API-Key': 'k' }, {}],
    [type, { api_key: 'k' }],
  ]);
});

it.each([
  ['a name that is not kebab-case', ['Acme'], 'name: "Acme" is not kebab-case, such as acme-crm'],
  ['a name that has a folder', ['stormly'], 'name: the folder destinations/stormly already exists'],
  [
    'a name that a destination in another folder has',
    ['actions-loops'],
    'name: "actions-loops" already belongs to loops',
  ],
  ['a title that is taken', ['acme', '--title', 'stormly'], 'title: "stormly" already belongs to stormly'],
  [
    'a URL that would be code',
    ['acme', '--url', 'https://acme.example/${x}'],
    'url: "https://acme.example/${x}" is not',
  ],
  [
    'a URL that is not https',
    ['acme', '--docs', 'http://acme.example'],
    'docs: "http://acme.example" is not an https URL',
  ],
  ['another authentication', ['acme', '--auth', 'none'], 'auth: "none" is not one of bearer, basic, header, query'],
  ['nobody to ask', ['acme', '--auth', 'basic'], 'missing: title, docs, url'],
])('writes nothing for %s', async (_what, args, message) => {
  const before = await readdir(path.join(project, 'destinations'));
  const { status, stdout, stderr } = await cli('new', ...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`error: ${message}`);
  expect(await readdir(path.join(project, 'destinations'))).toEqual(before);
});
