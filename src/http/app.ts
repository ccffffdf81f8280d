import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Registry } from '../core/registry.ts';
import { Problem } from '../wire/problem.ts';
import type { Settle } from '../wire/native/results.ts';
import { Transformer } from '../core/transform.ts';
import { readBytes } from './body.ts';
import type { Load } from './load.ts';
import { silent, type Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { observed } from './observe.ts';
import { Outcomes } from './outcomes.ts';
import { sendProblem } from './problem.ts';
import { nativeRoutes } from './routes/native.ts';
import { pipelineRoutes, upstreamRoutes } from './routes/pipeline.ts';
import { probeRoutes } from './routes/probes.ts';
import { Upstream } from './upstream.ts';

/** The native API, the routes of pipelines, or both. */
export type Served = 'native' | 'pipeline' | 'all';

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
  /** What is served: all, if absent. */
  serves?: Served;
  /** Tokens of which the native API and the docs ask for one; they ask for none, if absent. */
  tokens?: readonly string[] | undefined;
  /** What is counted; several applications may share it. */
  metrics?: Metrics;
  /** Writes down what is counted, in the format of Prometheus; what `metrics` has, if absent. */
  expose?: () => Promise<string>;
  log?: Log;
  /** Makes spans of requests. */
  trace?: RequestHandler | undefined;
  /** Says when there is too much to do; everything is taken, if absent. */
  load?: Load;
  /** The clock. */
  now?: () => Date;
  /** Whether the service takes new work; it does not while it drains. */
  isReady?: () => boolean;
  /** Told of what should not have happened; must not throw. */
  onError?: (error: unknown, context: string) => void;
}

/** The service as an Express application; it listens nowhere by itself. */
export function createApp(options: AppOptions): Express {
  const {
    registry,
    version,
    serves = 'all',
    tokens,
    load,
    log = silent,
    bodyLimit,
    pipelineBodyLimit,
    upstreamUrl,
    settle,
    playgroundFolder,
    stallTimeout = 30_000,
    metrics = new Metrics(registry, load),
    expose = () => metrics.registry.metrics(),
    now = () => new Date(),
    isReady = () => true,
    onError = () => undefined,
  } = options;
  const transformer = new Transformer({ registry, onMapperError: onError });
  const outcomes = new Outcomes(registry, metrics, log);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (options.trace !== undefined) app.use(options.trace);
  app.use(observed({ metrics, log, load, version, isReady }));

  // Routes are tried in their order, so those that are called thousands of times a second come first.
  const shared = { registry, transformer, settle, version, outcomes, now };
  const upstream = upstreamUrl === undefined ? undefined : new Upstream(upstreamUrl);
  const readPipeline = readBytes(pipelineBodyLimit, load);
  if (serves !== 'native') {
    app.use(pipelineRoutes({ ...shared, read: readPipeline, isGated: options.isPipelineGated ?? false, upstream }));
  }
  if (serves !== 'pipeline') {
    app.use(nativeRoutes({ ...shared, onError, load, bodyLimit, stallTimeout, tokens, playgroundFolder }));
  }
  app.use(probeRoutes({ isReady, expose, contentType: metrics.registry.contentType }));
  if (serves !== 'native' && upstream !== undefined) app.use(upstreamRoutes(upstream, readPipeline));
  app.use((request) => {
    throw new Problem('NOT_FOUND', `nothing is found under ${request.path}`);
  });
  app.use(problems(onError, log));
  return app;
}

/** Turns whatever a route throws into a problem; what is not known is told to the operator and not to the client. */
function problems(onError: NonNullable<AppOptions['onError']>, log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = error instanceof Problem ? error : fromExpress(error);
    const { code, path } = problem;
    if (code === 'INTERNAL_ERROR') onError(error, `${request.method} ${request.path}`);
    log.info({ requestId: response.getHeader('X-Request-Id'), code, path }, 'request refused');
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
