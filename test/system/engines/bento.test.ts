import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import _ from 'lodash';

import type { Result } from '../../../src/contract/results.ts';
import { Peer } from '../../support/peer.ts';
import { projectFolder } from '../../support/project.ts';
import { programFile } from '../../support/requirements.js';
import { killAll, ready, start } from '../../support/service.ts';

/*
 * The pipelines as they are shipped, in the core that Bento and Redpanda Connect share, before a service that fails in every
 * way: every event has its results, in order, and every result is delivered. test/engines stands for Kafka.
 *
 * @requires go, setpriv
 */

const EVENTS = 3_000;
const PARTITIONS = 3;
const GROUPS = 20;

/** Where a message is in its topic. */
interface Place {
  partition: number;
  offset: number;
}

/** A message of the topic of events. */
interface Message extends Place {
  key: string;
  value: Buffer;
}

/** A message of a topic of results. */
interface Written {
  topic: string;
  key: string;
  result: Result & { ref: { topic: string; partition: number; offset: number; key?: string } };
}

interface Engine {
  child: ChildProcess;
  written: Written[];
  /** The last event of every batch that is done. */
  acknowledged: Place[];
  log: () => string;
  exit: Promise<number | null>;
}

const placeOf = ({ partition, offset }: Place) => `${String(partition)}/${String(offset)}`;

let folder: string;
let port: number;
let engines: Engine[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  execFileSync('go', ['build', '-o', path.join(folder, 'engine'), '.'], {
    cwd: path.join(projectFolder, 'test/engines'),
    stdio: 'pipe',
  });
});

beforeEach(async () => {
  port = await freePort();
});

afterEach(() => {
  killAll();
  engines.forEach(({ child }) => child.kill('SIGKILL'));
  engines = [];
});

afterAll(() => rm(folder, { recursive: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

const startService = (environment = {}) => start({ API_TOKENS: 'token', PORT: String(port), ...environment });

/** Runs the pipeline over messages; it ends with them. */
function run(
  messages: readonly Message[],
  environment: Record<string, string> = {},
  file = 'deploy/bento/pipeline.yaml',
): Engine {
  const command = ['--pdeathsig', 'KILL', path.join(folder, 'engine'), 'run'];
  const settings = ['--set', 'http.enabled=false', '--set', 'shutdown_timeout=1s'];
  const child = spawn(programFile('setpriv') ?? '', [...command, ...settings, file], {
    cwd: projectFolder,
    env: {
      PATH: process.env.PATH,
      KAFKA: 'kafka:9092',
      INPUT: 'groups',
      OUTPUT: 'results',
      TRANSFORMER: `http://localhost:${String(port)}`,
      API_TOKEN: 'token',
      DESTINATIONS: 'deploy/bento/destinations.json',
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const written: Written[] = [];
  const acknowledged: Place[] = [];
  createInterface(child.stdio[3] as Readable).on('line', (line) => {
    const told = JSON.parse(line) as
      { acknowledged: Place } | { acknowledged?: undefined; topic: string; key: string; value: string };
    if (told.acknowledged !== undefined) acknowledged.push(told.acknowledged);
    else written.push({ ..._.omit(told, 'value'), result: JSON.parse(told.value) as Written['result'] });
  });
  // A child that is killed leaves the rest unread.
  child.stdin.on('error', () => undefined);
  for (const { value, ...message } of messages) {
    child.stdin.write(`${JSON.stringify({ ...message, value: value.toString('base64') })}\n`);
  }
  child.stdin.end();
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const engine = { child, written, acknowledged, log: () => log, exit };
  engines.push(engine);
  return engine;
}

/** Waits until something is so, for as long as the engine runs. */
async function until(engine: Engine, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    if (engine.child.exitCode !== null) throw new Error(engine.log());
    await setTimeout(5);
  }
}

/** Waits until all messages are done. */
async function finish({ exit, log }: Engine): Promise<void> {
  const code = await exit;
  if (code !== 0) throw new Error(`the engine ended with ${String(code)}: ${log()}`);
}

/** How often the log has a text. */
const told = ({ log }: Engine, text: string) => log().split(text).length - 1;

/** Messages with events of several groups, each group in a partition of its own choice as Kafka has it. */
function messagesOf(count: number, valueOf = eventOf): Message[] {
  const counts: Record<number, number> = {};
  return _.times(count, (n) => {
    const group = n % GROUPS;
    const partition = group % PARTITIONS;
    const offset = counts[partition] ?? 0;
    counts[partition] = offset + 1;
    return { partition, offset, key: `group-${String(group)}`, value: Buffer.from(valueOf(n, group)) };
  });
}

const eventOf = (n: number, group: number) =>
  JSON.stringify({ type: 'group', groupId: `group-${String(group)}`, userId: 'user-7', traits: { name: 'Acme', n } });

/** Every event has its results, those of a partition in order, and each under the key of its event. */
function expectAll(written: readonly Written[], messages: readonly Message[]): void {
  const keys = Object.fromEntries(messages.map((message) => [placeOf(message), message.key]));
  for (const destinationId of ['userpilot', 'loops']) {
    const results = written.filter(({ result }) => 'destinationId' in result && result.destinationId === destinationId);
    const first = _.uniqBy(results, ({ result }) => placeOf(result.ref));
    for (const partition of _.range(PARTITIONS)) {
      const places = first.filter(({ result }) => result.ref.partition === partition);
      expect(places.map(({ result }) => result.ref.offset)).toEqual(
        _.map(messages.filter(_.matches({ partition })), 'offset'),
      );
    }
    const keyOf = ({ result }: Written) => keys[placeOf(result.ref)];
    expect(first.map(({ key, result }) => [key, result.ref.key])).toEqual(first.map((one) => [keyOf(one), keyOf(one)]));
  }
  expect(written.map(({ topic }) => topic)).toEqual(written.map(({ result }) => `results.${result.outcome}`));
}

/** What a test lets the service do with a request; every other way than the service's own is a fault. */
type Way = 'answer' | 'refuse' | 'reset' | 'cut' | 'end early';

/** Stands before the service and lets it fail. @param wayOf what becomes of the n-th request */
function failing(target: string, wayOf: (n: number) => Way): Server {
  let count = 0;
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const way = wayOf(count++);
    const body = await buffer(request);
    if (way === 'reset') request.socket.destroy();
    else if (way === 'refuse') response.writeHead(503, { 'Retry-After': '1' }).end();
    else {
      const headers = _.pick(request.headers, ['content-type', 'authorization']) as Record<string, string>;
      const answer = await fetch(new URL(request.url ?? '', target), { method: 'POST', headers, body });
      const text = Buffer.from(await answer.arrayBuffer());
      // In the middle of a line, or after one.
      const half = text.subarray(0, text.length / 2);
      response.writeHead(answer.status);
      if (way === 'answer') response.end(text);
      else if (way === 'cut') response.write(half, () => request.socket.destroy());
      else response.end(half.subarray(0, half.lastIndexOf('\n') + 1));
    }
  }
  return createServer((request, response) => void serve(request, response));
}

it('every event has its results, in order and once', async () => {
  await ready(startService());
  const messages = messagesOf(EVENTS);
  const engine = run(messages);
  await finish(engine);
  expectAll(engine.written, messages);
  expect(engine.written).toHaveLength(2 * EVENTS);
  const sent = engine.written.filter(({ topic }) => topic === 'results.send');
  const seen = sent.map(({ result }) => _.get(result, 'requests[0].body.json.metadata.n') as unknown);
  expect(_.sortBy(seen)).toEqual(_.range(EVENTS));
});

it('a service that is not there yet, is stopped and is killed', async () => {
  const messages = messagesOf(EVENTS);
  const engine = run(messages);
  await until(engine, () => told(engine, 'connection refused') >= 2);
  expect(engine.written).toEqual([]);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const service = startService();
    const before = engine.written.length;
    await until(engine, () => engine.written.length > before);
    const refused = told(engine, 'connection refused');
    service.child.kill(signal);
    await service.exit;
    await until(engine, () => told(engine, 'connection refused') >= refused + 2);
  }
  startService();
  await finish(engine);
  expectAll(engine.written, messages);
  expect(engine.written).toHaveLength(2 * EVENTS);
});

it.each(['refuse', 'reset', 'cut', 'end early'] satisfies Way[])('a service whose answers %s', async (way) => {
  const service = startService({ PORT: '0' });
  const proxy = failing(await ready(service), (n) => (n % 3 === 2 ? 'answer' : way));
  proxy.listen(port);
  try {
    const messages = messagesOf(EVENTS);
    const engine = run(messages);
    await finish(engine);
    expectAll(engine.written, messages);
    expect(engine.written).toHaveLength(2 * EVENTS);
  } finally {
    proxy.close();
  }
});

it('an engine that is killed, and begins where it had not got further', async () => {
  await ready(startService());
  const messages = messagesOf(EVENTS);
  const killed = run(messages);
  await until(killed, () => killed.acknowledged.length >= 2);
  killed.child.kill('SIGKILL');
  await killed.exit;
  const isDone = ({ partition, offset }: Message) =>
    killed.acknowledged.some((last) => last.partition === partition && last.offset >= offset);
  const rest = messages.filter((message) => !isDone(message));
  expect(rest.length).toBeGreaterThan(0);
  const engine = run(rest);
  await finish(engine);
  expectAll([...killed.written, ...engine.written], messages);
});

it('a broker that fails in the middle of batches', async () => {
  await ready(startService());
  // Of one partition, so that a batch that overtakes another shows.
  const messages = messagesOf(PARTITIONS * EVENTS).filter(_.matches({ partition: 0 }));
  const engine = run(messages, { FAIL_EVERY: '2' });
  await finish(engine);
  expectAll(engine.written, messages);
  expect(engine.log()).toContain('the broker is away');
});

it('messages that aren’t events are a fail, and the others are unharmed', async () => {
  await ready(startService({ BODY_LIMIT_BYTES: '5000' }));
  const event = { type: 'group', groupId: 'acme-42', userId: 'user-7', traits: { name: 'Acme' } };
  const sendable = [
    JSON.stringify(event),
    JSON.stringify(event, undefined, 2),
    JSON.stringify(event).replace('Acme', '\ufffd'),
  ];
  const senseless = [
    '',
    'no JSON',
    '[1]',
    '{"type":"group"',
    '{"type":"group"} {}',
    'null',
    '"\\"',
    Buffer.from([0xff, 0x7b]),
  ];
  const tooLong = JSON.stringify({ ...event, traits: { name: 'x'.repeat(5000) } });
  const values = [...sendable, ...senseless, tooLong, ...sendable];
  const messages = messagesOf(values.length, (n) => values[n] as string);
  const engine = run(messages);
  await finish(engine);
  const outcomes = engine.written
    .filter(({ result }) => !('destinationId' in result) || result.destinationId === 'userpilot')
    .map(({ key, result }) => [key, result.ref.offset, result.outcome, 'code' in result ? result.code : undefined]);
  expect(_.sortBy(outcomes, 0, 1)).toEqual(
    _.sortBy(
      messages.map(({ key, offset, value }) => {
        if (sendable.includes(value.toString())) return [key, offset, 'send', undefined];
        return [key, offset, 'fail', value.toString() === tooLong ? 'LINE_INVALID' : 'EVENT_INVALID'];
      }),
      0,
      1,
    ),
  );
});

it('a result beyond the limit of a message is a fail without its requests', async () => {
  await ready(startService());
  const messages = messagesOf(600, (n, group) =>
    n === 300 ? eventOf(n, group).replace('Acme', 'x'.repeat(30_000)) : eventOf(n, group),
  );
  const engine = run(messages, { MAX_MESSAGE_BYTES: '20000' });
  await finish(engine);
  expectAll(engine.written, messages);
  const fails = engine.written.filter(({ topic }) => topic === 'results.fail');
  const { value, ...ref } = messages[300] as Message;
  expect(value.length).toBeGreaterThan(30_000);
  expect(fails).toEqual([
    {
      topic: 'results.fail',
      key: ref.key,
      result: expect.objectContaining({
        outcome: 'fail',
        code: 'OUTPUT_TOO_LARGE',
        destinationId: 'userpilot',
        ref: { topic: 'groups', ...ref },
      }) as unknown,
    },
  ]);
  expect(fails[0]?.result).not.toHaveProperty('requests');
});

it.each([
  ['[{ "name": "lops" }]', 'lops: no destination is named'],
  ['[{ "name": "userpilot", "config": {} }]', 'userpilot: config.apiKey is required'],
  ['[]', 'the list: destinations must not be empty'],
  ['[{ "name": "loops" ', 'the file is not JSON'],
])('destinations %s stop the engine before it reads anything', async (text, complaint) => {
  await ready(startService());
  const DESTINATIONS = path.join(folder, 'destinations.json');
  await writeFile(DESTINATIONS, text);
  const engine = run(messagesOf(10), { DESTINATIONS });
  await engine.exit;
  expect(engine.log()).toContain(`The destinations in ${DESTINATIONS} are not valid`);
  expect(engine.log()).toContain(complaint);
  expect([engine.written, engine.acknowledged]).toEqual([[], []]);
});

it('a file of destinations that is not there stops the engine', async () => {
  const engine = run(messagesOf(10), { DESTINATIONS: '/nowhere.json' });
  expect(await engine.exit).toBe(1);
  expect(engine.log()).toContain('/nowhere.json: no such file');
});

describe('the pipeline that delivers', () => {
  const gateway = new Peer();

  beforeAll(() => gateway.start());

  beforeEach(() => {
    gateway.calls.length = 0;
  });

  afterAll(() => {
    gateway.stop();
  });

  const startDelivering = () =>
    startService({ DELIVER: 'true', VENDOR_GATEWAY_URL: `http://127.0.0.1:${String(gateway.port)}` });

  /** Results with two requests each, whose bodies say which of which partition they are. */
  const resultsOf = (count: number) => {
    const requestOf = ({ partition, offset }: Place, part: number) => ({
      method: 'POST',
      url: 'https://rudderstack.t.stormly.com/webhook/rudderstack/group',
      headers: { 'Content-Type': 'application/json', Authorization: 'Basic a-key' },
      query: {},
      body: { json: { partition, offset, part } },
    });
    return messagesOf(count).map(({ partition, offset, key }) => {
      const message = { partition, offset, key };
      const requests = [0, 1].map((part) => requestOf(message, part));
      const result = { destinationId: 'stormly', outcome: 'send', requests, ref: { topic: 'groups', ...message } };
      return { ...message, value: Buffer.from(JSON.stringify(result)) };
    });
  };

  const deliver = (messages: readonly Message[], environment = {}) =>
    run(messages, environment, 'deploy/bento/deliver.yaml');

  interface Called extends Place {
    part: number;
  }

  const called = () => gateway.calls.map(({ body }) => JSON.parse(body) as Called);

  it('delivers every result once, those of a partition in order, and continues where a vendor stopped', async () => {
    await ready(startDelivering());
    const messages = resultsOf(60);
    const stopped = new Set<string>();
    gateway.answer = ({ body }, response) => {
      const { part, ...place } = JSON.parse(body) as Called;
      const isFirst = part === 1 && place.offset === 3 && !stopped.has(placeOf(place));
      if (isFirst) stopped.add(placeOf(place));
      response.writeHead(isFirst ? 429 : 200, { 'Retry-After': '1' }).end();
    };
    const engine = deliver(messages);
    await finish(engine);
    for (const partition of _.range(PARTITIONS)) {
      const offsets = _.map(messages.filter(_.matches({ partition })), 'offset');
      const expected = offsets.flatMap((offset) => [
        { partition, offset, part: 0 },
        { partition, offset, part: 1 },
        ...(offset === 3 ? [{ partition, offset, part: 1 }] : []),
      ]);
      expect(called().filter(_.matches({ partition }))).toEqual(expected);
      const written = engine.written.filter(({ result }) => result.ref.partition === partition);
      expect(written.map(({ result }) => result.ref.offset)).toEqual(offsets);
    }
    expect(_.uniqBy(engine.written, 'topic').map(({ topic, result }) => [topic, Object.keys(result).sort()])).toEqual([
      ['results.delivered', ['delivery', 'destinationId', 'outcome', 'ref']],
    ]);
    expect(engine.log()).toContain('stormly: the vendor answered 429; the request is sent again');
    expect(engine.log()).not.toContain('a-key');
  });

  it('writes what is refused, and what is not a result, and continues', async () => {
    await ready(startDelivering());
    gateway.answer = (_call, response) => response.writeHead(422).end('no such account');
    const junk = ['', 'no JSON', '[1]', 'null', '{"outcome":"drop","destinationId":"loops","ref":{"partition":0}}'];
    const messages = resultsOf(20);
    const engine = deliver(
      messages.map((message, n) => ({ ...message, value: Buffer.from(junk[n] ?? message.value) })),
    );
    await finish(engine);
    expect(engine.written).toHaveLength(20);
    expect(_.uniq(_.map(engine.written, 'topic'))).toEqual(['results.refused']);
    const answered = { delivery: { outcome: 'refused', next: 0, status: 422, answer: 'no such account' } };
    expect(engine.written.filter(({ result }) => _.isMatch(result, answered))).toHaveLength(20 - junk.length);
    expect(gateway.calls).toHaveLength(20 - junk.length);
  });

  it('sends text as it was written', async () => {
    await ready(startDelivering());
    const [message] = resultsOf(1) as [Message];
    const value = Buffer.from(message.value.toString().replace('"part":0', '"part":"\\ud800"'));
    gateway.answer = (_call, response) => response.end();
    await finish(deliver([{ ...message, value }]));
    expect(gateway.calls[0]?.body).toContain('"part":"\\ud800"');
  });

  it('waits for a service that is not there yet', async () => {
    gateway.answer = (_call, response) => response.end();
    const engine = deliver(resultsOf(9));
    await until(engine, () => told(engine, 'connection refused') >= 2);
    startDelivering();
    await finish(engine);
    expect(engine.written).toHaveLength(9);
    expect(called()).toHaveLength(18);
  });
});
