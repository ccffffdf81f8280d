import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import { Pool } from 'undici';

import type { Result } from '../../../src/contract/results.ts';
import { projectFolder } from '../../support/project.ts';
import { programFile } from '../../support/requirements.js';
import { killAll, ready, start } from '../../support/service.ts';

/*
 * Three replicas behind HAProxy, in processes of their own, with the configuration that is shipped.
 *
 * @requires haproxy, setpriv
 */

const CLIENTS = 50;
const EVENTS = 3;

let folder: string;
let replicas: ChildProcess[] = [];
let addresses: string[] = [];
let haproxy: ChildProcess;
let pool: Pool;

/** Starts a replica; where it listens. */
async function startReplica(): Promise<string> {
  const NODE_OPTIONS = '--max-old-space-size=1280';
  const service = start({ DRAIN_DELAY: '1', MAX_EVENT_LOOP_DELAY_MS: '60000', NODE_OPTIONS });
  replicas.push(service.child);
  return new URL(await ready(service)).host;
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  const socketPath = path.join(folder, 'haproxy.sock');
  // One after the other, so that they are in the order of their processes.
  addresses = [await startReplica(), await startReplica(), await startReplica()];
  const [REPLICA_1, REPLICA_2, REPLICA_3] = addresses;
  const LISTEN = `unix@${socketPath}`;
  const env = { PATH: process.env.PATH, LISTEN, REPLICA_1, REPLICA_2, REPLICA_3 };
  // Ends with the tests, however these end.
  const leashed = ['--pdeathsig', 'KILL', programFile('haproxy') ?? '', '-f', 'deploy/haproxy/haproxy.cfg'];
  haproxy = spawn(programFile('setpriv') ?? '', leashed, { cwd: projectFolder, env });
  haproxy.stderr?.pipe(process.stderr);
  while (!(await isThere(socketPath))) {
    if (haproxy.exitCode !== null) throw new Error('HAProxy did not start');
    await setTimeout(20);
  }
  pool = new Pool('http://group-transformer.example', { socketPath, connections: CLIENTS });
});

afterEach(async () => {
  await pool.destroy();
  haproxy.kill('SIGKILL');
  killAll();
  replicas = [];
  await rm(folder, { recursive: true });
});

const destination = { name: 'userpilot', config: { apiKey: 'k' } };
/** More than arrives at once, so that some requests are under way at any moment. */
const context = { padding: 'x'.repeat(50_000) };
const eventOf = (messageId: string) => ({ type: 'group', messageId, groupId: 'acme', traits: { a: 1 }, context });

/** What came back for a request, beside what should have. */
interface Exchange {
  sent: string[];
  status: number;
  answered: string[];
}

const isWrong = ({ sent, status, answered }: Exchange) => status !== 200 || sent.join() !== answered.join();

/** @param pause what is waited for before the second half of the body is sent */
async function exchange(number: number, pause?: Promise<void>): Promise<Exchange> {
  const sent = Array.from({ length: EVENTS }, (_, i) => `${String(number)}-${String(i)}`);
  const json = JSON.stringify({ events: sent.map(eventOf), destination });
  async function* halves() {
    yield json.slice(0, json.length / 2);
    await pause;
    yield json.slice(json.length / 2);
  }
  const { statusCode: status, body } = await pool.request({
    method: 'POST',
    path: '/transform',
    headers: { 'content-type': 'application/json' },
    body: pause === undefined ? json : Readable.from(halves()),
  });
  if (status !== 200) return { sent, status, answered: [await body.text()] };
  const { results } = (await body.json()) as { results: Result[] };
  const answered = results.map(({ outcome, messageId }) => (outcome === 'send' ? (messageId ?? '') : outcome));
  return { sent, status, answered };
}

/** Keeps all clients busy; in the midst of it a replica gets a signal, and goes, and they go on for a while. */
async function loseReplica(signal: NodeJS.Signals): Promise<{ exchanges: Exchange[]; ending: unknown[] }> {
  const [victim] = replicas as [ChildProcess];
  const exit = once(victim, 'exit') as Promise<unknown[]>;
  const exchanges: Exchange[] = [];
  let asked = 0;
  let enough = Infinity;
  const client = async () => {
    while (exchanges.length < enough) exchanges.push(await exchange(asked++));
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  while (exchanges.length < 500) await setTimeout(1);
  victim.kill(signal);
  const ending = await exit;
  enough = exchanges.length + 500;
  await clients;
  expect(exchanges).toHaveLength(asked);
  return { exchanges, ending };
}

it.each<[NodeJS.Signals, unknown[]]>([
  ['SIGKILL', [null, 'SIGKILL']],
  ['SIGTERM', [0, null]],
])('nothing is lost or answered twice when a replica gets %s under load', async (signal, expected) => {
  const { exchanges, ending } = await loseReplica(signal);
  expect(ending).toEqual(expected);
  expect(exchanges.filter(isWrong)).toEqual([]);
});

it('nothing is lost of what a replica was being sent when it died', async () => {
  let goOn: () => void = () => undefined;
  const pause = new Promise<void>((resolve) => (goOn = resolve));
  // As many as there are replicas, so that each of them would be sent one.
  const exchanges = Promise.all(replicas.map((_, number) => exchange(number, pause)));
  await setTimeout(200);
  const [victim] = replicas as [ChildProcess];
  victim.kill('SIGKILL');
  await once(victim, 'exit');
  goOn();
  expect((await exchanges).filter(isWrong)).toEqual([]);
});

/** Something that ends every replica it reaches, instead of the replicas; how often it was reached, by path. */
async function behindMortals(run: (reached: Map<string, number>) => Promise<void>): Promise<void> {
  const reached = new Map<string, number>();
  const mortals = await Promise.all(
    replicas.map(async (_replica, index) => {
      const server = createServer((request, response) => {
        if (request.url === '/ready') {
          response.end();
          return;
        }
        reached.set(request.url ?? '', (reached.get(request.url ?? '') ?? 0) + 1);
        request.socket.destroy();
      });
      const port = Number(addresses[index]?.split(':').at(-1));
      const replica = replicas[index] as ChildProcess;
      replica.kill('SIGKILL');
      await once(replica, 'exit');
      await once(server.listen(port), 'listening');
      return server;
    }),
  );
  try {
    // Until HAProxy has seen that they are there.
    await setTimeout(2_500);
    await run(reached);
  } finally {
    for (const mortal of mortals) mortal.close().closeAllConnections();
  }
}

it('a request that ends a replica is repeated once, and never where it delivers', async () => {
  await behindMortals(async (reached) => {
    // HAProxy closes the connection without an answer as well.
    const ask = async (path: string) =>
      pool.request({ method: 'POST', path, body: '{}', headers: { 'content-type': 'application/json' } }).then(
        ({ statusCode }) => statusCode,
        () => 502,
      );
    for (const path of ['/transform', '/v0/destinations/stormly', '/v1/destinations/stormly/proxy', '/deleteUsers']) {
      expect(await ask(path)).toBeGreaterThanOrEqual(500);
    }
    expect(Object.fromEntries(reached)).toEqual({
      '/transform': 2,
      '/v0/destinations/stormly': 2,
      '/v1/destinations/stormly/proxy': 1,
      '/deleteUsers': 1,
    });
  });
});

it('three replicas survive an event with a long list of group ids, and no other request is lost', async () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => `g${String(index)}`);
  const hostile = { type: 'group', userId: 'u', groupId: ids, traits: { text: 'x'.repeat(100_000) } };
  const body = JSON.stringify({ event: hostile, destination: { name: 'stormly', config: { apiKey: 'k' } } });
  const attack = async () => {
    const answer = await pool.request({
      method: 'POST',
      path: '/transform',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await answer.body.dump();
    return answer.statusCode;
  };
  const exchanges: Exchange[] = [];
  let isOver = false as boolean;
  const client = async () => {
    while (!isOver) exchanges.push(await exchange(exchanges.length));
  };
  const clients = Promise.all([client(), client(), client()]);
  const attacks: number[] = [];
  for (let round = 0; round < 100; round++) attacks.push(await attack());
  isOver = true;
  await clients;
  expect(attacks.filter((status) => status !== 200)).toEqual([]);
  expect(exchanges.filter(isWrong)).toEqual([]);
  expect(replicas.map(({ exitCode, signalCode }) => [exitCode, signalCode])).toEqual(replicas.map(() => [null, null]));
});

it('a stream is answered while it is sent', async () => {
  let tellAnswered: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (tellAnswered = resolve));
  async function* lines() {
    yield `${JSON.stringify({ destinations: [destination] })}\n${JSON.stringify({ event: eventOf('1') })}\n`;
    await answered;
    yield JSON.stringify({ event: eventOf('2') });
  }
  const { body } = await pool.request({
    method: 'POST',
    path: '/transform',
    headers: { 'content-type': 'application/x-ndjson' },
    body: Readable.from(lines()),
  });
  body.once('data', tellAnswered);
  expect(
    (await text(body))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  ).toMatchObject([
    { line: 2, outcome: 'send', messageId: '1' },
    { line: 3, outcome: 'send', messageId: '2' },
    { end: { events: 2, results: 2 } },
  ]);
});
