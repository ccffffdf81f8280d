import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction, Socket } from 'node:net';

import { VendorClient } from '../../src/vendor/client.ts';

/*
 * How many connections the service has to vendors, over all of them, and to which addresses.
 */

const get = (url: string) => ({ method: 'GET' as const, url, headers: {}, query: {} });

it('they are bounded over all vendors', async () => {
  const open = new Set<Socket>();
  let most = 0;
  const server = createServer((_request, response) => {
    setTimeout(() => response.end('{}'), 5);
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    most = Math.max(most, open.add(socket).size);
    socket.once('close', () => open.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const lookup: LookupFunction = (_name, { all }, callback) => {
    if (all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
    else callback(null, '127.0.0.1', 4);
  };
  const client = new VendorClient({ lookup, timeout: 30_000 });
  const urls = Array.from({ length: 500 }, (_unused, index) => `http://v${String(index)}.example:${String(port)}/`);
  const answers = await Promise.all([...urls, ...urls].map((url) => client.call(get(url))));
  expect(answers.filter((answer) => 'status' in answer && answer.status === 200)).toHaveLength(1_000);
  expect(most).toBeLessThanOrEqual(300);
  await client.close();
  server.close();
});

it.each([
  '[::127.0.0.1]',
  '[::ffff:10.0.0.1]',
  '[::]',
  '[fd00::1]',
  '[64:ff9b::7f00:1]',
  '0x7f.1',
  '2130706433',
  '127.0.0.1.',
])('none goes to %s', async (host) => {
  const client = new VendorClient({});
  expect(await client.call(get(`https://${host}/`))).toEqual({ error: 'the address is not public' });
  await client.close();
});
