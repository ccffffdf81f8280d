import { Router, type RequestHandler } from 'express';
import { sendJson } from '../json.ts';
import { only } from './method.ts';

interface ProbeOptions {
  /** Whether the service takes new work. */
  isReady: () => boolean;
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
    .get(status(() => true))
    .all(only('GET'));
  router.route('/ready').get(status(options.isReady)).all(only('GET'));
  router.route('/metrics').get(metricsRoute(options)).all(only('GET'));
  return router;
}

function status(isUp: () => boolean): RequestHandler {
  return (_request, response) => {
    if (isUp()) sendJson(response, 200, { status: 'ok', service: 'UP' });
    else sendJson(response, 503, { status: 'draining' });
  };
}

function metricsRoute({ expose, contentType }: ProbeOptions): RequestHandler {
  return async (_request, response) => {
    response.setHeader('Content-Type', contentType).end(await expose());
  };
}
