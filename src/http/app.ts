import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import _ from 'lodash';

import type { PoliciesByDestination } from '../contract/policy.ts';
import type { Registry } from '../core/registry.ts';
import type { VendorCalls } from '../core/settle.ts';
import { Transformer } from '../core/transform.ts';
import type { Deliverer } from '../deliver/delivery.ts';
import { KeptFixtures } from '../verify/keep.ts';
import { Problem } from '../wire/problem.ts';
import { readBytes } from './body.ts';
import type { Capture, TakeEvent } from './capture.ts';
import { FirstDifferences } from './first-differences.ts';
import { gatherHeaders, headersOf } from './headers.ts';
import type { AppLimits } from './limits.ts';
import type { Load } from './load.ts';
import { type Log, silent } from './log.ts';
import { Metrics } from './metrics.ts';
import { observed } from './observe.ts';
import { Outcomes } from './outcomes.ts';
import { sendProblem } from './problem.ts';
import { nativeRoutes } from './routes/native.ts';
import { addPipelineRoutes, upstreamRoutes } from './routes/pipeline.ts';
import { probeRoutes } from './routes/probes.ts';
import { shadowRoutes } from './routes/shadow.ts';
import type { Shared } from './routes/shared.ts';
import { Shadow } from './shadow.ts';
import { Upstream } from './upstream.ts';

/** The native API, the routes of pipelines, or both. */
export type Served = 'native' | 'pipeline' | 'all';

export interface PipelineOptions {
  /**
   * Whether the integrations and consent of a pipeline's events are applied here. By default, the pipeline has done it.
   */
  isGated?: boolean;
  /** The base URL of the upstream transformer, which gets the rest of a pipeline's traffic. */
  upstreamUrl?: string | undefined;
  /** The upstream's time limit, in milliseconds. */
  upstreamTimeout?: number | undefined;
  /** The names of destinations whose events the upstream answers too. */
  upstreamDestinations?: readonly string[];
  /**
   * Lets the upstream answer everything, and only compares its answers with those of this service. The first
   * differences are kept in the folder, if there is one.
   */
  shadow?: { folder?: string | undefined } | undefined;
}

/** How operators observe the service. */
export interface Telemetry {
  /** The metrics; several applications may share them. */
  metrics: Metrics;
  /** Writes the metrics in Prometheus's format. */
  expose: () => Promise<string>;
  log: Log;
  /** Creates spans for requests. */
  trace?: RequestHandler | undefined;
  /** Called with unexpected events; must not throw. */
  onError: (error: unknown, context: string) => void;
}

export interface AppOptions {
  registry: Registry;
  version: string;
  /** Identifies the code; only the same release can resume a dialogue. Defaults to the version. */
  release?: string;
  limits: AppLimits;
  /** The routes to serve; defaults to all. */
  serves?: Served;
  pipeline?: PipelineOptions;
  /** Policies by the names or ids of destinations. They hold on every route. */
  policies?: PoliciesByDestination;
  /** Calls vendors for dialogues. Without it, callers ask vendors, if they can. */
  calls?: VendorCalls | undefined;
  /** The tokens of the native API and the docs, which require one of them, or none if absent. */
  tokens?: readonly string[] | undefined;
  /** Sends the requests of results, for `POST /deliver`. If absent, the route is not served. */
  deliverer?: Pick<Deliverer, 'deliver'> | undefined;
  /** The folder of the built playground, which is served at `/`. If absent, it is not served. */
  playgroundFolder?: string | undefined;
  /** Sends the requests of results for the playground. If absent, the page only shows them. */
  playgroundDeliverer?: Pick<Deliverer, 'deliver'> | undefined;
  /** Whether the playground takes events from SDKs, and shows them. By default, it does. */
  isLive?: boolean;
  telemetry?: Partial<Telemetry>;
  /** Captures events for comparisons. If absent, none are. */
  capture?: Pick<Capture, 'take'> | undefined;
  /** Decides when to shed load. If absent, everything is accepted. */
  load?: Load;
  /** The clock. */
  now?: () => Date;
  /** Whether the service accepts new work. It doesn't while it drains. */
  isReady?: () => boolean;
}

/** The service as an Express application. It listens to nothing by itself. */
export function createApp(options: AppOptions): Express {
  const { registry, version, release = version, limits, serves = 'all', calls, load } = options;
  const { now = () => new Date(), isReady = () => true, deliverer, playgroundFolder } = options;
  const isLive = playgroundFolder !== undefined && (options.isLive ?? true);
  const telemetry = telemetryOf(options);
  const { metrics, expose, log, trace, onError } = telemetry;
  const transformer = new Transformer({ registry, onMapperError: onError, policies: options.policies });
  load?.addCache(() => {
    transformer.release();
  });
  const outcomes = new Outcomes(registry, metrics, log);
  const take = captureOf(options, transformer);
  const shared: Shared = { registry, transformer, calls, version, release, outcomes, take, load, now };
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  gatherHeaders(app);
  if (trace !== undefined) app.use(trace);
  app.use(observed({ metrics, log, load, release, isReady, arrival: limits.arrival }));

  // Routes are tried in order, so those with thousands of calls per second come first.
  const addLast = serves === 'native' ? undefined : addPipeline(app, options, shared, telemetry);
  if (serves !== 'pipeline') {
    const served = { delivers: deliverer !== undefined, hasPipeline: serves === 'all', isLive };
    const { tokens, playgroundDeliverer } = options;
    const ofPage = { playgroundFolder, playgroundDeliverer };
    app.use(nativeRoutes({ ...shared, ...ofPage, limits, tokens, deliverer, metrics, served }));
  }
  const unreadiness = () => (isReady() ? load?.isExhausted === true && 'overloaded' : 'draining');
  app.use(probeRoutes({ unreadiness, expose, contentType: metrics.registry.contentType }));
  addLast?.();
  app.use((request) => {
    throw new Problem('NOT_FOUND', `there is nothing at ${request.path}`);
  });
  app.use(problems(onError, log));
  return app;
}

/** Captures an event with the policies of its targets, if anything captures. */
function captureOf({ capture }: AppOptions, transformer: Transformer): TakeEvent | undefined {
  if (capture === undefined) return undefined;
  return (payload, targets) => {
    capture.take(payload, () => _.uniq(_.compact(targets.map((target) => transformer.policyOf(target)))));
  };
}

/**
 * Adds the routes of pipelines, or the shadow that compares their answers.
 * @returns adds what comes after all other routes: the upstream, which gets the rest
 */
function addPipeline(
  app: Express,
  { registry, pipeline = {}, policies, limits, load }: AppOptions,
  shared: Shared,
  { metrics, log, onError }: Telemetry,
): () => void {
  const { upstreamUrl: url, upstreamTimeout: timeout, upstreamDestinations = [], isGated = false, shadow } = pipeline;
  const read = readBytes(limits.pipelineBodyBytes, load, limits.arrival);
  const upstream =
    url === undefined ? undefined : new Upstream({ url, limit: limits.pipelineBodyBytes, load, timeout });
  if (shadow !== undefined && upstream !== undefined) {
    const kept = shadow.folder === undefined ? undefined : new KeptFixtures(shadow.folder);
    const differences = new FirstDifferences({ registry, log, kept });
    const comparing = new Shadow({ registry, policies, isGated, metrics, load, differences, onError });
    app.use(shadowRoutes({ upstream, shadow: comparing, read, now: shared.now }));
  } else {
    const ours = registry.without(upstreamDestinations);
    addPipelineRoutes(app, { ...shared, registry: ours, read, isGated, upstream });
  }
  return () => {
    if (upstream !== undefined) app.use(upstreamRoutes(upstream, read));
  };
}

function telemetryOf({ registry, version, load, telemetry = {} }: AppOptions): Telemetry {
  const { metrics = new Metrics({ registry, version, load }), log = silent, onError = () => undefined } = telemetry;
  return { expose: () => metrics.registry.metrics(), ...telemetry, metrics, log, onError };
}

/**
 * Turns anything that a route throws into a problem. An unknown error is reported to the operator, and hidden from the
 * client.
 */
function problems(onError: Telemetry['onError'], log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = error instanceof Problem ? error : fromExpress(error);
    const { code, path } = problem;
    if (code === 'INTERNAL_ERROR') onError(error, `${request.method} ${request.path}`);
    log.info({ requestId: headersOf(response)['X-Request-Id'], code, path }, 'request refused');
    sendProblem(response, problem);
  };
}

/** Errors of Express and its body reader have their kind in `type`, or at least a status. */
function fromExpress(error: unknown): Problem {
  const { type, status: code } = error as { type?: string; status?: number };
  switch (type) {
    case 'entity.too.large':
      return new Problem('BODY_TOO_LARGE', 'the body is larger than the limit');
    case 'encoding.unsupported':
      return new Problem('ENCODING_UNSUPPORTED', 'the content encoding is not supported');
    default:
      return code !== undefined && code >= 400 && code < 500
        ? new Problem('BODY_UNREADABLE', 'the request cannot be read')
        : new Problem('INTERNAL_ERROR', 'the service failed on this request');
  }
}
