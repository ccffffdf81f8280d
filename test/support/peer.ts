import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A call as a server on loopback got it. */
export interface Received {
  method: string;
  /** The vendor's URL where a gateway is asked, else the path. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** How a call is answered. */
export type Answering = (call: Received, response: ServerResponse) => void;

/** A real HTTP server that stands for whomever is called. */
export class Peer {
  readonly calls: Received[] = [];
  answer: Answering;
  readonly #server: Server;

  constructor(answer: Answering = (_call, response) => response.end('{}')) {
    this.answer = answer;
    this.#server = createServer((request, response) => {
      void buffer(request).then((content) => {
        const { method = '', headers } = request;
        const url = String(headers['x-vendor-url'] ?? request.url);
        const call = { method, url, headers, body: content.toString() };
        this.calls.push(call);
        this.answer(call, response);
      });
    });
  }

  /** @returns its port */
  async start(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this.port;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Finds every name on loopback. */
export const onLoopback: LookupFunction = (_name, { all }, callback) => {
  if (all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
