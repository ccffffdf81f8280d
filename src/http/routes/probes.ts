import { Router, type RequestHandler } from 'express';
import { sendJson } from '../json.ts';
import { shared } from '../metrics.ts';
import { only } from './method.ts';

interface ProbeOptions {
  /** Why the service takes no new work, if it takes none. */
  unreadiness: () => string | false;
  /** Writes down what is counted. */
  expose: () => Promise<string>;
  /** The media type of that. */
  contentType: string;
}

/** `GET /health`, `GET /ready` and `GET /metrics`, for those that watch over the service. */
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
