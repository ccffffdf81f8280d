import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import express from 'express';
import _ from 'lodash';

import { sendLists } from '../../src/http/json.ts';
import { textOfElements } from '../../src/wire/rudder/echo.ts';
import { type ProcessorElement, refuseElement } from '../../src/wire/rudder/elements.ts';
import { textOfEach } from '../../src/wire/text.ts';
import { app, expectNoErrors } from '../support/api.ts';

/*
 * What an answer costs does not depend on what a call has its items repeat, and not on how many there are.
 */

/** The most that an item may add to an answer beyond what it brings itself. */
const ITEM_BYTES = 500;

/** The most that one destination may add to an answer by being repeated. */
const REPEATED_BYTES = 10_000_000;

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer(app).listen(0);
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

afterEach(expectNoErrors);

/** Sends a body; the answer, whose body has not been read. */
async function send(path: string, body: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const sent = httpRequest({ port, path, method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** What an answer costs: its status, its length, and the seconds of CPU. */
async function costOf(path: string, body: string, headers?: Record<string, string>) {
  const before = process.cpuUsage();
  const response = await send(path, body, headers);
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
  const { user, system } = process.cpuUsage(before);
  return { status: response.statusCode, bytes, seconds: (user + system) / 1e6 };
}

const listOf = (length: number, item: string) => `[${`${item},`.repeat(length - 1)}${item}]`;
const LONG = 'x'.repeat(200_000);

it.each<[string, string, string, number]>([
  ['a long type × empty items', '/routerTransform', `{"destType":"${LONG}","input":${listOf(5_000, '{}')}}`, 5_000],
  ['a long type × empty items', '/batch', `{"destType":"${LONG}","input":${listOf(5_000, '{}')}}`, 5_000],
  ['invalid items', '/batch', listOf(300_000, '1'), 300_000],
  ['invalid items', '/routerTransform', listOf(100_000, '1'), 100_000],
  ['a long type in the URL', '/v0/destinations/LONG', listOf(50_000, '{}'), 50_000],
  [
    'a long type in the URL × events',
    '/v0/destinations/LONG',
    listOf(5_000, '{"message":{"type":"group"},"destination":{}}'),
    5_000,
  ],
  [
    'a long name of the definition',
    '/routerTransform',
    `{"input":${listOf(2_000, '{"message":{"type":"group"},"metadata":{"destinationId":"d"}}')},"destinations":{"d":{"DestinationDefinition":{"Name":"${LONG}"}}}}`,
    2_000,
  ],
])('an answer to %s on %s stays in proportion to its call', async (_name, route, body, items) => {
  const path = route.replace('LONG', 'x'.repeat(12_000));
  const { status, bytes, seconds } = await costOf(path, body);
  expect(status).toBe(200);
  expect(bytes).toBeLessThan(body.length + REPEATED_BYTES + items * ITEM_BYTES);
  expect(seconds).toBeLessThan(10);
});

const group = '{"message":{"type":"group","groupId":"g","userId":"u"},"metadata":{"destinationId":"d"}}';
const keys = (count: number) => _.times(count, (index) => `"k${String(index)}":1`).join();

describe.each([
  ['200 kB', `"x":"${LONG}"`, 5_000],
  ['50,000 keys', keys(50_000), 20_000],
] as const)('a destination of %s that is given once', (_size, more, items) => {
  it.each(['/routerTransform', '/v0/destinations/stormly', '/v0/destinations/customer-io', '/batch'])(
    'costs no more than it does once, on %s',
    async (path) => {
      const config = `{"apiKey":"k","siteID":"s",${more}}`;
      const body = `{"destType":"customerio","input":${listOf(items, group)},"destinations":{"d":{"Config":${config}}}}`;
      const { status, bytes, seconds } = await costOf(path, body);
      expect(status).toBe(200);
      expect(bytes).toBeLessThan(20 * body.length + items * 1_500);
      expect(seconds).toBeLessThan(10);
    },
  );
});

it('a body whose values would take many times its length is refused', async () => {
  const body = `[{"message":{},"metadata":${listOf(7_000_000, '[]')}}]`;
  const { status, bytes } = await costOf('/v0/destinations/stormly', body);
  expect([status, bytes < 1_000]).toEqual([413, true]);
});

/** 12 kB of lists within lists. */
const DEEP = `${'['.repeat(6_000)}${']'.repeat(6_000)}`;

const intercom = '{"Config":{"apiServer":"US"},"hasDynamicConfig":false}';
const person = '{"type":"group","groupId":"g","context":{"traits":{"email":"a@acme.example"}}}';
const itemWith = (metadata: string) => `{"message":${person},"metadata":${metadata},"destination":${intercom}}`;

describe('a token that is nested too deep', () => {
  it('is the failure of the items that it is for, where it comes with the call', async () => {
    const response = await send('/v0/destinations/intercom_v2', `[${itemWith('{"jobId":1}')}]`, {
      'oauth-secret': DEEP,
    });
    expect([response.statusCode, await json(response)]).toMatchObject([
      200,
      [{ metadata: { jobId: 1 }, statusCode: 500, error: 'the event is nested deeper than 100 levels' }],
    ]);
  });

  it('is the failure of its pairs, where it comes with a destination', async () => {
    const destinations = `[{"name":"intercom_v2","config":{"apiServer":"US"},"delivery":${DEEP}},{"name":"stormly","config":{"apiKey":"k"}}]`;
    const response = await send('/transform', `{"event":${person},"destinations":${destinations}}`);
    expect([response.statusCode, await json(response)]).toMatchObject([
      200,
      { results: [{ outcome: 'fail', code: 'DELIVERY_INVALID' }, { destination: 1 }] },
    ]);
  });

  it('is the failure of its pairs, where it is too large', async () => {
    const delivery = JSON.stringify({ accessToken: 'k', more: LONG });
    const destination = `{"name":"intercom_v2","config":{"apiServer":"US"},"delivery":${delivery}}`;
    const response = await send('/transform', `{"event":${person},"destination":${destination}}`);
    expect(await json(response)).toMatchObject({ results: [{ outcome: 'fail', code: 'DELIVERY_INVALID' }] });
  });
});

it('templates cost no more than the config and the event together', async () => {
  const templates = _.times(10_000, (index) => `"t${String(index)}":"{{ message.traits.k${String(index)} || x }}"`);
  const item = `{"message":{"type":"group","groupId":"g","userId":"u","traits":{${keys(40_000)}}},"destination":{"Config":{"apiKey":"k",${templates.join()}}}}`;
  const { status, seconds } = await costOf('/v0/destinations/stormly', `[${item}]`);
  expect(status).toBe(200);
  expect(seconds).toBeLessThan(3);
});

it('an element that cannot be made text is the failure of its item', () => {
  const beyond = {
    toJSON: () => {
      throw new RangeError('Invalid string length');
    },
  };
  const elements: ProcessorElement[] = [
    { metadata: { jobId: 1 }, output: 1, statusCode: 200 },
    { metadata: { jobId: 2 }, output: beyond, statusCode: 200 },
    { metadata: { jobId: 3 }, output: 3, statusCode: 200 },
  ];
  const text = textOfEach<ProcessorElement>(elements, textOfElements, (element) =>
    refuseElement(element, 'stormly', 'processor'),
  );
  expect(JSON.parse(text)).toMatchObject([
    { metadata: { jobId: 1 }, output: 1 },
    { metadata: { jobId: 2 }, statusCode: 400, statTags: { destType: 'STORMLY' } },
    { metadata: { jobId: 3 }, output: 3 },
  ]);
});

describe('a long answer', () => {
  const element = { text: 'é'.repeat(500) };

  /** Serves a list whose windows are counted. */
  async function serve(windows: Iterable<object[] | Promise<object[]>>) {
    const lists = express().get('/', (_request, response) =>
      sendLists(response, [{ opening: '{"list":[', windows, toText: JSON.stringify }], ']}'),
    );
    const listening = createServer(lists).listen(0);
    await once(listening, 'listening');
    const sent = httpRequest({ port: (listening.address() as AddressInfo).port }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const close = () => {
      listening.close().closeAllConnections();
    };
    return { response, close };
  }

  it('is written in pieces that make the whole', async () => {
    const list = _.times(2_345, (index) => ({ index, ...element }));
    const { response, close } = await serve(
      _.chunk(list, 100).map((window, index) => (index % 2 === 0 ? window : Promise.resolve(window))),
    );
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    close();
    expect(response.headers['content-length']).toBeUndefined();
    expect(Buffer.concat(chunks).toString()).toBe(JSON.stringify({ list }));
  });

  it('is made no faster than it is read, and no longer than its client is there', async () => {
    let made = 0;
    const state = { isOver: false };
    function* windows() {
      try {
        while (made < 100_000) {
          made += 100;
          yield _.times(100, _.constant(element));
        }
      } finally {
        state.isOver = true;
      }
    }
    const { response, close } = await serve(windows());
    for (let early = -1; early !== made;) {
      early = made;
      await setTimeout(300);
    }
    expect(made).toBeLessThan(50_000);
    response.destroy();
    for (let tries = 0; tries < 100 && !state.isOver; tries++) await setTimeout(20);
    close();
    expect([state.isOver, made < 100_000]).toEqual([true, true]);
  });
});
