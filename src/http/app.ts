import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Registry } from '../core/registry.ts';
import { Problem } from '../core/problem.ts';
import type { Settle } from '../core/result.ts';
import { Transformer } from '../core/transform.ts';
import { readBytes } from './body.ts';
import { sendJson } from './json.ts';
import { sendProblem } from './problem.ts';
import { pipelineRoutes } from './routes/pipeline.ts';
import { playgroundRoutes } from './routes/playground.ts';
import { destinationRoute, destinationsRoute } from './routes/destinations.ts';
import { streamRoute } from './routes/stream.ts';
import { transformRoute } from './routes/transform.ts';
import { Upstream } from './upstream.ts';

export interface AppOptions {
  registry: Registry;
  version: string;
  /** The most bytes a body may have, after decompression. */
  bodyLimit: number;
  /** The same for the routes of pipelines, whose batches no limit may cost an event. */
  pipelineBodyLimit: number;
  /** Whether a pipeline's events are held to their integrations and to consent here; the pipeline has done it, if absent. */
  isPipelineGated?: boolean;
  /** The base URL of the transformer that gets what pipelines send and is not ours. */
  upstreamUrl?: string | undefined;
  /** Performs dialogues with vendors; without it, that is left to callers, and to none where they cannot. */
  settle?: Settle | undefined;
  /** The folder of the built playground, which is served at `/`; absent, it is not. */
  playgroundFolder?: string | undefined;
  /** How long the client of a stream may neither send nor read anything, in milliseconds. */
  stallTimeout?: number;
  /** The clock. */
  now?: () => Date;
  /** Whether the service takes new work; it does not while it drains. */
  isReady?: () => boolean;
  /** Told of what should not have happened; must not throw. */
  onError?: (error: unknown, context: string) => void;
}

/** The native API as an Express application; it listens nowhere by itself. */
export function createApp(options: AppOptions): Express {
  const {
    registry,
    version,
    bodyLimit,
    pipelineBodyLimit,
    isPipelineGated = false,
    upstreamUrl,
    settle,
    playgroundFolder,
    stallTimeout = 30_000,
    now = () => new Date(),
    isReady = () => true,
    onError = () => undefined,
  } = options;
  const transformer = new Transformer({ registry, onMapperError: onError });
  const explainer = new Transformer({ registry, onMapperError: onError, explains: true });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.setHeader('Transformer-Version', version);
    next();
  });

  app
    .route('/transform')
    .post(
      streamRoute({ transformer, explainer, settle, lineLimit: bodyLimit, stallTimeout, now }),
      readBytes(bodyLimit),
      transformRoute({ transformer, explainer, settle, release: version, now }),
    )
    .all(only('POST'));
  app.route('/destinations').get(destinationsRoute(registry)).all(only('GET'));
  app.route('/destinations/:name').get(destinationRoute(registry)).all(only('GET'));
  app
    .route('/health')
    .get(status(() => true))
    .all(only('GET'));
  app.route('/ready').get(status(isReady)).all(only('GET'));
  if (playgroundFolder !== undefined) app.use(playgroundRoutes(playgroundFolder));
  const upstream = upstreamUrl === undefined ? undefined : new Upstream(upstreamUrl);
  const isGated = isPipelineGated;
  const bodyLimits = { bodyLimit: pipelineBodyLimit };
  app.use(pipelineRoutes({ registry, transformer, settle, version, ...bodyLimits, isGated, upstream, now }));
  app.use((request) => {
    throw new Problem('NOT_FOUND', `nothing is found under ${request.path}`);
  });
  app.use(problems(onError));
  return app;
}

function only(method: string): RequestHandler {
  return (request, response) => {
    response.setHeader('Allow', method === 'GET' ? 'GET, HEAD' : method);
    throw new Problem('METHOD_NOT_ALLOWED', `${request.path} answers ${method} only`);
  };
}

function status(isUp: () => boolean): RequestHandler {
  return (_request, response) => {
    if (isUp()) sendJson(response, 200, { status: 'ok', service: 'UP' });
    else sendJson(response, 503, { status: 'draining' });
  };
}

/** Turns whatever a route throws into a problem; what is not known is told to the operator and not to the client. */
function problems(onError: NonNullable<AppOptions['onError']>): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = error instanceof Problem ? error : fromExpress(error);
    if (problem.code === 'INTERNAL_ERROR') onError(error, `${request.method} ${request.path}`);
    sendProblem(response, problem);
  };
}

/** What Express and its body reader throw carries the kind of the error in `type`, or at least a status. */
function fromExpress(error: unknown): Problem {
  const { type, status: code } = error as { type?: string; status?: number };
  switch (type) {
    case 'entity.too.large':
      return new Problem('BODY_TOO_LARGE', 'the body is larger than this service takes');
    case 'encoding.unsupported':
      return new Problem('ENCODING_UNSUPPORTED', 'the content encoding is not supported');
    default:
      return code !== undefined && code >= 400 && code < 500
        ? new Problem('BODY_UNREADABLE', 'the request cannot be read')
        : new Problem('INTERNAL_ERROR', 'the service failed on this request');
  }
}
