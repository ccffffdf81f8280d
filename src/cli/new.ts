import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import _ from 'lodash';
import { isUrl } from '../core/hosts.ts';
import type { Registry } from '../core/registry.ts';
import { loadRegistry } from '../loader/load.ts';
import { authNames, cases, moduleText, type Scaffold } from './scaffold.ts';
import { UsageError } from './usage.ts';

type Field = keyof Scaffold;

/** What is asked for each field, in order, and what is wrong with an answer. */
const questions: Record<Field, { ask: string; wrong: (value: string, registry: Registry) => string | undefined }> = {
  name: { ask: 'Name, in kebab-case', wrong: wrongName },
  title: { ask: 'Title, as the vendor writes it', wrong: wrongTitle },
  docs: { ask: 'URL of the vendor’s page about the call', wrong: wrongUrl },
  url: { ask: 'URL that groups are posted to', wrong: wrongUrl },
  auth: { ask: `Authentication (${authNames.join(', ')})`, wrong: wrongAuth },
};

function wrongName(name: string, registry: Registry): string | undefined {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return `"${name}" is not kebab-case`;
  if (existsSync(path.join('destinations', name))) return `there is a folder destinations/${name}`;
  return wrongTitle(name, registry);
}

function wrongTitle(title: string, registry: Registry): string | undefined {
  const taken = registry.get(title);
  if (taken !== undefined) return `"${title}" is taken by ${taken.name}`;
  return /^[^\p{Cc}*]*\S[^\p{Cc}*]*$/u.test(title) ? undefined : `"${title}" is no title`;
}

function wrongUrl(url: string): string | undefined {
  // What would mean something else within a template.
  if (isUrl(url, ['https:'], /[`$\\\s?#]/)) return undefined;
  return `"${url}" is not an https URL without credentials, query, fragment, "$", backtick or backslash`;
}

function wrongAuth(auth: string): string | undefined {
  return (authNames as string[]).includes(auth) ? undefined : `"${auth}" is none of ${authNames.join(', ')}`;
}

/**
 * Writes a destination that sends something, with its fixtures, into the project that is the current folder.
 * @param given what need not be asked
 */
export async function create(given: Partial<Record<Field, string>>): Promise<void> {
  if (!existsSync('tsconfig.build.json') || !existsSync('fixtures/_events')) {
    throw new UsageError('there is no checkout of the project in this folder');
  }
  const scaffold = await complete(given, await loadRegistry());
  const written = [await writeModule(scaffold), ...(await writeFixtures(scaffold))];
  run('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
  run(path.join(import.meta.dirname, 'fixtures.js'), [scaffold.name, '--update']);
  console.log(`
${written.join('\n')}

are there, and pass. What they send is a guess: make it what ${scaffold.docs} says. Then

  npm run fixtures -- ${scaffold.name} --update   shows what that changes, and writes it down
  npm run check -- ${scaffold.name}               says what a reviewer would`);
}

/**
 * Asks for what is not given, where there is somebody to ask.
 * @throws {UsageError} where something given is wrong, or something is not given and nobody is there
 */
async function complete(given: Partial<Record<Field, string>>, registry: Registry): Promise<Scaffold> {
  const fields = Object.keys(questions) as Field[];
  for (const field of fields) {
    const wrong = given[field] === undefined ? undefined : questions[field].wrong(given[field], registry);
    if (wrong !== undefined) throw new UsageError(`${field}: ${wrong}`);
  }
  const missing = fields.filter((field) => given[field] === undefined);
  if (missing.length === 0) return given as Scaffold;
  if (!process.stdin.isTTY) throw new UsageError(`not given: ${missing.join(', ')}`);

  const answers = { ...given };
  const terminal = createInterface(process.stdin, process.stderr);
  for (const field of missing) {
    const suggested = { title: _.startCase(answers.name), auth: authNames[0] as string }[field as string];
    answers[field] = await ask(terminal, field, suggested, registry);
  }
  terminal.close();
  return answers as Scaffold;
}

async function ask(
  terminal: Interface,
  field: Field,
  suggested: string | undefined,
  registry: Registry,
): Promise<string> {
  const question = questions[field];
  const closed = new AbortController();
  terminal.once('close', () => {
    closed.abort();
  });
  for (;;) {
    const hint = suggested === undefined ? '' : ` [${suggested}]`;
    const answer = (await terminal.question(`${question.ask}${hint}: `, closed)).trim() || (suggested ?? '');
    const wrong = question.wrong(answer, registry);
    if (wrong === undefined) return answer;
    console.error(wrong);
  }
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
