import { once } from 'node:events';
import { createServer, globalAgent, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import request from 'supertest';

/*
 * For tests that call an application thousands of times. Where supertest is given an application, it opens a port and a
 * connection for each request, which takes longer than most requests.
 */

type Client = ReturnType<typeof request.agent>;

/** Serves an application until the tests of the file are over. @returns its URL */
export async function serve(app: RequestListener): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1');
  // A client that was busy for long would otherwise send on a connection that is being closed.
  server.keepAliveTimeout = 0;
  await once(server, 'listening');
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A client that keeps its connection. */
export const clientAt = (url: string): Client =>
  request.agent(url).use((call: request.Test) => call.agent(globalAgent));

/** A client for applications that are called in turn, never two at a time. */
export async function clientInTurn(): Promise<(app: RequestListener) => Client> {
  let current: RequestListener | undefined;
  const client = clientAt(await serve((...call) => current?.(...call)));
  return (app) => {
    current = app;
    return client;
  };
}
