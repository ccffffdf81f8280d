import { once } from 'node:events';
import { request as call } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import fc from 'fast-check';

import { createListener } from '../../src/http/listener.ts';
import { app, BODY_LIMIT, expectNoErrors } from '../support/api.ts';
import { runs } from '../support/effort.ts';

/*
 * Whatever arrives on a socket, it is answered as a mistake of the client's or not at all, and the next client does not
 * notice. A rejection that nothing handles fails a test by itself.
 */

const server = createListener(app);
let port: number;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const event = { type: 'group', groupId: 'g', userId: 'u', timestamp: '2026-01-02', traits: { name: 'Acme', a: [1] } };
const config = { apiKey: 'key' };
const items = [
  { message: event, metadata: { jobId: 1 }, destination: { ID: 'd', Config: config } },
  { message: null, metadata: { jobId: 2 }, destination: { ID: 'd', Config: config } },
];
const destination = { name: 'stormly', config };
const valid = {
  '/transform': { events: [event, { event, ref: 1 }], destinations: [destination], batch: true, dialogues: 'ask' },
  '/v0/destinations/stormly': items,
  '/routerTransform': { input: items, destType: 'stormly', destinations: { d: { ID: 'd' } } },
  '/batch': { input: items, destType: 'stormly' },
};

/** Bytes with some of them changed, left out or doubled. */
const mutated = (bytes: Buffer) =>
  fc
    .array(
      fc.tuple(
        fc.nat(bytes.length),
        fc.nat(4),
        fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 4 }),
          fc
            .constantFrom('"', '{', '[', ']', '}', ',', 'null', '1e999', '{"__proto__":{"a":1}}', '\\ud800', '[[[')
            .map((token) => Buffer.from(token)),
        ),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((edits) =>
      edits.reduce(
        (all, [at, left, instead]) => Buffer.concat([all.subarray(0, at), instead, all.subarray(at + left)]),
        bytes,
      ),
    );
const truncated = (bytes: Buffer) => fc.nat(bytes.length).map((end) => bytes.subarray(0, end));
const damaged = (bytes: Buffer) => fc.oneof(fc.constant(bytes), mutated(bytes), truncated(bytes));

const coders = { identity: (bytes: Buffer) => bytes, gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };

const bodies = fc.constantFrom(...Object.values(valid)).chain((body) => {
  const bytes = Buffer.from(JSON.stringify(body));
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((random) => ({ bytes: Buffer.from(random), encoding: 'identity' })),
    damaged(bytes).map((plain) => ({ bytes: plain, encoding: 'identity' })),
    fc
      .constantFrom(...(Object.keys(coders) as (keyof typeof coders)[]))
      .chain((encoding) => damaged(coders[encoding](bytes)).map((coded) => ({ bytes: coded, encoding }))),
    fc
      .constantFrom('gzip', 'br', 'deflate', 'zip', 'constructor', 'gzip, gzip', '')
      .map((encoding) => ({ bytes, encoding })),
  );
});

/** How the length of a body is told. */
const framings = fc.oneof(
  { weight: 5, arbitrary: fc.constant('right') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('shorter', 'longer', 'none', 'negative', 'both', 'twice', 'chunked', 'as chunks'),
  },
);

const lengthHeaders: Record<string, (length: number) => string[]> = {
  right: (length) => [`Content-Length: ${String(length)}`],
  shorter: (length) => [`Content-Length: ${String(Math.floor(length / 2))}`],
  longer: (length) => [`Content-Length: ${String(length + 10)}`],
  none: () => [],
  negative: () => ['Content-Length: -1'],
  both: (length) => [`Content-Length: ${String(length)}`, 'Transfer-Encoding: chunked'],
  twice: (length) => [`Content-Length: ${String(length)}`, `Content-Length: ${String(length + 1)}`],
  chunked: () => ['Transfer-Encoding: chunked'],
  'as chunks': () => ['Transfer-Encoding: chunked'],
};

const paths = [
  ...Object.keys(valid),
  ...['/destinations', '/destinations/stormly', '/destinations/%ff', '/features', '/version', '/health', '/ready'],
  ...['/v0/destinations/constructor', '/v0/destinations/%2e%2e%2fx', '//transform', '/transform?a=%', '/nothing'],
];

const messages = fc.record({
  method: fc.oneof(
    { weight: 6, arbitrary: fc.constant('POST') },
    { weight: 1, arbitrary: fc.constantFrom('GET', 'PUT', 'HEAD', 'OPTIONS', 'DELETE') },
  ),
  path: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...Object.keys(valid)) },
    { weight: 1, arbitrary: fc.constantFrom(...paths) },
  ),
  type: fc.oneof(
    { weight: 4, arbitrary: fc.constant('application/json') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', 'text/plain', 'application/x-ndjson', 'application/json; charset=utf-16', '{}'),
    },
  ),
  framing: framings,
  body: bodies,
});
type Message = typeof messages extends fc.Arbitrary<infer T> ? T : never;

function toBytes({ method, path, type, framing, body: { bytes, encoding } }: Message): Buffer {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    `Content-Type: ${type}`,
    ...(encoding === 'identity' ? [] : [`Content-Encoding: ${encoding}`]),
    ...(lengthHeaders[framing]?.(bytes.length) ?? []),
  ];
  const chunked = [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')];
  const sent = framing === 'as chunks' ? (bytes.length > 0 ? chunked : [Buffer.from('0\r\n\r\n')]) : [bytes];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), ...sent]);
}

/** What is answered before the connection is closed, by whichever side; `ends`: the client says no more. */
async function exchange(bytes: Buffer, ends: boolean): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  // A server that has refused a body need not read it to its end.
  socket.on('error', () => undefined);
  if (ends) socket.end(bytes);
  else socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

/** A call as it should be. */
async function nextAnswer(): Promise<unknown> {
  const outgoing = call({ port, method: 'POST', path: '/transform', headers: { 'Content-Type': 'application/json' } });
  outgoing.end(JSON.stringify({ event, destination }));
  const [response] = (await once(outgoing, 'response')) as [Parameters<typeof text>[0]];
  return JSON.parse(await text(response)) as unknown;
}

/** What an engine says of its own failures, and where. */
const ENGINE_MESSAGE =
  /cannot read propert|cannot convert|cannot set|is not a (function|constructor)|is not (iterable|defined)|(?<!received )undefined|\[object |unexpected (token|end)|in JSON at|call stack|Z_DATA|incorrect header|node:|node_modules|\.[jt]s:\d+/i;

/** Few random messages go to a path that doesn't exist. */
const toNowhere: Message = {
  method: 'POST',
  path: '/nothing',
  type: 'application/json',
  framing: 'right',
  body: { bytes: Buffer.from('{}'), encoding: 'identity' },
};

const withoutWhole = new Set(['shorter', 'longer', 'chunked', 'none', 'both', 'twice', 'negative']);

it('whatever is sent, no answer is a failure of the service, and the next request is answered', async () => {
  const wanted = await nextAnswer();
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(messages, async (message) => {
      const answer = await exchange(toBytes(message), withoutWhole.has(message.framing));
      const statuses = Array.from(answer.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, status]) => String(status));
      for (const status of statuses) seen.add(status);
      expect(statuses.filter((status) => !/^[24]\d\d$/.test(status))).toEqual([]);
      expect(answer).not.toMatch(ENGINE_MESSAGE);
      expect(await nextAnswer()).toEqual(wanted);
      expectNoErrors();
    }),
    { ...runs(1_000), examples: [[toNowhere]] },
  );
  // Or the messages would be too wrong, or too right, to find anything.
  expect([...seen].sort()).toEqual(expect.arrayContaining(['200', '400', '404', '405', '415']));
});

it('a client that sends everything before it reads gets the answer to what is refused, and can go on', async () => {
  const body = Buffer.alloc(2 * BODY_LIMIT, ' ');
  const head = (length: number) => `POST /transform HTTP/1.1\r\nHost: here\r\nContent-Length: ${String(length)}\r\n`;
  const socket = connect({ port, host: '127.0.0.1' }).pause();
  await once(socket, 'connect');
  socket.write(`${head(body.length)}Content-Type: application/json\r\n\r\n`);
  await new Promise((resolve) => socket.write(body, resolve));
  socket.end(`${head(0)}Connection: close\r\n\r\n`);
  expect((await text(socket)).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 415']);
});
