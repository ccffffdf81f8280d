import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'undici';

import { Peer } from '../../support/peer.ts';
import { projectFolder } from '../../support/project.ts';
import { programFile } from '../../support/requirements.js';

/*
 * HAProxy, with the configuration that is shipped, before replicas that break their connections: whatever may have been
 * delivered is not asked for once more.
 *
 * @requires haproxy, setpriv
 */

const breaking = () =>
  new Peer(({ url }, response) => {
    if (url === '/ready') response.end('{}');
    else response.destroy();
  });
const replicas = [breaking(), breaking(), breaking()];
let folder: string;
let haproxy: ChildProcess;
let pool: Pool;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  const socketPath = path.join(folder, 'haproxy.sock');
  const [one, two, three] = await Promise.all(
    replicas.map(async (replica) => `127.0.0.1:${String(await replica.start())}`),
  );
  const env = { LISTEN: `unix@${socketPath}`, REPLICA_1: one, REPLICA_2: two, REPLICA_3: three };
  const leashed = ['--pdeathsig', 'KILL', programFile('haproxy') ?? '', '-f', 'deploy/haproxy/haproxy.cfg'];
  haproxy = spawn(programFile('setpriv') ?? '', leashed, { cwd: projectFolder, env, stdio: 'inherit' });
  while (!existsSync(socketPath)) {
    if (haproxy.exitCode !== null) throw new Error('HAProxy did not start');
    await sleep(20);
  }
  pool = new Pool('http://group-transformer.example', { socketPath });
});

afterAll(async () => {
  await pool.destroy();
  haproxy.kill('SIGKILL');
  for (const replica of replicas) replica.stop();
  await rm(folder, { recursive: true });
});

it.each([
  ['/transform', 2],
  ['/deliver', 1],
])('%s is asked for as often as it may be: %i', async (where, times) => {
  const headers = { 'content-type': 'application/json' };
  const { statusCode, body } = await pool.request({ method: 'POST', path: where, headers, body: '{}' });
  await body.dump();
  expect(statusCode).toBeGreaterThanOrEqual(500);
  expect(replicas.flatMap(({ calls }) => calls).filter(({ url }) => url === where)).toHaveLength(times);
});
