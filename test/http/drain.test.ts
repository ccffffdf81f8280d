import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import { Agent, request } from 'undici';

import { Drain } from '../../src/http/drain.ts';
import { silent } from '../../src/http/log.ts';
import { collectGarbage } from '../support/garbage.ts';

/*
 * What the drain knows of connections before it begins. That it loses no request is tested with the built service.
 */

let server: Server;
const client = new Agent({ connections: 1 });

afterEach(async () => {
  await client.close();
  server.close();
});

it('an open connection holds no answer that has ended', async () => {
  const answers: WeakRef<ServerResponse>[] = [];
  server = createServer((_request, response) => {
    answers.push(new WeakRef(response));
    response.end('done');
  });
  new Drain({ delay: 0, log: { ...silent, exit: () => undefined } }).close(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

  const { body } = await request(url, { dispatcher: client });
  expect(await body.text()).toBe('done');
  await collectGarbage();
  expect(answers.map((answer) => answer.deref())).toEqual([undefined]);
  expect(await promisify(server.getConnections.bind(server))()).toBe(1);
});
