import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import type { Json, JsonObject } from '../../src/core/json.ts';

/** What the upstream was asked. */
export interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

export type Answer = (asked: Asked) => Promise<Reply>;

/** A pipeline's own transformer, on loopback. */
export interface UpstreamServer {
  url: string;
  /** What it was asked since the last look. */
  asked: () => Asked[];
  /** Makes it give this answer from now on, or one that depends on what it is asked, instead of transforming. */
  answerWith: (reply: Reply | Answer | undefined) => void;
  close: () => void;
}

export async function startUpstream(): Promise<UpstreamServer> {
  const asked: Asked[] = [];
  let fixed: Reply | Answer | undefined;
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const { method = '', url = '', headers } = request;
      const call = { method, url, headers, body };
      asked.push(call);
      const reply = (typeof fixed === 'function' ? await fixed(call) : fixed) ?? {
        headers: { apiVersion: '2' },
        body: JSON.stringify(transform(JSON.parse(body) as Json)),
      };
      const type = { 'Content-Type': 'application/json; charset=utf-8' };
      response.writeHead(reply.status ?? 200, { ...type, ...reply.headers }).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked: () => asked.splice(0),
    answerWith: (reply) => {
      fixed = reply;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Answers as a transformer does: for a processor, each item's `message.copies` elements; for a router, which names a
 * type, one element per destination, which merges its items.
 */
function transform(body: Json): Json {
  const { input, destinations = {}, destType } = (Array.isArray(body) ? { input: body } : body) as Record<string, Json>;
  const items = (input as JsonObject[]).map((item) => {
    const { destinationId } = item.metadata as JsonObject;
    const destination = item.destination ?? (destinations as JsonObject)[destinationId as string];
    return { ...item, destination } as { message: JsonObject; metadata: JsonObject; destination: JsonObject };
  });
  if (destType === undefined) {
    return items.flatMap(({ message, metadata }) =>
      Array.from({ length: Number(message.copies ?? 1) }, () => ({
        output: outputOf(message),
        metadata,
        statusCode: 200,
      })),
    );
  }
  const ids = [...new Set(items.map(({ destination }) => destination.ID))];
  return {
    output: ids.map((id) => {
      const group = items.filter(({ destination }) => destination.ID === id);
      return {
        batchedRequest: group.map(({ message }) => outputOf(message)),
        metadata: group.map(({ metadata }) => metadata),
        batched: true,
        statusCode: 200,
        destination: group[0]?.destination ?? null,
      };
    }),
  };
}

function outputOf(message: JsonObject): JsonObject {
  return { version: '1', type: 'REST', method: 'POST', endpoint: `https://up.example/${message.type as string}` };
}
