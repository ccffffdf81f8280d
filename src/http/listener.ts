import type { Express } from 'express';
import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';

/** How long nothing may happen on a connection in use; longer than anything that the service itself waits for. */
const IDLE_TIMEOUT_MS = 120_000;

/** How long the headers of a request may take to arrive. */
const HEADERS_TIMEOUT_MS = 10_000;

/** Longer than the balancers that stand before it keep connections they do not use, so that they never use a closed one. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** The most connections at a time. */
const MAX_CONNECTIONS = 10_000;

/**
 * An HTTP server for an application.
 *
 * Express gives every request and response another prototype when it gets them, which makes the engine forget all it
 * has learned about them: two thirds of a small request's time. Here they are born with the prototype that Express is
 * about to give them, so that this changes nothing.
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
      // A stream may take any time to arrive, so it is idleness that ends a connection and not its age.
      requestTimeout: 0,
    },
    app,
  );
  server.maxConnections = MAX_CONNECTIONS;
  return server.setTimeout(IDLE_TIMEOUT_MS);
}
