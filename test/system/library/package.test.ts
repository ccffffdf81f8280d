import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { runNode } from '../../support/command.ts';
import { projectFolder } from '../../support/project.ts';

/*
 * The package as it would be published, in a project of its own that has what it depends on and nothing else.
 */

let folder: string;
let tarball: string;

const installed = (...steps: string[]) => path.join(folder, 'node_modules/group-transformer', ...steps);
const tool = (file: string) => path.join(projectFolder, 'node_modules', file);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  // It is built already.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const packed = execFileSync('npm', args, {
    cwd: projectFolder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  tarball = path.join(folder, filename);
  await mkdir(installed(), { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed()]);
  for (const name of [...(await dependencies()), '@types/node']) {
    const link = path.join(folder, 'node_modules', name);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(tool(name), link);
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function dependencies(): Promise<string[]> {
  const manifest = JSON.parse(await readFile(installed('package.json'), 'utf8')) as { dependencies: object };
  return Object.keys(manifest.dependencies);
}

it('has what was built and is documented, and nothing else', async () => {
  const files = (await readdir(installed(), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(installed(), path.join(entry.parentPath, entry.name)));
  expect(files).toEqual(
    expect.arrayContaining([
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'docs/events.md',
      'dist/src/index.d.ts',
      'dist/src/kit/index.d.ts',
      'dist/src/cli/main.js',
      'dist/src/http/server.js',
      'dist/destinations/stormly/index.js',
      'dist/playground/index.html',
      'dist/swagger-ui/swagger-ui-bundle.js',
      'dist/swagger-ui/LICENSE',
    ]),
  );
  const expected =
    /^((package\.json|LICENSE|(README|CHANGELOG|docs\/[\w-]+)\.md)|dist\/(src|destinations)\/.+\.(js|d\.ts)|dist\/playground\/(index\.html|assets\/[\w.-]+)|dist\/swagger-ui\/[\w.-]+)$/;
  expect(files.filter((file) => !expected.test(file))).toEqual([]);
});

it.each([
  ['publint', ['publint/src/cli.js', 'run', '--strict']],
  ['attw', ['@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only']],
])('leaves %s nothing to say', async (_name, [command = '', ...args]) => {
  const { status, stdout, stderr } = await runNode([tool(command), ...args, tarball]);
  expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
});

it('is what the example builds on, types and all', async () => {
  const example = path.join(folder, 'example');
  await cp(path.join(projectFolder, 'examples/node-library'), example, { recursive: true });
  const compiled = await runNode([tool('typescript/bin/tsc')], { cwd: example });
  expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(await runNode(['main.js'], { cwd: example })).toEqual({
    status: 0,
    stdout: [
      'POST https://analytex.userpilot.io/v1/companies/identify Content-Type, Authorization, X-API-Version ' +
        '{"json":{"company_id":"acme-42","metadata":{"name":"Acme","employees":63}}}\n',
      'loops gets nothing: GROUP_NOT_SUPPORTED\n',
    ].join(''),
    stderr: '',
  });
});

it('has types that refuse what is wrong', async () => {
  const example = path.join(folder, 'wrong');
  await cp(path.join(projectFolder, 'examples/node-library'), example, { recursive: true });
  const main = path.join(example, 'main.ts');
  const text = await readFile(main, 'utf8');
  const wrong = text
    .replace("apiKey: 'my-key' } }", "apiKey: 'my-key' }, enabled: 'no' }")
    .replace('result.requests', 'result.request');
  await writeFile(main, wrong);
  const { status, stdout } = await runNode([tool('typescript/bin/tsc'), '--noEmit'], { cwd: example });
  expect(status).not.toBe(0);
  expect(stdout.match(/error TS\d+/g)).toEqual(['error TS2322', 'error TS2551']);
});

it('has a command line that needs no more than what the package depends on', async () => {
  for (const [args, input, expected] of [
    [['transform', '--to', 'loops'], '{"type":"group"}\n', 'GROUP_NOT_SUPPORTED'],
    [['destinations', 'stormly'], '', 'Stormly'],
    [['check', 'loops'], '', 'fixtures'],
  ] as const) {
    const command = [installed('dist/src/cli/main.js'), ...args];
    const { stdout, stderr } = await runNode(command, { input, cwd: folder });
    expect(stdout + stderr).toContain(expected);
    expect(stderr).not.toContain('Cannot find package');
  }
});

it('requires the packages for traces only where traces are asked for', async () => {
  const env = { PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  const { status, stdout, stderr } = await runNode([installed('dist/src/http/server.js')], { cwd: folder, env });
  expect(status).toBe(1);
  expect(stdout + stderr).toContain('the optional packages for traces are missing; install without --omit=optional');
});
