import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants } from 'node:zlib';

import _ from 'lodash';
import { Agent } from 'undici';
import { parse } from 'yaml';

import { projectFolder } from '../../support/project.ts';
import { killAll, ready, type Service, start } from '../../support/service.ts';

/*
 * What a client may send that costs far more than it looks, at a process that is set up as the base for Kubernetes has
 * it. The process lives on, takes at most twice the memory that docs/operations.md names, answers an honest request
 * within 5 seconds of the last hostile one, and answers neighbours of what is hostile as if they were alone.
 */

const RECOVERY_MS = 5_000;

interface Deployment {
  spec: { template: { spec: { containers: [{ env: { name: string; value?: string }[] }] } } };
}

const deployment = parse(
  await readFile(path.join(projectFolder, 'deploy/kubernetes/deployment.yaml'), 'utf8'),
) as Deployment;
const setting = (name: string) =>
  deployment.spec.template.spec.containers[0].env.find((variable) => variable.name === name)?.value ?? '';

const environment = {
  NODE_ENV: 'production',
  NODE_OPTIONS: setting('NODE_OPTIONS'),
  MAX_IN_FLIGHT_BYTES: setting('MAX_IN_FLIGHT_BYTES'),
};

/** As docs/operations.md has it. */
const DOCUMENTED_BYTES = 120e6 + 6.5 * Number(environment.MAX_IN_FLIGHT_BYTES);

let service: Service;
let url: string;
const agent = new Agent({ connections: 200, headersTimeout: 0, bodyTimeout: 0 });

beforeAll(async () => {
  service = start(environment);
  url = await ready(service);
});

afterAll(async () => {
  killAll();
  await agent.close();
});

/** The most memory that the process has had since this was asked last. */
async function peakBytes(): Promise<number> {
  const status = await readFile(`/proc/${String(service.child.pid)}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

interface Answer {
  status: number;
  bytes: number;
  /** As far as it is short. */
  text: string;
}

async function post(
  place: string,
  body: string | Buffer | AsyncIterable<Buffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await agent.request({
    origin: url,
    path: place,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body as string,
  });
  let [text, bytes] = ['', 0];
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (text.length < 1_000_000) text += String(chunk);
  }
  return { status: response.statusCode, bytes, text };
}

const event = (more: object = {}) => ({
  type: 'group',
  groupId: 'acme',
  userId: 'u-1',
  timestamp: '2026-02-03T10:11:12.000Z',
  traits: { name: 'Acme' },
  ...more,
});
const stormly = { name: 'stormly', config: { apiKey: 'k' } };
const native = (more: object) => ['/transform', JSON.stringify({ destination: stormly, ...more })] as const;
const honest = () => post(...native({ event: event() }));
const textOf = (unit: string, bytes: number, [open, close]: [string, string]) =>
  `${open}${_.repeat(`${unit},`, Math.floor(bytes / (unit.length + 1)))}${unit}${close}`;
const ids = (count: number) => _.times(count, (index) => `g-${String(index)}`);
const item = (destination: object) => ({ message: event(), metadata: { jobId: 1 }, destination });
const mixpanel = (index: number, keys: number) => ({
  id: String(index),
  name: 'mixpanel',
  config: {
    token: 't',
    groupKeySettings: _.times(keys, (key) => ({ groupKey: `key ${String(index)} ${String(key)}` })),
  },
});

/** What is sent, at once where there are several. */
const attacks: Record<
  string,
  () => (readonly [place: string, body: string | Buffer, headers?: Record<string, string>])[]
> = {
  'a list of 20,000 group ids with a long trait': () => [
    native({ event: event({ groupId: ids(20_000), traits: { text: 'x'.repeat(100_000) } }) }),
  ],
  'a type of 200 kB for 5,000 items': () =>
    ['/routerTransform', '/batch'].map((place) => [
      place,
      JSON.stringify({ destType: 't'.repeat(200_000), input: Array(5_000).fill({}) }),
    ]),
  'a million invalid items': () => [['/batch', textOf('1', 2_000_000, ['[', ']'])]],
  'one large destination for 5,000 items': () => [
    [
      '/routerTransform',
      JSON.stringify({
        destType: 'stormly',
        destinations: { d: { Config: { apiKey: 'k' }, text: 'x'.repeat(200_000) } },
        input: Array(5_000).fill({ message: event(), metadata: { destinationId: 'd' } }),
      }),
    ],
  ],
  'metadata of 12 million lists': () => [
    ['/v0/destinations/stormly', `[{"message":{},"metadata":${textOf('[]', 36_000_000, ['[', ']'])}}]`],
  ],
  'configs that compile to much': () => [
    native({ event: event(), destination: undefined, destinations: _.times(60, (index) => mixpanel(index, 100)) }),
  ],
  '300 MB in a few hundred bytes': () => [
    [
      '/transform',
      brotliCompressSync(Buffer.alloc(300_000_000, '0'), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
      { 'content-encoding': 'br' },
    ],
  ],
  '100,000 values that cannot be used': () => [
    native({ event: event({ traits: { regions: Array(100_000).fill([]) } }), destination: mixpanel(0, 2) }),
  ],
  'more pairs than are taken': () => [
    native({
      events: Array(2_500).fill(event()),
      destination: undefined,
      destinations: _.times(41, (index) => mixpanel(index, 1)),
    }),
  ],
  'eight bodies that grow twenty times when parsed': () =>
    _.times(8, () => ['/transform', textOf('{"99":1}', 9_000_000, ['{"events":[', '],"destinations":[]}'])]),
  'a large event for many destinations that copy it': () => [
    native({
      event: event({
        traits: { k: _.fromPairs(_.times(9_000, (index) => [`leaf ${String(index)}`, { a: index, b: index }])) },
      }),
      destination: undefined,
      destinations: _.times(40, (index) => ({
        id: String(index),
        name: 'splitio',
        config: { apiKey: 'k', trafficType: 'user', environment: 'e' },
      })),
    }),
  ],
};

/** Sends something hostile, and then honest requests until one is answered as before. */
async function expectSurvival(name: string, attack: () => Promise<readonly Pick<Answer, 'status'>[]>): Promise<void> {
  const expected = await honest();
  expect(expected.status).toBe(200);
  const answers = await attack();
  const ended = performance.now();
  let answer = await honest();
  while (answer.status !== 200 && performance.now() - ended < RECOVERY_MS) answer = await honest();
  const recovery = performance.now() - ended;
  const peak = await peakBytes();
  const statuses = JSON.stringify(_.countBy(answers, 'status'));
  console.log(`${name}: ${statuses}, ${(peak / 1e6).toFixed(0)} MB, recovered in ${recovery.toFixed(0)} ms`);
  expect(answer).toEqual(expected);
  expect(recovery).toBeLessThan(RECOVERY_MS);
  expect(peak).toBeLessThan(2 * DOCUMENTED_BYTES);
  expect([service.child.exitCode, service.child.signalCode]).toEqual([null, null]);
}

it.each(Object.entries(attacks))('survives %s', async (name, sends) => {
  await expectSurvival(name, () => Promise.all(sends().map((send) => post(...send))));
});

it('survives 80 streams whose lines of 9 MB have no end yet', async () => {
  const line = Buffer.alloc(9_000_000, 'a');
  async function* unended() {
    yield line;
    await sleep(2_000);
  }
  await expectSurvival('80 streams', async () => {
    const stream = () => post('/transform', unended(), { 'content-type': 'application/x-ndjson' });
    const answers = await Promise.all(_.times(80, stream));
    expect(answers.filter(({ text: lines }) => lines.includes('STREAM_SHED')).length).toBeGreaterThan(40);
    return answers;
  });
});

it('survives a body in seven million chunks of one byte', async () => {
  await expectSurvival('chunks of one byte', async () => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const head = ['POST /transform HTTP/1.1', `Host: ${hostname}`, 'Content-Type: application/json'];
    socket.write([...head, 'Connection: close', 'Transfer-Encoding: chunked', '', ''].join('\r\n'));
    socket.end(`${'1\r\na\r\n'.repeat(7_000_000)}0\r\n\r\n`);
    const answer = await text(socket);
    return [{ status: Number(answer.slice('HTTP/1.1 '.length).split(' ')[0]) }];
  });
});

it('survives 50,000 dialogues that are resumed at once', async () => {
  const destinations = _.times(20, (index) => ({ id: String(index), name: 'attio', config: { accessToken: 't' } }));
  const events = _.times(2_500, (index) => event({ groupId: `g-${String(index)}` }));
  const [, first] = native({ event: event(), destination: destinations[0], dialogues: 'ask' });
  const { results } = JSON.parse((await post('/transform', first)).text) as { results: [{ resumeWith: object }] };
  const resume = events.flatMap((_event, at) =>
    destinations.map((_destination, to) => ({
      event: at,
      destination: to,
      ...results[0].resumeWith,
      answers: { none: { status: 200, json: {} } },
    })),
  );
  await expectSurvival('50,000 dialogues', async () => {
    const answer = await post('/transform', JSON.stringify({ events, destinations, dialogues: 'ask', resume }));
    expect(answer.text).toContain('ANSWERS_STALE');
    return [answer];
  });
});

it('neighbours of what is hostile are answered as if they were alone', async () => {
  const hostile = [event({ groupId: ids(20_000) }), event({ traits: { regions: Array(100_000).fill([]) } })];
  const [alone, among] = await Promise.all([
    post(...native({ events: [event(), event({ messageId: 'm' })] })),
    post(...native({ events: [event(), event({ messageId: 'm' }), ...hostile] })),
  ]);
  const shared = alone.text.slice(0, -']}'.length);
  expect(among.text.slice(0, shared.length)).toBe(shared);

  const destination = { Config: { apiKey: 'k' } };
  const great = { ...item(destination), message: hostile[0] };
  const [own, all] = await Promise.all([
    post('/v0/destinations/stormly', JSON.stringify([item(destination)])),
    post('/v0/destinations/stormly', JSON.stringify([item(destination), great])),
  ]);
  expect(all.text.slice(0, own.text.length - 1)).toBe(own.text.slice(0, -1));
});
