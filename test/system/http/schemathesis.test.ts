import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { projectFolder } from '../../support/project.ts';
import { programFile } from '../../support/requirements.js';
import { killAll, ready, start } from '../../support/service.ts';

/*
 * Schemathesis calls every operation of the description, as it says and otherwise, and holds the answers against it.
 *
 * @requires schemathesis
 */

const config = path.join(projectFolder, 'test/system/http/schemathesis.toml');
/** The variables of a service; on a machine with other work, none of its answers says that it has too much to do. */
const OPEN = { NODE_ENV: 'production', MAX_EVENT_LOOP_DELAY_MS: '600000' };

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
});

afterAll(async () => {
  killAll();
  await rm(scratch, { recursive: true });
});

/** What Schemathesis says of a description and the service behind it, and whether it found fault. */
async function test(description: string, ...args: string[]): Promise<{ status: number | null; output: string }> {
  const all = ['--config-file', config, 'run', description, '--checks', 'all', '--no-color', ...args];
  // It keeps what it has found where it runs.
  const child = spawn(programFile('schemathesis') ?? '', all, { cwd: scratch, stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { status: child.exitCode, output };
}

it('finds nothing in a service that serves everything on one port', async () => {
  const url = await ready(start(OPEN));
  const { status, output } = await test(`${url}/openapi.json`);
  expect(status === 0 ? '' : output).toBe('');
  expect(output).toContain('12 selected / 12 total');
});

it('finds nothing where pipelines have a port of their own', async () => {
  const url = await ready(start({ ...OPEN, PIPELINE_PORT: '0' }));
  const { status, output } = await test(`${url}/openapi.json`);
  expect(status === 0 ? '' : output).toBe('');
  expect(output).toContain('6 selected / 6 total');
});

it('finds nothing where tokens are asked for', async () => {
  const url = await ready(start({ ...OPEN, API_TOKENS: 'token-1' }));
  const { status, output } = await test(`${url}/openapi.json`, '--header', 'Authorization: Bearer token-1');
  expect(status === 0 ? '' : output).toBe('');
  expect(output).toContain('12 selected / 12 total');
});

it('finds what is not as it is described', async () => {
  const url = await ready(start(OPEN));
  const api = JSON.parse(await (await fetch(`${url}/openapi.json`)).text()) as {
    paths: Record<string, object>;
    components: { schemas: { Status: object } };
  };
  api.components.schemas.Status = { type: 'object', required: ['state'] };
  api.paths['/nothing'] = { get: { responses: { 200: { description: 'It is not there.' } } } };
  const file = path.join(scratch, 'openapi.json');
  await writeFile(file, JSON.stringify(api));
  const { status, output } = await test(file, '--url', url, '--include-path', '/health', '--include-path', '/nothing');
  expect(status).toBe(1);
  expect(output).toMatch(/GET \/health/);
  expect(output).toMatch(/GET \/nothing/);
});
