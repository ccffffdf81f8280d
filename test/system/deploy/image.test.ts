import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { Copy, DockerfileParser, type Healthcheck, type Instruction } from 'dockerfile-ast';
import { validate, ValidationSeverity } from 'dockerfile-utils';

import { readSettings } from '../../../src/http/settings.ts';
import { projectFolder } from '../../support/project.ts';
import { leash } from '../../support/service.ts';

/*
 * The image without an engine to build it: the Dockerfile is linted, and its steps are carried out in folders.
 */

const readProject = (name: string) => readFile(path.join(projectFolder, name), 'utf8');

const text = await readProject('Dockerfile');
const file = DockerfileParser.parse(text);
const valuesOf = (instruction: Instruction | undefined): string[] =>
  instruction?.getArguments().map((argument) => argument.getValue()) ?? [];
const find = (keyword: string) => file.getInstructions().findLast((found) => found.getKeyword() === keyword);
/** The arguments of an instruction in its exec form, without a `CMD` before them. */
const execOf = (instruction: Instruction | undefined) =>
  JSON.parse(/\[.*\]$/.exec(instruction?.getRawArgumentsContent() ?? '')?.[0] ?? '') as string[];

let folder: string;
let running: ChildProcess | undefined;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
});

afterAll(async () => {
  running?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

it('has nothing that a linter objects to', () => {
  const strict = {
    deprecatedMaintainer: ValidationSeverity.ERROR,
    directiveCasing: ValidationSeverity.ERROR,
    emptyContinuationLine: ValidationSeverity.ERROR,
    instructionCasing: ValidationSeverity.ERROR,
    instructionCmdMultiple: ValidationSeverity.ERROR,
    instructionEntrypointMultiple: ValidationSeverity.ERROR,
    instructionHealthcheckMultiple: ValidationSeverity.ERROR,
    instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
    instructionWorkdirRelative: ValidationSeverity.ERROR,
  };
  expect(validate(text, strict).map(({ message }) => message)).toEqual([]);
  expect(validate(text.replace('WORKDIR /app', 'workdir app'), strict)).toHaveLength(2);
});

it('does not run as root', () => {
  expect(valuesOf(find('USER'))).toEqual(['node']);
});

it.each([
  'deploy/kubernetes/deployment.yaml',
  'deploy/rudder-server/compose.yaml',
  'deploy/bento/compose.yaml',
  'docs/operations.md',
])('has the version of the package in %s', async (name) => {
  const [manifest, user] = await Promise.all(['package.json', name].map(readProject));
  const { version } = JSON.parse(manifest ?? '') as { version: string };
  const tags = [...(user ?? '').matchAll(/group-transformer:(\d+\.\S*)/g)].map(([, tag]) => tag);
  expect(new Set(tags)).toEqual(new Set([version]));
});

/** Copies the files of the project that .dockerignore, a list of exceptions to `*`, lets through. */
async function copyContext(to: string): Promise<void> {
  const lines = (await readProject('.dockerignore')).split('\n');
  const [all, ...exceptions] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  expect(all).toBe('*');
  for (const [mark, ...name] of exceptions) {
    expect(mark).toBe('!');
    await cp(path.join(projectFolder, name.join('')), path.join(to, name.join('')), { recursive: true });
  }
}

/** Carries out what the Dockerfile says, each stage being a folder, and returns that of the last one. */
async function build(): Promise<string> {
  const context = path.join(folder, 'context');
  await copyContext(context);
  const stages = new Map<string, string>();
  let stage = '';
  let workdir = '';
  for (const instruction of file.getInstructions()) {
    const values = valuesOf(instruction);
    switch (instruction.getKeyword()) {
      case 'FROM':
        stage = path.join(folder, `stage-${String(stages.size)}`);
        stages.set(values[2] ?? '', stage);
        break;
      case 'WORKDIR':
        workdir = path.join(stage, values[0] ?? '');
        await mkdir(workdir, { recursive: true });
        break;
      case 'COPY': {
        const from = instruction instanceof Copy ? instruction.getFromFlag()?.getValue() : undefined;
        await copy(stages.get(from ?? '') ?? context, values, workdir);
        break;
      }
      case 'RUN':
        execFileSync('sh', ['-c', values.join(' ')], { cwd: workdir, stdio: 'pipe' });
        break;
    }
  }
  return workdir;
}

/** As COPY does: a folder's content goes to the target, a file into it where it ends with a slash. */
async function copy(from: string, values: string[], workdir: string): Promise<void> {
  const [target = '', ...sources] = values.filter((value) => !value.startsWith('--')).reverse();
  for (const source of sources) {
    const to = target.endsWith('/') ? path.join(target, path.basename(source)) : target;
    await cp(path.join(from, source), path.join(workdir, to), { recursive: true, verbatimSymlinks: true });
  }
}

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

function check(cwd: string, PORT: string): boolean {
  const [command = '', ...rest] = execOf(find('HEALTHCHECK'));
  try {
    execFileSync(command, rest, { cwd, env: { PATH: process.env.PATH, PORT }, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

it('is checked so often that balancers notice before it stops listening', () => {
  const flags = (find('HEALTHCHECK') as Healthcheck).getFlags();
  const [interval, retries] = ['interval', 'retries'].map((name) =>
    parseInt(flags.find((flag) => flag.getName() === name)?.getValue() ?? '', 10),
  );
  const { DRAIN_DELAY } = readSettings({});
  expect((interval ?? NaN) * (retries ?? NaN)).toBeLessThan(DRAIN_DELAY);
  expect(execOf(find('HEALTHCHECK')).join(' ')).toContain('/ready');
});

it('has what the service needs, and its check tells whether that is up', async () => {
  const cwd = await build();
  const PORT = await freePort();
  expect(check(cwd, PORT)).toBe(false);
  const [command = '', ...rest] = execOf(find('CMD'));
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', NODE_OPTIONS: `--import ${leash}`, PORT };
  running = spawn(command, rest, { cwd, env, stdio: 'pipe' });
  const stopped = new Promise((resolve) => running?.once('exit', resolve));
  while (running.exitCode === null && !check(cwd, PORT)) await setTimeout(100);
  expect(running.exitCode).toBeNull();
  for (const place of ['destinations/userpilot', 'docs/swagger-ui-bundle.js', 'docs/swagger-ui.css']) {
    expect([place, (await fetch(`http://localhost:${PORT}/${place}`)).status]).toEqual([place, 200]);
  }
  running.kill('SIGTERM');
  expect(await stopped).toBe(0);
});
