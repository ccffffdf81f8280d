import type * as Api from '@opentelemetry/api';
import type { RequestHandler } from 'express';

import { routeOf } from './observe.ts';
import type { Settings } from './settings.ts';

/** Creates spans for requests, and sends the last of them. */
export interface Tracing {
  /** Absent if there is no exporter. */
  handler?: RequestHandler | undefined;
  stop: () => Promise<void>;
}

/**
 * Sends spans if the operator has configured an exporter. Otherwise none of it is even loaded.
 * @throws {Error} if its packages, which are optional, are not installed
 */
export async function startTracing(settings: Settings, version: string): Promise<Tracing> {
  if (settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return { stop: () => Promise.resolve() };
  const { api, sdk, exporter, hooks, core, resources } = await loadPackages();
  const own = { 'service.name': 'group-transformer', 'service.version': version };
  const provider = new sdk.TracerProvider({
    resource: resources
      .resourceFromAttributes(own)
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new exporter.OTLPTraceExporter() })],
  });
  api.trace.setGlobalTracerProvider(provider);
  api.propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  return { handler: tracedBy(api), stop: () => provider.shutdown() };
}

async function loadPackages() {
  try {
    const [api, sdk, exporter, hooks, core, resources] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
    ]);
    return { api, sdk, exporter, hooks, core, resources };
  } catch (error) {
    const message =
      'OTEL_EXPORTER_OTLP_ENDPOINT: the optional packages for traces are missing; install without --omit=optional';
    throw new Error(message, { cause: error });
  }
}

/** One span per request, in its client's trace. */
function tracedBy({ context, propagation, SpanKind, SpanStatusCode, trace }: typeof Api): RequestHandler {
  return (request, response, next) => {
    const tracer = trace.getTracer('group-transformer');
    const { method, path } = request;
    const parent = propagation.extract(context.active(), request.headers);
    const attributes = { 'http.request.method': method, 'url.path': path };
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
    response.once('close', () => {
      const route = routeOf(request);
      if (route !== undefined) span.updateName(`${method} ${route}`).setAttribute('http.route', route);
      span.setAttribute('http.response.status_code', response.statusCode);
      if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(parent, span), next);
  };
}
