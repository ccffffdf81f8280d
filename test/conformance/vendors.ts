import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import _ from 'lodash';

import type { Json } from '../../src/core/json.ts';
import { type VendorExchange, vendorExchanges } from './exchanges.ts';

/** Answers for all vendors as they were recorded to, and 404 to what none was asked. */
export async function startVendors(): Promise<{ url: string; close: () => void }> {
  const recorded = vendorExchanges();
  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      const { method, headers } = incoming;
      const address = sortedQuery(String(headers['x-vendor-url']));
      const answers = recorded.filter(({ request }) => request.method === method && addressOf(request) === address);
      const answer =
        answers.find(({ request }) => request.body !== undefined && _.isEqual(request.body, readBody(body))) ??
        answers.find(({ request }) => request.body === undefined);
      response.writeHead(answer?.response.status ?? 404, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer?.response.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function addressOf({ url, params = {} }: VendorExchange['request']): string {
  const address = new URL(url);
  for (const [name, value] of Object.entries(params)) address.searchParams.set(name, value);
  return sortedQuery(address.href);
}

function sortedQuery(url: string): string {
  const address = new URL(url);
  address.searchParams.sort();
  return decodeURIComponent(address.href);
}

function readBody(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}
