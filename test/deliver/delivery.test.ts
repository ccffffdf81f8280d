import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';

import _ from 'lodash';

import { delivery } from '../../src/contract/delivery.ts';
import type { Request } from '../../src/contract/requests.ts';
import { createDeliverer, type Deliverer, type DelivererOptions } from '../../src/deliver/delivery.ts';
import { onLoopback, Peer } from '../support/peer.ts';

const peer = new Peer();
let deliverers: Deliverer[] = [];

beforeAll(async () => {
  await peer.start();
});

afterEach(async () => {
  peer.answer = (_call, response) => response.end('{}');
  peer.calls.length = 0;
  await Promise.all(deliverers.map((one) => one.close()));
  deliverers = [];
});

afterAll(() => {
  peer.stop();
});

function deliverer(options: DelivererOptions = {}): Deliverer {
  const one = createDeliverer({ lookup: onLoopback, timeout: 60_000, ...options });
  deliverers.push(one);
  return one;
}

const to = (path: string, more: Partial<Request> = {}): Request => ({
  method: 'POST',
  url: `http://vendor.example:${String(peer.port)}${path}`,
  headers: { 'Content-Type': 'application/json' },
  query: {},
  body: { json: { path } },
  ...more,
});

/** The outcome of one request, checked against the contract. */
async function outcomeOf(request: Request, options?: DelivererOptions) {
  return delivery.parse(await deliverer(options).deliver({ requests: [request] }));
}

const pathsOf = () => peer.calls.map(({ url }) => url);

describe('requests', () => {
  it('are made in their order, each when the one before was accepted', async () => {
    let isUnderWay = false;
    peer.answer = (_call, response) => {
      expect(isUnderWay).toBe(false);
      isUnderWay = true;
      setTimeout(() => {
        isUnderWay = false;
        response.end('{}');
      }, 5);
    };
    const accepted: number[] = [];
    const requests = ['/1', '/2', '/3'].map((path) => to(path));
    const outcome = await deliverer().deliver({ requests }, { onAccepted: (next) => accepted.push(next) });
    expect(outcome).toEqual({ outcome: 'delivered', next: 3, status: 200, answer: '{}' });
    expect(pathsOf()).toEqual(['/1', '/2', '/3']);
    expect(accepted).toEqual([1, 2, 3]);
  });

  it('end at the first that is not accepted, and go on from there later', async () => {
    peer.answer = ({ url }, response) => response.writeHead(url === '/2' ? 500 : 200).end();
    const requests = ['/1', '/2', '/3'].map((path) => to(path));
    const one = deliverer();
    const first = await one.deliver({ requests });
    expect(first).toMatchObject({ outcome: 'retry', next: 1, status: 500 });
    peer.answer = (_call, response) => response.writeHead(204).end();
    expect(await one.deliver({ requests }, { next: first.next })).toEqual({
      outcome: 'delivered',
      next: 3,
      status: 204,
    });
    expect(pathsOf()).toEqual(['/1', '/2', '/2', '/3']);
  });

  it('that have all been accepted are not made again', async () => {
    expect(await deliverer().deliver({ requests: [to('/1')] }, { next: 1 })).toEqual({ outcome: 'delivered', next: 1 });
    expect(pathsOf()).toEqual([]);
  });

  it('start no more after the end of the delivery, except one', async () => {
    const requests = [to('/1'), to('/2')];
    expect(await deliverer().deliver({ requests }, { signal: AbortSignal.abort() })).toEqual({
      outcome: 'retry',
      next: 1,
      message: 'the delivery was stopped before this request',
    });
    expect(pathsOf()).toEqual(['/1']);
  });

  it('arrive as they are', async () => {
    await outcomeOf(to('/json', { query: { 'a b': 'ü&', n: 1 }, body: { json: [{ text: 'é', n: 1.5 }] } }));
    const form = { a: ['1', 2], b: 'x y&z' };
    await outcomeOf(to('/form', { headers: { 'X-Key': 'k' }, body: { form } }));
    await outcomeOf(_.omit(to('/empty', { method: 'DELETE' }), 'body'));
    expect(peer.calls.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/json?a+b=%C3%BC%26&n=1', '[{"text":"é","n":1.5}]'],
      ['POST', '/form', 'a=1&a=2&b=x+y%26z'],
      ['DELETE', '/empty', ''],
    ]);
    expect(peer.calls[1]?.headers).toMatchObject({ 'x-key': 'k' });
  });
});

const answering =
  (status: number, headers: Record<string, string> = {}, body = '{"said":"no"}') =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(body);

describe('what is answered', () => {
  it.each<[string, (response: ServerResponse) => unknown, object]>([
    ['429 with seconds', answering(429, { 'Retry-After': '17' }), { outcome: 'retry', status: 429, retryAfter: 17 }],
    ['429 without', answering(429), { outcome: 'retry', status: 429 }],
    ['503 with seconds', answering(503, { 'Retry-After': '0' }), { outcome: 'retry', status: 503, retryAfter: 0 }],
    ['a time that is over', answering(429, { 'Retry-After': 'Thu, 01 Jan 2026 00:00:00 GMT' }), { retryAfter: 0 }],
    [
      '500',
      answering(500),
      { outcome: 'retry', status: 500, answer: '{"said":"no"}', message: 'the vendor answered 500' },
    ],
    ['408', answering(408), { outcome: 'retry', status: 408 }],
    ['400', answering(400), { outcome: 'refused', status: 400, answer: '{"said":"no"}' }],
    ['401', answering(401), { outcome: 'refused', status: 401 }],
    ['404', answering(404), { outcome: 'refused', status: 404 }],
    [
      '301',
      answering(301, { Location: 'http://other.example/' }),
      { outcome: 'refused', status: 301, message: 'the vendor answered 301, and redirects are not followed' },
    ],
    ['201', answering(201, {}, '{"id":1}'), { outcome: 'delivered', status: 201, answer: '{"id":1}' }],
  ])('%s', async (_name, answer, expected) => {
    peer.answer = (_call, response) => answer(response);
    expect(await outcomeOf(to('/1'))).toMatchObject(expected);
    expect(peer.calls).toHaveLength(1);
  });

  it('may name the time to come back at', async () => {
    const soon = new Date(Date.now() + 90_000).toUTCString();
    peer.answer = (_call, response) => response.writeHead(429, { 'Retry-After': soon }).end();
    const outcome = await outcomeOf(to('/1'));
    expect(outcome).toMatchObject({ outcome: 'retry', retryAfter: expect.any(Number) as number });
    const { retryAfter } = outcome as { retryAfter: number };
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(90);
  });

  it.each([
    [200, 'delivered'],
    [400, 'refused'],
    [500, 'retry'],
  ])('may be huge: its status %i counts', async (status, outcome) => {
    peer.answer = (_call, response) => {
      response.writeHead(status);
      const more = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    };
    expect(await outcomeOf(to('/1'))).toMatchObject({ outcome, status, answer: 'x'.repeat(1_000) });
  });
});

describe('where there is no whole answer, it may be tried again:', () => {
  const broken = { outcome: 'retry', next: 0, message: 'the vendor could not be reached, or closed the connection' };
  const late = { outcome: 'retry', next: 0, message: 'the vendor did not answer within 50 ms' };

  it('a connection that is refused', async () => {
    const gone = new Peer();
    const port = await gone.start();
    gone.stop();
    expect(await outcomeOf(to('', { url: `http://vendor.example:${String(port)}/` }))).toEqual(broken);
  });

  it('a connection that is cut before the answer', async () => {
    peer.answer = (_call, response) => response.destroy();
    expect(await outcomeOf(to('/1'))).toEqual(broken);
  });

  it('an answer that is cut', async () => {
    peer.answer = (_call, response) => {
      response.writeHead(200, { 'Content-Length': '1000' }).write('{"half":', () => response.destroy());
    };
    expect(await outcomeOf(to('/1'))).toEqual(broken);
  });

  it('a vendor that never answers', async () => {
    peer.answer = () => undefined;
    expect(await outcomeOf(to('/1'), { timeout: 50 })).toEqual(late);
  });

  it('an answer that never ends', async () => {
    peer.answer = (_call, response) => response.writeHead(200).write('{');
    expect(await outcomeOf(to('/1'), { timeout: 50 })).toEqual(late);
  });

  it('what isn’t HTTP', async () => {
    const server: Server = createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await outcomeOf(to('', { url: `http://vendor.example:${String(port)}/` }))).toEqual(broken);
    server.close();
  });
});

describe('what can never be sent is refused:', () => {
  it.each([
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://10.0.0.1/',
    'http://2130706433/',
  ])('the private address %s', async (url) => {
    const expected = { outcome: 'refused', next: 0, message: 'the address is not public' };
    expect(await outcomeOf(to('', { url }))).toEqual(expected);
  });

  it('a name that leads to a private address', async () => {
    const one = createDeliverer();
    deliverers.push(one);
    const request = to('', { url: `http://localhost:${String(peer.port)}/` });
    expect(await one.deliver({ requests: [request] })).toMatchObject({
      outcome: 'refused',
      message: 'the address is not public',
    });
    expect(peer.calls).toEqual([]);
  });

  it.each(['ftp://vendor.example/', 'file:///etc/passwd', 'vendor', ''])('the URL "%s"', async (url) => {
    expect(await outcomeOf(to('', { url }))).toEqual({
      outcome: 'refused',
      next: 0,
      message: 'the URL is not an http or https URL',
    });
  });

  it.each<Partial<Request>>([
    { headers: { 'X-Key': 'a\r\nHost: other.example' } },
    { headers: { 'transfer-encoding': 'chunked' } },
    { headers: { 'content-length': '3' } },
    { method: 'GET /other' },
  ])('what HTTP does not allow: %j', async (more) => {
    expect(await outcomeOf(to('/1', more))).toEqual({
      outcome: 'refused',
      next: 0,
      message: 'HTTP does not allow the method or one of the headers of the request',
    });
    expect(peer.calls).toEqual([]);
  });

  it('another host than those that may be called', async () => {
    const hosts = ['*.acme.example'];
    expect(await outcomeOf(to('/1'), { hosts })).toEqual({
      outcome: 'refused',
      next: 0,
      message: 'vendor.example is not a destination’s host; to allow it, add it to VENDOR_HOSTS',
    });
    const url = `http://eu.acme.example:${String(peer.port)}/1`;
    expect(await outcomeOf(to('', { url }), { hosts })).toMatchObject({ outcome: 'delivered' });
    expect(peer.calls).toHaveLength(1);
  });
});

it('a gateway gets every request, with the vendor’s URL', async () => {
  const gatewayUrl = `http://127.0.0.1:${String(peer.port)}/out`;
  const request = to('', { url: 'https://api.acme.example/v1', query: { a: 'b' } });
  expect(await outcomeOf(request, { gatewayUrl })).toMatchObject({ outcome: 'delivered' });
  expect(peer.calls).toMatchObject([{ method: 'POST', url: 'https://api.acme.example/v1?a=b' }]);
});
