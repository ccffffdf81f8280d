import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as call, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { Registry } from '../../src/core/registry.ts';
import type { VendorCalls } from '../../src/core/settle.ts';
import { type AppOptions, createApp } from '../../src/http/app.ts';
import { createListener } from '../../src/http/listener.ts';
import { readLines } from '../../src/wire/native/lines.ts';
import { registry } from '../support/project.ts';
import { crm } from '../support/vendor.ts';

/*
 * Streams over real connections, since back-pressure and what ends a connection are what they are about.
 */

const LINE_LIMIT = 1_500_000;
const limits = { bodyBytes: LINE_LIMIT, pipelineBodyBytes: LINE_LIMIT };

const userpilot = { name: 'userpilot', config: { apiKey: 'k' } };
const loops = { name: 'loops' };
const group = (groupId: string) => ({ type: 'group', groupId });
const to = (...destinations: object[]) => ({ destinations });

const unexpected: unknown[] = [];
let servers: Server[] = [];

afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  servers = [];
  expectNoErrors();
});

function expectNoErrors(): void {
  expect(unexpected.splice(0)).toEqual([]);
}

async function listen(options: Partial<AppOptions> = {}): Promise<Server> {
  const app = createApp({
    registry,
    version: '1.2.3',
    limits,
    telemetry: { onError: (error) => unexpected.push(error) },
    ...options,
  });
  const server = createListener(app).listen(0);
  servers.push(server);
  await once(server, 'listening');
  return server;
}

/** Begins a call whose body is still to be written. */
function begin(server: Server, headers: Record<string, string> = {}): ClientRequest {
  const { port } = server.address() as AddressInfo;
  const type = { 'Content-Type': 'application/x-ndjson' };
  return call({ port, path: '/transform', method: 'POST', headers: { ...type, ...headers }, agent: false });
}

const responseTo = async (request: ClientRequest) => ((await once(request, 'response')) as [IncomingMessage])[0];

/** The lines of an answer that has ended, or was cut. */
async function linesOf(response: IncomingMessage): Promise<unknown[]> {
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await new Promise((resolve) => response.once('close', resolve));
  expect(text.at(-1)).toBe('\n');
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

const toLines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** Sends a whole body, which may come in parts, and returns the lines of the answer. */
async function stream(
  body: string | Buffer | Buffer[],
  { headers = {}, ...options }: Partial<AppOptions> & { headers?: Record<string, string> } = {},
): Promise<unknown[]> {
  const request = begin(await listen(options), headers);
  // The answer may begin before the body has ended.
  const response = responseTo(request);
  for (const part of Array.isArray(body) ? body : [body]) {
    request.write(part);
    // So that each part is a chunk of its own.
    await sleep(20);
  }
  request.end();
  return linesOf(await response);
}

const sent = (line: number, event: number, groupId: string, more: object = {}) => ({
  line,
  event,
  destination: 0,
  destinationId: 'userpilot',
  outcome: 'send',
  requests: [
    {
      method: 'POST',
      url: 'https://analytex.userpilot.io/v1/companies/identify',
      headers: { 'Content-Type': 'application/json', Authorization: 'Token k', 'X-API-Version': '2020-09-22' },
      query: {},
      body: { json: { company_id: groupId, metadata: {} } },
    },
  ],
  ...more,
});
const dropped = (line: number, event: number, destination: number) => ({
  line,
  event,
  destination,
  destinationId: 'loops',
  outcome: 'drop',
  code: 'GROUP_NOT_SUPPORTED',
  message: expect.stringContaining('Loops') as unknown,
});
const failed = (line: number, message: string, more: object = {}) => ({
  line,
  outcome: 'fail',
  code: 'LINE_INVALID',
  message: expect.stringContaining(message) as unknown,
  ...more,
});
const end = (events: number, results: number) => ({ end: { events, results } });

describe('the lines of an answer', () => {
  it('are one for each pair, in order, with the reference, and one that ends it', async () => {
    const answer = await stream(
      toLines([
        to(userpilot, loops),
        { event: { ...group('a'), messageId: 'm-1' }, ref: { row: [1, null] } },
        { event: group('b') },
      ]),
    );
    const named = { messageId: 'm-1', ref: { row: [1, null] } };
    expect(answer).toEqual([
      sent(2, 0, 'a', named),
      { ...dropped(2, 0, 1), ...named },
      sent(3, 1, 'b'),
      dropped(3, 1, 1),
      end(2, 4),
    ]);
  });

  it('follow the destinations that were given last', async () => {
    const events = ['a', 'b', 'c'].map((id) => ({ event: group(id) }));
    const answer = await stream(
      toLines([to(userpilot), events[0], to(loops), events[1], to({ ...userpilot, id: 'eu' }), events[2]]),
    );
    expect(answer).toEqual([sent(2, 0, 'a'), dropped(4, 1, 0), sent(6, 2, 'c', { destinationId: 'eu' }), end(3, 3)]);
  });

  it('tell what is wrong with one event', async () => {
    const answer = await stream(
      toLines([
        to(userpilot),
        { event: null },
        { event: group('a'), ref: 'x'.repeat(1_025) },
        { event: { ...group('a'), traits: { text: 'x'.repeat(1_000_000) } } },
        { event: group('b') },
      ]),
    );
    const of = (line: number, code: string) =>
      expect.objectContaining({ line, event: line - 2, outcome: 'fail', code }) as unknown;
    expect(answer).toEqual([
      of(2, 'EVENT_INVALID'),
      of(3, 'REF_INVALID'),
      of(4, 'EVENT_TOO_LARGE'),
      sent(5, 3, 'b'),
      end(4, 4),
    ]);
  });

  it('have a failure for every line that cannot be read, which leaves the others as they are', async () => {
    const good = toLines([{ event: group('a') }]);
    const bad = ['{"event":', 'null', '[]', '{}', '{"event":{},"reff":1}', '{"type":"group","groupId":"a"}'];
    const long = `{"event":{"text":"${'x'.repeat(LINE_LIMIT)}"}}`;
    const answer = await stream(`${toLines([to(userpilot)])}${[...bad, long].join('\n')}\n${good}`);
    expect(answer).toEqual([
      failed(2, 'not JSON'),
      ...[3, 4, 5, 6, 7].map((line) => failed(line, 'the line must be')),
      failed(8, `larger than ${String(LINE_LIMIT)} bytes`),
      sent(9, 0, 'a'),
      end(1, 8),
    ]);
  });

  it('fail events that have no destinations, or come under some that are not valid', async () => {
    const event = { event: group('a') };
    const answer = await stream(
      toLines([
        event,
        to(userpilot),
        event,
        to(userpilot, {}),
        { ...event, ref: 7 },
        to(),
        event,
        { ...to(userpilot), ...event },
        to(userpilot),
        event,
      ]),
    );
    const homeless = 'no valid destinations before this line';
    expect(answer).toEqual([
      failed(1, homeless, { event: 0 }),
      sent(3, 1, 'a'),
      failed(4, 'destinations[1].name', { path: 'destinations[1].name' }),
      failed(5, homeless, { event: 2, ref: 7 }),
      failed(6, 'destinations', { path: 'destinations' }),
      failed(7, homeless, { event: 3 }),
      failed(8, 'event', { path: 'event' }),
      sent(10, 4, 'a'),
      end(5, 8),
    ]);
  });

  it('are only the end where nothing was asked', async () => {
    expect(await stream('')).toEqual([end(0, 0)]);
  });
});

it('an event for many destinations lets others have their turn', async () => {
  const destinations = Array.from({ length: 400 }, (_unused, index) => ({
    id: String(index),
    name: 'mixpanel',
    config: { token: 't', groupKeySettings: [{ groupKey: `key ${String(index)}` }] },
  }));
  // In CPU time, since other work of the machine isn't a turn of this process.
  const spent = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  // Making an app isn't a part of a stream's work.
  const request = begin(await listen());
  const response = responseTo(request);
  const gaps: number[] = [];
  let last = spent();
  let isOver = false as boolean;
  const look = () => {
    const now = spent();
    gaps.push(now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  look();
  request.end(toLines([{ destinations }, { event: group('a') }]));
  expect((await linesOf(await response)).at(-1)).toEqual(end(1, 400));
  isOver = true;
  expect(Math.max(...gaps)).toBeLessThan(gaps.reduce((sum, gap) => sum + gap) / 3);
});

describe('the lines of a body', () => {
  it('may be empty, end with CR LF, and lack the last end', async () => {
    const [destinations, event] = [JSON.stringify(to(userpilot)), JSON.stringify({ event: group('a') })];
    expect(await stream(`\uFEFF${destinations}\r\n\n\r\n${event}\r\n${event}`)).toEqual([
      sent(4, 0, 'a'),
      sent(5, 1, 'a'),
      end(2, 2),
    ]);
  });

  it('may come in parts, cut within a character', async () => {
    const body = Buffer.from(toLines([to(userpilot), { event: group('ü'), ref: '€' }]));
    const [first, second] = [body.indexOf('ü') + 1, body.indexOf('€') + 2];
    const parts = [body.subarray(0, first), body.subarray(first, second), body.subarray(second)];
    expect(await stream(parts)).toEqual([sent(2, 0, 'ü', { ref: '€' }), end(1, 1)]);
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('may be compressed with %s', async (encoding, compress) => {
    const body = compress(toLines([to(userpilot), { event: group('a') }]));
    expect(await stream(body, { headers: { 'Content-Encoding': encoding } })).toEqual([sent(2, 0, 'a'), end(1, 1)]);
  });

  it('fail, without an end, where the compression is broken', async () => {
    const whole = gzipSync(toLines([to(userpilot), { event: group('a') }]));
    const headers = { 'Content-Encoding': 'gzip' };
    expect(await stream(whole.subarray(0, -9), { headers })).toEqual([sent(2, 0, 'a'), failed(3, 'ended early')]);
  });

  it('are refused in an encoding that nobody knows', async () => {
    const request = begin(await listen(), { 'Content-Encoding': 'zip' });
    request.end();
    const response = await responseTo(request);
    response.resume();
    expect(response.statusCode).toBe(415);
  });

  /** What `readLines` makes of text that comes in chunks of a size. */
  async function split(text: string, size: number, limit: number) {
    const bytes = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_unused, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    const lines = await Readable.from(readLines(Readable.from(chunks), limit)).toArray();
    return (lines as { lines: { number: number; bytes?: Buffer }[] }[])
      .flatMap((progress) => progress.lines)
      .map((line) => [line.number, line.bytes?.toString()]);
  }

  it.each([1, 2, 3, 7, 1_000])('are the same, whatever the size of the chunks (%i)', async (size) => {
    expect(await split('a\n\nbü\r\n\r\n\rc\r\r\n123456\n1234567\n12345678', size, 6)).toEqual([
      [1, 'a'],
      [3, 'bü'],
      [5, '\rc\r'],
      [6, '123456'],
      [7, undefined],
      [8, undefined],
    ]);
  });
});

describe('vendors that must be asked first', () => {
  const options = { registry: new Registry([{ file: 'crm', definition: crm }]) };
  const body = toLines([
    to({ name: 'crm', config: { apiKey: 'k' } }),
    ...['a', 'b'].map((id) => ({ event: { ...group(id), userId: 'u', traits: { name: 'Acme' } } })),
  ]);
  const pair = (line: number) => ({ line, event: line - 2, destination: 0, destinationId: 'crm' });

  it('are not, if the service does not do it', async () => {
    const refused = { outcome: 'fail', code: 'DIALOGUE_NEEDED', message: expect.any(String) as unknown };
    expect(await stream(body, options)).toEqual([{ ...pair(2), ...refused }, { ...pair(3), ...refused }, end(2, 2)]);
  });

  it('are, event by event, if the service does it', async () => {
    const asked: string[] = [];
    const calls: VendorCalls = {
      call: async ({ url }) => {
        asked.push(`asks ${url}`);
        await sleep(1);
        asked.push(`tells ${url}`);
        return { status: 418 };
      },
      hosts: [],
    };
    const told = { status: 418 };
    const done = { outcome: 'fail', code: 'VENDOR_REFUSED', message: expect.any(String) as unknown, vendor: told };
    expect(await stream(body, { ...options, calls })).toEqual([
      { ...pair(2), ...done },
      { ...pair(3), ...done },
      end(2, 2),
    ]);
    const urls = ['a', 'b'].map((id) => `https://crm.example/companies/by/${id}`);
    expect(asked).toEqual(urls.flatMap((url) => [`asks ${url}`, `tells ${url}`]));
  });
});

describe('connections', () => {
  it('are closed, after a failure, where the client sends nothing more', async () => {
    const request = begin(await listen({ limits: { ...limits, stall: 100 } }));
    request.on('error', () => undefined).write(toLines([to(userpilot), { event: group('a') }]));
    const response = (await responseTo(request)).on('error', () => undefined);
    const stalled = { outcome: 'fail', code: 'STREAM_STALLED', message: 'the client sent and read nothing for 100 ms' };
    expect(await linesOf(response)).toEqual([sent(2, 0, 'a'), stalled]);
  });

  it('are closed where the client stops reading', async () => {
    const server = await listen({ limits: { ...limits, stall: 100 } });
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const request = begin(server).on('error', () => undefined);
    const event = toLines([{ event: group('a') }]);
    request.write(toLines([to(userpilot)]) + event.repeat(100_000));
    const [socket] = await connected;
    (await responseTo(request)).on('error', () => undefined).pause();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(socket.bytesRead).toBeLessThan(event.length * 100_000);
  });

  it('that the client cuts cost no other request anything', async () => {
    const server = await listen();
    const request = begin(server).on('error', () => undefined);
    request.write(toLines([to(userpilot), { event: group('a') }]));
    await responseTo(request);
    request.destroy();
    const next = begin(server);
    next.end(toLines([to(userpilot), { event: group('b') }]));
    expect(await linesOf(await responseTo(next))).toEqual([sent(2, 0, 'b'), end(1, 1)]);
  });
});
