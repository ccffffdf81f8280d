import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

import type { JsonObject } from '../../src/core/json.ts';

/** A server on loopback that takes what SDKs send, one event at a time or in batches. */
export interface Collector {
  url: string;
  /** Waits until an event has arrived. */
  event: () => Promise<JsonObject>;
  close: () => void;
}

export async function startCollector(): Promise<Collector> {
  const arrived: JsonObject[] = [];
  const server = createServer((request, response) => {
    void read(request).then((events) => {
      arrived.push(...events);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"success":true,"ok":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    event: async () => {
      for (;;) {
        const event = arrived.shift();
        if (event !== undefined) return event;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function read(request: IncomingMessage): Promise<JsonObject[]> {
  const bytes = await buffer(request);
  const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
  const body = JSON.parse(text) as JsonObject & { batch?: JsonObject[] };
  return body.batch ?? [body];
}
