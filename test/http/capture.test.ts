import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import _ from 'lodash';
import request from 'supertest';

import type { PoliciesByDestination } from '../../src/contract/policy.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { createApp } from '../../src/http/app.ts';
import { Capture, type CaptureOptions } from '../../src/http/capture.ts';
import { type Log, silent } from '../../src/http/log.ts';
import { Metrics } from '../../src/http/metrics.ts';
import { registry } from '../support/project.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  file = path.join(folder, 'events.ndjson');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An application that captures, what it has logged, and what it has counted. */
async function capturing(options: Partial<CaptureOptions> = {}, policies: PoliciesByDestination = {}) {
  const warnings: unknown[][] = [];
  const log: Log = Object.assign(Object.create(silent) as Log, {
    warn: (...told: unknown[]) => void warnings.push(told),
  });
  const metrics = new Metrics({ registry, version: '1.2.3' });
  const capture = await Capture.open({ file, sample: 1, bytes: 1e6, log, metrics, ...options });
  const limits = { bodyBytes: 2e6, pipelineBodyBytes: 2e6 };
  const app = createApp({ registry, policies, capture, version: '1.2.3', limits, telemetry: { log, metrics } });
  const counted = async () => {
    const text = await metrics.registry.getSingleMetricAsString('transformer_captured_total');
    return text.split('\n').filter((line) => line.startsWith('transformer_'));
  };
  return { app, capture, warnings, counted };
}

type App = Awaited<ReturnType<typeof capturing>>['app'];

const group = (messageId: string, more: JsonObject = {}): JsonObject => ({
  type: 'group',
  messageId,
  groupId: 'acme-42',
  traits: { name: 'Acme' },
  ...more,
});
const webhook = { name: 'webhook', config: { webhookUrl: 'https://hooks.acme.example/secret-path' } };
const userpilot = { name: 'userpilot', config: { apiKey: 'secret-apiKey' } };

const transform = (app: App, body: object) => request(app).post('/transform').send(body).expect(200);
const stream = (app: App, ...lines: object[]) =>
  request(app)
    .post('/transform')
    .set('Content-Type', 'application/x-ndjson')
    .send(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    .expect(200);

const item = (message: JsonObject, id = 'd-1') => ({
  message,
  metadata: { jobId: 1, destinationId: id },
  destination: { ID: id, Config: webhook.config, DestinationDefinition: { Name: 'WEBHOOK' } },
});
const process = (app: App, ...items: object[]) => request(app).post('/v0/destinations/webhook').send(items).expect(200);
const route = (app: App, ...input: object[]) =>
  request(app).post('/routerTransform').send({ destType: 'webhook', input }).expect(200);

async function captured(): Promise<JsonObject[]> {
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^([^\n]+\n)*$/);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject);
}

it('writes the group events of every route as they came, each one once, and no config', async () => {
  const { app, capture, counted } = await capturing();
  const events = ['a', 'b', 'c', 'd', 'e'].map((id) => group(id, { context: { traits: { title: 'CEO' } } }));
  const [a, b, c, d, e] = events as [JsonObject, JsonObject, JsonObject, JsonObject, JsonObject];
  await transform(app, { events: [a, { event: b, ref: 7 }, { type: 'track' }, 7], destinations: [webhook, userpilot] });
  await stream(app, { destinations: [webhook, userpilot] }, { event: c }, { event: a }, { event: { type: 'page' } });
  await process(app, item(d), item(d, 'd-2'), item({ type: 'identify', userId: 'u' }));
  await route(app, item(e), item(d));
  await capture.flush();
  expect(await captured()).toEqual(events);
  expect(await readFile(file, 'utf8')).not.toContain('secret-');
  expect(await counted()).toEqual(['transformer_captured_total{result="written"} 5']);
});

it('leaves out what is resumed, and what is too large for any destination', async () => {
  const { app, capture } = await capturing();
  const resume = [{ event: 0, destination: 0, now: '2026-01-02T03:04:05Z', release: '1.2.3', answers: {} }];
  await transform(app, { event: group('resumed'), destination: webhook, resume });
  const large = group('large', { traits: { name: 'x'.repeat(1_100_000) } });
  await transform(app, { event: large, destination: webhook });
  await stream(app, { destinations: [webhook] }, { event: large });
  await process(app, item(large));
  await capture.flush();
  expect(await captured()).toEqual([]);
});

it('takes the same events into every sample of a size', async () => {
  const anonymous = _.omit(group(''), 'messageId');
  const events = [
    ..._.range(200).map((number) => group(`m-${String(number)}`)),
    ..._.range(200).map((number) => ({ ...anonymous, groupId: `g-${String(number)}` })),
  ];
  const sampled = async (sample: number, shuffled: readonly JsonObject[]) => {
    await rm(file, { force: true });
    const { app, capture } = await capturing({ sample });
    await transform(app, { events: shuffled, destination: webhook });
    await capture.flush();
    return _.sortBy(await captured(), JSON.stringify);
  };
  const half = await sampled(0.5, events);
  expect(half.length).toBeGreaterThan(120);
  expect(half.length).toBeLessThan(280);
  expect(await sampled(0.5, [...events].reverse())).toEqual(half);
  expect(await sampled(0.7, events)).toEqual(expect.arrayContaining(half));
  expect(await sampled(1, events)).toHaveLength(400);
  expect(await sampled(0, events)).toEqual([]);
});

describe('what a policy withholds', () => {
  const traits = { name: 'Acme', ssn: 'ssn-1', billing: { iban: 'iban-1', plan: 'pro' }, mrr: 5 };
  const sent = (id: string) =>
    group(id, { userId: 'user-7', traits, context: { traits: { email: 'kim@acme.example' } } });
  const policies: PoliciesByDestination = {
    webhook: { traits: { deny: ['ssn'] }, rename: { mrr: 'spend' } },
    'd-7': { person: { deny: ['email'] } },
  };

  it('is withheld from the file if one destination of the call must not get it, and nothing is renamed', async () => {
    const { app, capture } = await capturing({}, policies);
    const own = { ...userpilot, policy: { traits: { deny: ['billing.iban'] } } };
    await transform(app, { event: sent('a'), destinations: [own, webhook] });
    await transform(app, { event: sent('b'), destinations: [userpilot] });
    await stream(app, { destinations: [{ ...userpilot, id: 'd-7' }, webhook] }, { event: sent('c') });
    await process(app, item(sent('d'), 'd-7'));
    await route(app, item(sent('e'), 'd-1'));
    await capture.flush();
    expect(await captured()).toEqual([
      { ...sent('a'), traits: { name: 'Acme', billing: { plan: 'pro' }, mrr: 5 } },
      sent('b'),
      { ...sent('c'), traits: _.omit(traits, 'ssn'), context: { traits: {} } },
      { ...sent('d'), traits: _.omit(traits, 'ssn'), context: { traits: {} } },
      { ...sent('e'), traits: _.omit(traits, 'ssn') },
    ]);
  });
});

it('stops when the file has its maximum size, says so once, and goes on with a new file', async () => {
  const line = `${JSON.stringify(group('m-1'))}\n`.length;
  const { app, capture, warnings, counted } = await capturing({ bytes: 3 * line });
  for (const turn of [1, 2]) {
    const events = _.range(5).map((number) => group(`m-${String(turn)}`, { groupId: `acme-${String(number)}0` }));
    await transform(app, { events, destination: webhook });
    await capture.flush();
  }
  expect(await captured()).toHaveLength(3);
  expect((await stat(file)).size).toBe(3 * line);
  expect(warnings).toEqual([[{ file }, 'events are not captured: the file has its maximum size']]);
  expect(await counted()).toEqual([
    'transformer_captured_total{result="written"} 3',
    'transformer_captured_total{result="dropped"} 7',
  ]);

  await rename(file, `${file}.1`);
  await transform(app, { event: group('m-3'), destination: webhook });
  await capture.flush();
  expect(await captured()).toEqual([group('m-3')]);
});

it('lets several writers share a file', async () => {
  const writers = await Promise.all(_.range(4).map(() => capturing()));
  for (const turn of _.range(5)) {
    for (const [writer, { app }] of writers.entries()) {
      const events = _.range(20).map((number) => group(`${String(turn)}-${String(writer)}-${String(number)}`));
      await transform(app, { events, destination: webhook });
    }
    await Promise.all(writers.map(({ capture }) => capture.flush()));
  }
  expect(_.uniqBy(await captured(), 'messageId')).toHaveLength(400);
});

it('drops what waits too long for the disk', async () => {
  const { capture, counted } = await capturing({ bytes: 1e8 });
  const large = (id: string) => group(id, { traits: { name: 'x'.repeat(900_000) } });
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) capture.take(large(id), () => []);
  await capture.flush();
  expect(await captured()).toHaveLength(5);
  capture.take(large('h'), () => []);
  await capture.flush();
  expect(await captured()).toHaveLength(6);
  expect(await counted()).toEqual([
    'transformer_captured_total{result="dropped"} 2',
    'transformer_captured_total{result="written"} 6',
  ]);
});

it('fails no request when the disk fails, and says so once', async () => {
  const { app, capture, warnings, counted } = await capturing();
  await rm(folder, { recursive: true });
  for (const id of ['a', 'b']) {
    const response = await transform(app, { event: group(id), destination: webhook });
    expect(response.body).toMatchObject({ results: [{ outcome: 'send' }] });
    await capture.flush();
  }
  expect(warnings).toEqual([[{ file }, expect.stringMatching(/^events are not captured: ENOENT/)]]);
  expect(await counted()).toEqual(['transformer_captured_total{result="dropped"} 2']);
});

it('lets only the owner read the file, even if it was there before', async () => {
  await writeFile(file, '');
  await chmod(file, 0o644);
  await capturing();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await rm(file);
  await capturing();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it.each([
  ['in a folder that is not there', () => path.join(folder, 'none/events.ndjson'), 'ENOENT'],
  ['that is a folder', () => folder, 'EISDIR'],
  ['that is a device', () => '/dev/null', 'it is not a file'],
])('refuses a file %s before the service starts', async (_what, place, why) => {
  await mkdir(path.join(folder, 'other'));
  file = place();
  await expect(capturing()).rejects.toThrow(new RegExp(`^CAPTURE_PATH: ${file}: the file cannot be written: .*${why}`));
});
