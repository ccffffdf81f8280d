import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';

import type { Express } from 'express';

/** The idle time of a connection in use. Longer than anything that the service itself waits for. */
const IDLE_TIMEOUT_MS = 120_000;

/** How long the headers of a request may take to arrive. */
const HEADERS_TIMEOUT_MS = 10_000;

/** Longer than balancers keep idle connections, so that they never use a closed one. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** The maximum number of connections. */
const MAX_CONNECTIONS = 10_000;

/**
 * An HTTP server for an application.
 * Express changes the prototype of every request and response that it gets, which makes the engine drop its
 * optimizations: two thirds of a small request's time. Here they are created with the prototype that Express would set,
 * so its change has no effect.
 */
export function createListener(app: Express): Server {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse<AppRequest> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  const server = createServer(
    {
      IncomingMessage: AppRequest,
      ServerResponse: AppResponse,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: HEADERS_TIMEOUT_MS / 2,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      // A stream may take any time to arrive, so only idleness ends a connection, and not its age.
      requestTimeout: 0,
    },
    app,
  );
  server.maxConnections = MAX_CONNECTIONS;
  return server.setTimeout(IDLE_TIMEOUT_MS);
}
