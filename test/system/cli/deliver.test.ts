import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import _ from 'lodash';

import { Progress } from '../../../src/cli/progress.ts';
import { runCommand } from '../../support/command.ts';
import { Peer, type Received } from '../../support/peer.ts';
import { projectFolder } from '../../support/project.ts';
import { leash } from '../../support/service.ts';

/* Deliveries by the command line to a real HTTP server, which stands for all vendors. */

const peer = new Peer();
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  env = { VENDOR_GATEWAY_URL: `http://127.0.0.1:${String(await peer.start())}` };
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  peer.calls.length = 0;
  peer.answer = (_call, response) => response.end('{}');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

afterAll(() => {
  peer.stop();
});

const config = { stormly: { apiKey: 'k' }, knock: { apiKey: 'k' } };
const hosts = { stormly: 'rudderstack.t.stormly.com', knock: 'api.knock.app' };
const group = (number: number) => ({
  type: 'group',
  messageId: `m-${String(number)}`,
  userId: 'u',
  groupId: [`a-${String(number)}`, `b-${String(number)}`],
  timestamp: '2026-01-02T03:04:05Z',
});
const lines = (events: readonly unknown[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');
const parse = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function write(name: string, content: unknown): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

/** What each vendor was told, as the ids of groups. */
const toldTo = (host: string) =>
  peer.calls
    .filter(({ url }) => new URL(url).host === host)
    .map(({ url, body }) => /[ab]-\d+/.exec(url + body)?.[0] ?? '');

const expectedFor = (events: number) => _.range(events).flatMap((n) => [`a-${String(n)}`, `b-${String(n)}`]);

const summaryOf = (stderr: string) => stderr.split('\n').map((line) => line.trim().split(/ {2,}/));

it('makes the requests of all results, in order per destination, and sums up', async () => {
  const file = await write('events.ndjson', lines([..._.range(20).map(group), { type: 'track' }]));
  const args = ['transform', '--deliver', '--config', await write('config.json', { ...config, loops: {} }), file];
  const { status, stdout, stderr } = await runCommand(args, { env });
  expect(summaryOf(stderr)).toEqual([
    ['knock', 'delivered', '20'],
    ['knock', 'drop', 'NOT_A_GROUP_EVENT', '1'],
    ['loops', 'drop', 'GROUP_NOT_SUPPORTED', '20'],
    ['loops', 'drop', 'NOT_A_GROUP_EVENT', '1'],
    ['stormly', 'delivered', '20'],
    ['stormly', 'drop', 'NOT_A_GROUP_EVENT', '1'],
    ['21 events, 63 results'],
    [''],
  ]);
  expect(status).toBe(0);
  for (const host of Object.values(hosts)) expect(toldTo(host)).toEqual(expectedFor(20));
  const results = parse(stdout);
  expect(results).toHaveLength(63);
  const delivered = results.filter(({ delivery }) => delivery !== undefined);
  expect(delivered).toHaveLength(40);
  expect(delivered[0]).toMatchObject({ outcome: 'send', delivery: { outcome: 'delivered', next: 2, status: 200 } });
});

it('has one request at a time under way to a destination', async () => {
  const underWay = new Map<string, number>();
  let most = 0;
  peer.answer = ({ url }, response) => {
    const { host } = new URL(url);
    underWay.set(host, (underWay.get(host) ?? 0) + 1);
    most = Math.max(most, underWay.get(host) ?? 0);
    setTimeout(() => {
      underWay.set(host, (underWay.get(host) ?? 0) - 1);
      response.end();
    }, 2);
  };
  const args = ['transform', '--deliver', '--config', await write('config.json', config)];
  await runCommand(args, { env, input: lines(_.range(20).map(group)) });
  expect([most, peer.calls.length]).toEqual([1, 80]);
});

it('tells what a vendor refuses, and goes on', async () => {
  peer.answer = ({ body }, response) => response.writeHead(body.includes('b-1') ? 400 : 200).end('{"why":"odd"}');
  const args = ['transform', '--deliver', '--config', await write('config.json', config), '--to', 'stormly'];
  const { status, stdout, stderr } = await runCommand(args, { env, input: lines(_.range(3).map(group)) });
  expect(status).toBe(1);
  expect(parse(stdout).map(({ delivery }) => delivery)).toMatchObject([
    { outcome: 'delivered' },
    { outcome: 'refused', next: 1, status: 400, answer: '{"why":"odd"}' },
    { outcome: 'delivered' },
  ]);
  expect(summaryOf(stderr)).toEqual([
    ['stormly', 'delivered', '2'],
    ['stormly', 'refused', '400', '1'],
    ['3 events, 3 results'],
    [''],
  ]);
});

it('tries again what may be accepted later, and lets nothing overtake it', async () => {
  let refusals = 2;
  peer.answer = ({ body }, response) => {
    const isBusy = body.includes('b-1') && refusals-- > 0;
    response.writeHead(isBusy ? 429 : 200, isBusy ? { 'Retry-After': '1' } : {}).end();
  };
  const args = ['transform', '--deliver', '--config', await write('config.json', config), '--to', 'stormly'];
  const { status } = await runCommand(args, { env, input: lines(_.range(3).map(group)) });
  expect(status).toBe(0);
  expect(toldTo(hosts.stormly)).toEqual(['a-0', 'b-0', 'a-1', 'b-1', 'b-1', 'b-1', 'a-2', 'b-2']);
});

it('gives a vendor up that is down, delivers to the others, and resumes when it is back', async () => {
  const file = await write('events.ndjson', lines(_.range(5).map(group)));
  const journal = path.join(folder, 'run.journal');
  const args = ['transform', '--deliver', '--resume', journal, '--config', await write('config.json', config), file];
  peer.answer = ({ url, body }, response) =>
    response.writeHead(url.includes(hosts.stormly) && !/[ab]-0/.test(body) ? 503 : 200).end();
  const down = await runCommand(args, { env });
  expect(down.status).toBe(1);
  expect(summaryOf(down.stderr)).toEqual([
    ['knock', 'delivered', '5'],
    ['stormly', 'delivered', '1'],
    ['stormly', 'retry', '3'],
    ['stormly', 'retry', '503', '1'],
    ['5 events, 10 results'],
    [''],
  ]);
  peer.calls.length = 0;
  peer.answer = (_call, response) => response.end();
  const back = await runCommand(args, { env });
  expect(back.status).toBe(0);
  expect(summaryOf(back.stderr)).toEqual([
    ['knock', 'delivered', 'before', '5'],
    ['stormly', 'delivered', '4'],
    ['stormly', 'delivered', 'before', '1'],
    ['5 events, 10 results'],
    [''],
  ]);
  expect(toldTo(hosts.knock)).toEqual([]);
  expect(toldTo(hosts.stormly)).toEqual(expectedFor(5).slice(2));
});

describe('a journal', () => {
  it('lets a run go on after SIGKILL: nothing is lost, and at most what was under way is sent twice', async () => {
    const events = 150;
    const file = await write('events.ndjson', lines(_.range(events).map(group)));
    const journal = path.join(folder, 'run.journal');
    const configFile = await write('config.json', config);
    const args = ['transform', '--deliver', '--resume', journal, '--config', configFile, file];
    let kills = 0;
    for (let status: number | null = null; status !== 0;) {
      const command = ['--import', leash, path.join(projectFolder, 'dist/src/cli/main.js'), ...args];
      const child = spawn(process.execPath, command, { env, stdio: ['pipe', 'ignore', 'inherit'] });
      let left = 70 + 7 * kills;
      peer.answer = (_call, response) => {
        // What is answered from now on has been accepted, and nobody knows.
        if (--left === 0 && child.kill('SIGKILL')) kills++;
        response.end('{}');
      };
      [status] = (await once(child, 'close')) as [number | null];
    }
    expect(kills).toBeGreaterThanOrEqual(4);
    for (const host of Object.values(hosts)) {
      const told = toldTo(host);
      // In order, too: what comes twice comes twice in a row.
      expect(_.sortedUniq(told.map((id) => expectedFor(events).indexOf(id)))).toEqual(_.range(2 * events));
      expect(told.length - 2 * events).toBeLessThanOrEqual(kills);
    }
    expect(peer.calls.length).toBeGreaterThan(4 * events);
    const again = await runCommand(args, { env });
    expect([again.status, again.stdout]).toEqual([0, '']);
  });

  it('whose last line was cut is read up to there', async () => {
    const journal = path.join(folder, 'run.journal');
    const configFile = await write('config.json', config);
    const args = ['transform', '--deliver', '--resume', journal, '--config', configFile, '--to', 'stormly'];
    await runCommand(args, { env, input: lines(_.range(2).map(group)) });
    await appendFile(journal, '{"event":2,"destin');
    await runCommand(args, { env, input: lines(_.range(3).map(group)) });
    expect(toldTo(hosts.stormly)).toEqual(expectedFor(3));
    const written = parse(await readFile(journal, 'utf8'));
    expect(written.map(({ event, next }) => [event, next])).toEqual(
      _.range(3).flatMap((n) => [
        [n, 1],
        [n, 2],
      ]),
    );
  });

  it('of other events stops the run before anything is sent', async () => {
    const journal = path.join(folder, 'run.journal');
    const configFile = await write('config.json', config);
    const args = ['transform', '--deliver', '--resume', journal, '--config', configFile];
    await runCommand(args, { env, input: lines([group(0)]) });
    peer.calls.length = 0;
    const { status, stderr } = await runCommand(args, { env, input: lines([group(7), group(8)]) });
    expect([status, stderr]).toEqual([
      1,
      `error: ${journal}: event 0 of the input is not the event that was delivered before; resume with the same events\n`,
    ]);
    expect(peer.calls).toEqual([]);
  });

  it.each(['{"type":"group"}\n', 'x', '\n', '{"event":0,"destination":"a","next":0,"digest":""}\n'])(
    'that isn’t one is left as it is: %j',
    async (content) => {
      const journal = await write('events.ndjson', content);
      const args = ['transform', '--deliver', '--resume', journal, '--to', 'loops'];
      const { status, stderr } = await runCommand(args, { env, input: lines([group(0)]) });
      expect([status, stderr]).toEqual([2, `error: ${journal}: is not a journal of deliveries\n`]);
      expect(await readFile(journal, 'utf8')).toBe(content);
    },
  );

  it('goes with deliveries only', async () => {
    const { status, stderr } = await runCommand(['transform', '--resume', 'run.journal', '--to', 'loops']);
    expect([status, stderr]).toEqual([2, 'error: --resume requires --deliver\n']);
  });
});

it('calls no host that is neither a vendor’s own nor listed', async () => {
  const webhook = { webhook: { webhookUrl: 'https://hooks.acme.example/in' } };
  const args = ['transform', '--deliver', '--config', await write('config.json', webhook)];
  const input = lines([group(0)]);
  const refused = await runCommand(args, { env, input });
  expect(refused.status).toBe(1);
  expect(parse(refused.stdout)[0]?.delivery).toMatchObject({
    outcome: 'refused',
    message: 'hooks.acme.example is not a destination’s host; to allow it, add it to VENDOR_HOSTS',
  });
  const allowed = await runCommand(args, { env: { ...env, VENDOR_HOSTS: 'hooks.acme.example' }, input });
  expect(allowed.status).toBe(0);
  expect(peer.calls.map(({ url }: Received) => new URL(url).host)).toContain('hooks.acme.example');
});

it.each([
  ['{', 'the credentials are not JSON'],
  ['{"aws":{"accessKeyId":"a"}}', 'the credentials are not valid: aws.secretAccessKey: '],
  ['{"gogle":{}}', 'the credentials are not valid: Unrecognized key: "gogle"'],
])('credentials that are wrong stop the run: %s', async (content, message) => {
  const file = await write('credentials.json', content);
  const { status, stderr } = await runCommand(['transform', '--deliver', '--to', 'loops'], {
    env: { DELIVERY_CREDENTIALS: file },
  });
  expect([status, stderr]).toEqual([1, expect.stringContaining(`error: ${file}: ${message}`)]);
});

it('shows a bar where it is known how much there is', () => {
  let now = 0;
  const written: string[] = [];
  const progress = new Progress({ write: (text: string) => written.push(text) > 0 }, () => now);
  for (now = 1_000; now <= 4_000; now += 1_000) progress.show(now, now / 4_000);
  progress.end();
  expect(written).toEqual([
    '\r\u001b[K[======                  ]  25% 1,000 events, 1,000 per second',
    '\r\u001b[K[============            ]  50% 2,000 events, 1,000 per second',
    '\r\u001b[K[==================      ]  75% 3,000 events, 1,000 per second',
    '\r\u001b[K[========================] 100% 4,000 events, 1,000 per second',
    '\r\u001b[K',
  ]);
});
