import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import _ from 'lodash';

import { isUrl } from '../core/hosts.ts';
import type { Registry } from '../core/registry.ts';
import { loadRegistry } from '../loader/load.ts';
import { authNames, cases, moduleText, type Scaffold } from './scaffold.ts';
import { UsageError } from './usage.ts';

type Field = keyof Scaffold;

/** What to ask for each field, in order, and how to check the answers. */
const questions: Record<Field, { ask: string; wrong: (value: string, registry: Registry) => string | undefined }> = {
  name: { ask: 'Name, in kebab-case', wrong: wrongName },
  title: { ask: 'Title, as the vendor writes it', wrong: wrongTitle },
  docs: { ask: 'URL of the vendor’s documentation of the call', wrong: wrongUrl },
  url: { ask: 'URL to post groups to', wrong: wrongUrl },
  auth: { ask: `Authentication (${authNames.join(', ')})`, wrong: wrongAuth },
};

function wrongName(name: string, registry: Registry): string | undefined {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return `"${name}" is not kebab-case, such as acme-crm`;
  if (existsSync(path.join('destinations', name))) return `the folder destinations/${name} already exists`;
  return wrongTitle(name, registry);
}

function wrongTitle(title: string, registry: Registry): string | undefined {
  const taken = registry.get(title);
  if (taken !== undefined) return `"${title}" already belongs to ${taken.name}`;
  return /^[^\p{Cc}*]*\S[^\p{Cc}*]*$/u.test(title) ? undefined : `"${title}" is not a valid title`;
}

function wrongUrl(url: string): string | undefined {
  // Characters that mean something else in a template literal.
  if (isUrl(url, ['https:'], /[`$\\\s?#]/)) return undefined;
  return `"${url}" is not an https URL without credentials, query, fragment, "$", backtick or backslash`;
}

function wrongAuth(auth: string): string | undefined {
  return (authNames as string[]).includes(auth) ? undefined : `"${auth}" is not one of ${authNames.join(', ')}`;
}

/**
 * Writes a destination that sends something, with its fixtures, into the project in the current folder.
 * @param given the answers that are already known
 */
export async function create(given: Partial<Record<Field, string>>): Promise<void> {
  if (!existsSync('tsconfig.build.json') || !existsSync('fixtures/_events')) {
    throw new UsageError('run this in a checkout of the project; this folder is not one');
  }
  const scaffold = await complete(given, await loadRegistry());
  const written = [await writeModule(scaffold), ...(await writeFixtures(scaffold))];
  run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
  run(path.join(import.meta.dirname, 'fixtures.js'), [scaffold.name, '--update']);
  console.log(`
Wrote

${written.join('\n')}

The fixtures pass, but their contents are a guess. Follow ${scaffold.docs}, then run

  npm run fixtures -- ${scaffold.name} --update   to update the fixtures and see what changed
  npm run check -- ${scaffold.name}               to review the destination
`);
}

/**
 * Asks for the missing answers if a terminal is attached.
 * @throws {UsageError} if an answer is wrong, or is missing and nobody can be asked
 */
async function complete(given: Partial<Record<Field, string>>, registry: Registry): Promise<Scaffold> {
  const fields = Object.keys(questions) as Field[];
  for (const field of fields) {
    const wrong = given[field] === undefined ? undefined : questions[field].wrong(given[field], registry);
    if (wrong !== undefined) throw new UsageError(`${field}: ${wrong}`);
  }
  const missing = fields.filter((field) => given[field] === undefined);
  if (missing.length === 0) return given as Scaffold;
  if (!process.stdin.isTTY) throw new UsageError(`missing: ${missing.join(', ')}`);

  const { input, select } = await import('@inquirer/prompts');
  const answers = { ...given };
  for (const field of missing) {
    const { ask, wrong } = questions[field];
    if (field === 'auth') {
      answers.auth = await select({ message: ask, choices: authNames }, { output: process.stderr });
      continue;
    }
    const suggested = field === 'title' ? { default: _.startCase(answers.name) } : {};
    const validate = (answer: string) => wrong(answer.trim(), registry) ?? true;
    const answer = await input({ message: ask, ...suggested, validate }, { output: process.stderr });
    answers[field] = answer.trim();
  }
  return answers as Scaffold;
}

async function writeModule(scaffold: Scaffold): Promise<string> {
  const file = path.join('destinations', scaffold.name, 'index.ts');
  const { format, resolveConfig } = await import('prettier');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, await format(moduleText(scaffold), { ...(await resolveConfig(file)), filepath: file }));
  return file;
}

async function writeFixtures({ name }: Scaffold): Promise<string[]> {
  const folder = path.join('fixtures', name);
  await mkdir(folder, { recursive: true });
  return Promise.all(
    Object.entries(cases).map(async ([fixture, content]) => {
      const file = path.join(folder, `${fixture}.json`);
      await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
      return file;
    }),
  );
}

function run(file: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [file, ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${path.basename(file)} ended with ${String(status)}`);
}
