import type { Express } from 'express';
import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';

/** How long nothing may happen on a connection in use; longer than anything that the service itself waits for. */
const IDLE_TIMEOUT_MS = 120_000;

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
  const server = createServer({ IncomingMessage: AppRequest, ServerResponse: AppResponse }, app);
  // A stream may take any time to arrive, so it is idleness that ends a connection and not its age.
  server.requestTimeout = 0;
  return server.setTimeout(IDLE_TIMEOUT_MS);
}
