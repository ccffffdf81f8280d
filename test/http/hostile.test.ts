import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, createBrotliCompress } from 'node:zlib';

import { jest } from '@jest/globals';
import _ from 'lodash';
import request from 'supertest';

import { Transformer } from '../../src/core/transform.ts';
import { type AppOptions, createApp } from '../../src/http/app.ts';
import { createListener } from '../../src/http/listener.ts';
import { Load } from '../../src/http/load.ts';
import { Gathered } from '../../src/wire/gathered.ts';
import { answerInBatches } from '../../src/wire/native/answer.ts';
import { readEnvelope } from '../../src/wire/native/envelope.ts';
import { MOST_PARSED, parsedBytes } from '../../src/wire/weigh.ts';
import { registry } from '../support/project.ts';

/*
 * Clients that send little and cost much.
 */

const limits = { bodyBytes: 1_000_000, pipelineBodyBytes: 1_000_000 };
const userpilot = { name: 'userpilot', config: { apiKey: 'k' } };
const event = { type: 'group', groupId: 'g' };

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  sockets.splice(0).forEach((socket) => socket.destroy());
  servers.splice(0).forEach((server) => server.close());
});

async function listen(options: Partial<AppOptions> = {}): Promise<number> {
  const server = createListener(createApp({ registry, version: '1.2.3', limits, ...options })).listen(0);
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A connection on which a request has begun. */
function open(port: number, headers: readonly string[], body: string | Buffer = ''): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  socket.write(`${[...headers, 'Host: localhost'].join('\r\n')}\r\n\r\n`);
  socket.write(body);
  return socket;
}

/** All that comes on a connection until it is closed. */
async function answerOn(socket: Socket): Promise<string> {
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

/** A compressed body of a text over and over: `times` as often as 16 MB have it, in a few bytes for each. */
async function bomb(content: string, times: number): Promise<Buffer> {
  const plain = Buffer.alloc(16_000_000, content);
  const encoder = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
  const flushed = async () => {
    encoder.write(plain);
    await new Promise<void>((resolve) => {
      encoder.flush(constants.BROTLI_OPERATION_FLUSH, resolve);
    });
    return encoder.read() as Buffer;
  };
  const [first, next] = [await flushed(), await flushed()];
  return Buffer.concat([first, ...Array<Buffer>(times).fill(next)]);
}

const post = (type: string, ...more: string[]) => ['POST /transform HTTP/1.1', `Content-Type: ${type}`, ...more];

describe('a body that is much larger when it is decompressed', () => {
  const headers = (type: string, body: Buffer) =>
    post(type, 'Content-Encoding: br', `Content-Length: ${String(body.length)}`, 'Connection: close');

  it('costs nothing any more once it is answered', async () => {
    const body = await bomb('0', 300);
    const socket = open(await listen(), headers('application/json', body), body);
    expect(await answerOn(socket)).toContain('BODY_TOO_LARGE');
    const spent = async () => {
      const before = process.cpuUsage();
      await sleep(500);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    };
    // The collector has its turns as well, but what decompresses goes on for minutes.
    let least = await spent();
    for (let again = 0; again < 5 && least >= 250; again++) least = Math.min(least, await spent());
    expect(least).toBeLessThan(250);
  });

  it('is bounded in a stream too', async () => {
    const lines = `${JSON.stringify({ destinations: [userpilot] })}\n${`${JSON.stringify({ event })}\n`.repeat(1_000)}`;
    const body = await bomb(lines, 20);
    const answer = await answerOn(open(await listen(), headers('application/x-ndjson', body), body));
    expect(answer).toContain('more than 200 times larger than its compressed form');
    expect(answer).not.toContain('"end"');
    expect(answer.length).toBeLessThan(50_000_000);
  });
});

describe('what has arrived of bodies', () => {
  it('takes little more than its size, however small its chunks are', () => {
    const gathered = new Gathered();
    const size = 500_000;
    const before = process.memoryUsage();
    for (let index = 0; index < size; index++) gathered.add(Buffer.from([index % 256]));
    const after = process.memoryUsage();
    expect(after.heapUsed - before.heapUsed).toBeLessThan(50_000_000);
    expect(gathered.concat().equals(Buffer.from(Array.from({ length: size }, (_unused, index) => index % 256)))).toBe(
      true,
    );
  });

  it('keeps its order where small and large chunks take turns', () => {
    const gathered = new Gathered();
    const chunks = [10, 5_000, 20, 30, 16_384, 1, 1_023, 1_024].map((length, index) => Buffer.alloc(length, index));
    for (const chunk of chunks) gathered.add(chunk);
    expect(gathered.concat()).toEqual(Buffer.concat(chunks));
  });

  it('is counted for lines of streams that have not ended', async () => {
    const load = new Load({ inFlightBytes: 1_000, eventLoopDelay: 1e6, heapPercent: 100 });
    const port = await listen({ load });
    const begin = () => open(port, post('application/x-ndjson', 'Content-Length: 100000'), 'a'.repeat(900));
    const first = begin();
    while (load.inFlight < 900) await sleep(5);
    const second = begin();
    let answer = '';
    second.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    while (!answer.includes('STREAM_SHED')) await sleep(5);
    expect(load.refused.bytes).toBe(1);
    while (load.inFlight > 900) await sleep(5);
    first.write('\n');
    while (load.inFlight > 0) await sleep(5);
  });
});

describe('what is made of bodies', () => {
  const tight = () => new Load({ inFlightBytes: 1e6, eventLoopDelay: 1e6, heapPercent: 0.001 });
  const body = JSON.stringify({ event, destination: userpilot });
  const other = {};

  it('is not made where there is no room for it beside that of others', async () => {
    const load = tight();
    const app = createApp({ registry, version: '1.2.3', limits, load });
    const send = (path: string, type: string) => request(app).post(path).set('Content-Type', type).send(body);
    await send('/transform', 'application/json').expect(200);
    load.hold(other, 1);
    for (const path of ['/transform', '/batch', '/routerTransform', '/v0/destinations/stormly']) {
      const response = await send(path, 'application/json').expect(503);
      expect(response.body).toMatchObject({
        code: 'SERVICE_OVERLOADED',
        detail: expect.stringContaining('heap') as unknown,
      });
    }
    const { text } = await send('/transform', 'application/x-ndjson').expect(200);
    expect(text).toContain('STREAM_SHED');
    expect(load.inFlight).toBe(1);
  });

  it('is weighed by what the parser makes of it', () => {
    const weights = ['[],', '[[[[]]]],', '{"99":1},', '{"a":1},'].map(
      (unit) => parsedBytes(Buffer.from(unit.repeat(1_000))) / unit.length / 1_000,
    );
    const [lists, nested, numbers, fields] = weights as [number, number, number, number];
    // As measured with Node.js 20 and 26: 13, 23, 23 and 5 times the length.
    expect(lists).toBeGreaterThan(13);
    expect(nested).toBeGreaterThan(23);
    expect(numbers).toBeGreaterThan(23);
    expect(fields).toBeGreaterThan(5);
    expect(Math.max(...weights)).toBeLessThan(MOST_PARSED * 1.1);
  });

  it('is weighed by the keys that no other object has', () => {
    const perKey = (textOf: (key: string) => string) => {
      const units = _.times(100_000, (index) => textOf(`k${index.toString(36)}`));
      return parsedBytes(Buffer.from(units.join())) / units.length;
    };
    // As measured with Node.js 20: up to 107 bytes in one object, 187 in an object each, and 50 if all have the same key.
    expect(perKey((key) => `"${key}":1`)).toBeGreaterThan(107);
    expect(perKey((key) => `{"${key}":1}`)).toBeGreaterThan(180);
    expect(perKey(() => '{"key":1}')).toBeLessThan(100);
  });

  it('is counted for as long as a stream holds it', async () => {
    const load = new Load({ inFlightBytes: 1e6, eventLoopDelay: 1e6, heapPercent: 100 });
    const line = JSON.stringify({ destinations: [userpilot] });
    const socket = open(await listen({ load }), post('application/x-ndjson', 'Content-Length: 10000'), `${line}\n`);
    while (load.inFlight !== line.length) await sleep(5);
    socket.write(`${line} \n`);
    while (load.inFlight !== line.length + 1) await sleep(5);
    socket.write('{"destinations":7}\n');
    while (load.inFlight !== 0) await sleep(5);
    expect(socket.destroyed).toBe(false);
  });
});

describe('an event that is longer once it is written again', () => {
  const great = { ...event, traits: { list: Array.from({ length: 60_000 }, () => 'great') } };
  const text = (value: object) => JSON.stringify(value).replaceAll('"great"', '1e20');

  it('is held to the limit of events on every route', async () => {
    const app = createApp({ registry, version: '1.2.3', limits });
    const send = (path: string, value: object) =>
      request(app).post(path).set('Content-Type', 'application/json').send(text(value)).expect(200);
    const events = [great, event];
    for (const given of [{ events }, { sdkBatch: { batch: events } }, { sdkBatch: { batch: [event, great] } }]) {
      const response = await send('/transform', { ...given, destination: userpilot });
      const codes = _.map((response.body as { results: object[] }).results, 'code');
      expect(codes.filter((code) => code !== undefined)).toEqual(['EVENT_TOO_LARGE']);
    }
    const destination = { Config: { apiKey: 'k' } };
    const input = events.map((message) => ({ message, metadata: { jobId: 1 }, destination }));
    const response = await send('/v0/destinations/stormly', input);
    expect(response.body).toMatchObject([{ statusCode: 400 }, { statusCode: 200 }]);
  });
});

it('pairs that are too large to be merged together fail, the largest first', async () => {
  const large = { ...event, traits: { text: 'x'.repeat(900_000) } };
  const webhook = { webhookUrl: 'https://hooks.example.com/in' };
  const destinations = _.times(400, (index) => ({ id: String(index), name: 'webhook', config: webhook }));
  const { results } = await answerInBatches(readEnvelope({ events: [event, large], destinations, batch: true }, 1e6), {
    transformer: new Transformer({ registry }),
    calls: undefined,
    release: '1.2.3',
    now: new Date(),
    explain: false,
  });
  const [small, great] = _.partition(results, ({ event: index }) => index === 0);
  expect(_.countBy(small, 'outcome')).toEqual({ send: 400 });
  const codes = _.countBy(great, ({ outcome }) => outcome);
  expect(codes.fail).toBeGreaterThan(50);
  expect(codes.send).toBeGreaterThan(50);
  expect(great.find(({ outcome }) => outcome === 'fail')).toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
});

describe('a client that is too slow', () => {
  const slow = { limits: { ...limits, arrival: 200 } };

  /** Sends a byte now and then until the connection is closed, and returns what was answered. */
  async function drip(socket: Socket, bytes: () => string | Buffer): Promise<string> {
    const timer = setInterval(() => socket.write(bytes()), 20);
    const answer = await answerOn(socket);
    clearInterval(timer);
    return answer;
  }

  it.each([
    ['/nothing', 404],
    ['/health', 405],
    ['/transform', 415],
  ])('is cut after the answer to %s, %i', async (path, status) => {
    const type = 'Content-Type: text/plain';
    const socket = open(await listen(slow), [`POST ${path} HTTP/1.1`, type, 'Content-Length: 100000']);
    // The answer comes at once where nobody reads the body, else when the time is over.
    expect(await drip(socket, () => 'a')).toMatch(new RegExp(`^HTTP/1.1 (${String(status)}|408) `));
  });

  it('is cut where nothing comes out of a compressed body', async () => {
    const socket = open(
      await listen(slow),
      post('application/json', 'Content-Encoding: gzip', 'Content-Length: 100000'),
    );
    const header = Buffer.from([0x1f, 0x8b, 8, 0x08, 0, 0, 0, 0, 0, 0]);
    socket.write(header);
    // The name of a file, which has no end.
    expect(await drip(socket, () => 'a')).toContain('TIMED_OUT');
  });

  it('is cut where a line of a stream has no end', async () => {
    const socket = open(await listen(slow), post('application/x-ndjson', 'Content-Length: 100000'));
    expect(await drip(socket, () => 'a')).toContain('no line was completed within 200 ms');
  });

  it('is not where lines do end', async () => {
    const socket = open(await listen(slow), post('application/x-ndjson', 'Content-Length: 60', 'Connection: close'));
    expect(await drip(socket, () => '\n')).toContain('"end"');
  });
});

describe('text that would be read as other text', () => {
  const app = createApp({ registry, version: '1.2.3', limits });
  const body = JSON.stringify({ event: { ...event, traits: { name: 'Café' } }, destination: userpilot });
  const send = (path: string, type: string, bytes: Buffer) =>
    request(app)
      .post(path)
      .set('Content-Type', type)
      .serialize((value: unknown) => value as string)
      .send(bytes as unknown as string);

  it.each(['/transform', '/routerTransform', '/v0/destinations/stormly', '/batch'])(
    'is refused by %s',
    async (path) => {
      const response = await send(path, 'application/json', Buffer.from(body, 'latin1')).expect(400);
      expect(response.body).toMatchObject({ code: 'BODY_NOT_JSON', detail: 'the body is not UTF-8' });
    },
  );

  it('is refused where its charset is said to be another', async () => {
    for (const type of ['application/json; charset=iso-8859-1', 'application/x-ndjson;charset="utf-16"']) {
      const response = await send('/transform', type, Buffer.from(body)).expect(415);
      expect(response.body).toMatchObject({ code: 'MEDIA_TYPE_UNSUPPORTED' });
    }
    await send('/transform', 'application/json; charset="UTF-8"', Buffer.from(body)).expect(200);
  });

  it('fails a line of a stream alone', async () => {
    const lines = [JSON.stringify({ destinations: [userpilot] }), body, JSON.stringify({ event })].join('\n');
    const response = await send('/transform', 'application/x-ndjson', Buffer.from(lines, 'latin1')).expect(200);
    const answers = response.text.trim().split('\n');
    expect(answers[0]).toContain('the line is not UTF-8');
    expect(answers[1]).toContain('"outcome":"send"');
  });

  it('fails an event alone whose number is too great', async () => {
    const great = JSON.stringify({ ...event, traits: { list: [1, 'x'] } }).replace('"x"', '-1e400');
    const response = await send(
      '/transform',
      'application/json',
      Buffer.from(`{"events":[${great},${JSON.stringify(event)}],"destination":${JSON.stringify(userpilot)}}`),
    ).expect(200);
    expect((response.body as { results: object[] }).results).toMatchObject([
      { outcome: 'fail', code: 'EVENT_INVALID', path: 'event.traits.list.1' },
      { outcome: 'send' },
    ]);
  });
});

it('every answer says that it is what it says, and is not to be kept', async () => {
  const app = createApp({ registry, version: '1.2.3', limits });
  for (const path of ['/health', '/features', '/destinations', '/nothing', '/metrics', '/openapi.json']) {
    const { headers } = await request(app).get(path);
    expect([path, headers['x-content-type-options'], headers['cache-control']]).toEqual([path, 'nosniff', 'no-store']);
  }
});

describe('memory that stays short', () => {
  afterEach(() => jest.restoreAllMocks());

  it('is made room in, and after some seconds the service is not ready', async () => {
    let released = 0;
    const shortOfMemory = { inFlightBytes: 1e6, eventLoopDelay: 1e6, heapPercent: 0 };
    const load = new Load(shortOfMemory);
    load.addCache(() => released++);
    const app = createApp({ registry, version: '1.2.3', limits, load });
    load.watch();
    while (released === 0) await sleep(20);
    await request(app).get('/ready').expect(200);
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 5_000);
    const response = await request(app).get('/ready').expect(503);
    expect(response.body).toEqual({ status: 'overloaded' });
    await request(app).get('/health').expect(200);
    while (released < 2) await sleep(20);
  });
});
