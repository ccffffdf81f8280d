import { type RequestHandler, Router } from 'express';

import { sendJson } from '../json.ts';
import { shared } from '../metrics.ts';
import { only } from './method.ts';

interface ProbeOptions {
  /** Why the service accepts no new work, if it doesn't. */
  unreadiness: () => string | false;
  /** Writes the metrics. */
  expose: () => Promise<string>;
  /** Their media type. */
  contentType: string;
}

/** `GET /health`, `GET /ready` and `GET /metrics`, for probes and monitoring. */
export function probeRoutes(options: ProbeOptions): Router {
  const router = Router();
  router
    .route('/health')
    .get(status(() => false))
    .all(only('GET'));
  router.route('/ready').get(status(options.unreadiness)).all(only('GET'));
  router.route('/metrics').get(metricsRoute(options)).all(only('GET'));
  return router;
}

function status(unreadiness: () => string | false): RequestHandler {
  return (_request, response) => {
    const reason = unreadiness();
    if (reason === false) sendJson(response, 200, { status: 'ok', service: 'UP' });
    else sendJson(response, 503, { status: reason });
  };
}

function metricsRoute({ expose, contentType }: ProbeOptions): RequestHandler {
  const exposeOnce = shared(expose);
  return async (_request, response) => {
    response.setHeader('Content-Type', contentType).end(await exposeOnce());
  };
}
