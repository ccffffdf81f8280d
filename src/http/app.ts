import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Registry } from '../core/registry.ts';
import { Problem } from '../wire/problem.ts';
import type { VendorCalls } from '../core/settle.ts';
import { Transformer } from '../core/transform.ts';
import { readBytes } from './body.ts';
import type { AppLimits } from './limits.ts';
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

export interface PipelineOptions {
  /** Whether a pipeline's events are held to their integrations and to consent here; the pipeline has done it, if absent. */
  isGated?: boolean;
  /** The base URL of the transformer that gets what pipelines send and is not ours. */
  upstreamUrl?: string | undefined;
  /** How long that may take for an answer, in milliseconds. */
  upstreamTimeout?: number | undefined;
}

/** What operators are told. */
export interface Telemetry {
  /** What is counted; several applications may share it. */
  metrics: Metrics;
  /** Writes down what is counted, in the format of Prometheus. */
  expose: () => Promise<string>;
  log: Log;
  /** Makes spans of requests. */
  trace?: RequestHandler | undefined;
  /** Told of what should not have happened; must not throw. */
  onError: (error: unknown, context: string) => void;
}

export interface AppOptions {
  registry: Registry;
  version: string;
  limits: AppLimits;
  /** What is served: all, if absent. */
  serves?: Served;
  pipeline?: PipelineOptions;
  /** Calls vendors for dialogues; without it, dialogues are left to callers, and to none where they cannot. */
  calls?: VendorCalls | undefined;
  /** Tokens of which the native API and the docs ask for one; they ask for none, if absent. */
  tokens?: readonly string[] | undefined;
  /** The folder of the built playground, which is served at `/`; absent, it is not. */
  playgroundFolder?: string | undefined;
  telemetry?: Partial<Telemetry>;
  /** Says when there is too much to do; everything is taken, if absent. */
  load?: Load;
  /** The clock. */
  now?: () => Date;
  /** Whether the service takes new work; it does not while it drains. */
  isReady?: () => boolean;
}

/** The service as an Express application; it listens nowhere by itself. */
export function createApp(options: AppOptions): Express {
  const { registry, version, limits, serves = 'all', pipeline = {}, calls, tokens, playgroundFolder, load } = options;
  const { now = () => new Date(), isReady = () => true } = options;
  const { metrics, expose, log, trace, onError } = telemetryOf(options);
  const transformer = new Transformer({ registry, onMapperError: onError });
  load?.addCache(() => {
    transformer.release();
  });
  const outcomes = new Outcomes(registry, metrics, log);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (trace !== undefined) app.use(trace);
  app.use(observed({ metrics, log, load, version, isReady, arrival: limits.arrival }));

  // Routes are tried in their order, so those that are called thousands of times a second come first.
  const shared = { registry, transformer, calls, version, outcomes, now };
  const { upstreamUrl: url, upstreamTimeout: timeout, isGated = false } = pipeline;
  const upstream =
    url === undefined ? undefined : new Upstream({ url, limit: limits.pipelineBodyBytes, load, timeout });
  const readPipeline = readBytes(limits.pipelineBodyBytes, load, limits.arrival);
  if (serves !== 'native') app.use(pipelineRoutes({ ...shared, read: readPipeline, isGated, upstream }));
  const hasPipeline = serves === 'all';
  if (serves !== 'pipeline') app.use(nativeRoutes({ ...shared, limits, load, tokens, playgroundFolder, hasPipeline }));
  const unreadiness = () => (isReady() ? load?.isExhausted === true && 'overloaded' : 'draining');
  app.use(probeRoutes({ unreadiness, expose, contentType: metrics.registry.contentType }));
  if (serves !== 'native' && upstream !== undefined) app.use(upstreamRoutes(upstream, readPipeline));
  app.use((request) => {
    throw new Problem('NOT_FOUND', `nothing is found under ${request.path}`);
  });
  app.use(problems(onError, log));
  return app;
}

function telemetryOf({ registry, version, load, telemetry = {} }: AppOptions): Telemetry {
  const { metrics = new Metrics({ registry, version, load }), log = silent, onError = () => undefined } = telemetry;
  return { expose: () => metrics.registry.metrics(), ...telemetry, metrics, log, onError };
}

/** Turns whatever a route throws into a problem; what is not known is told to the operator and not to the client. */
function problems(onError: Telemetry['onError'], log: Log): ErrorRequestHandler {
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
