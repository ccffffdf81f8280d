import { randomUUID } from 'node:crypto';

import type { Request, RequestHandler } from 'express';

import { cutWhenLate } from './body.ts';
import { type Headers, startHeaders } from './headers.ts';
import type { Load } from './load.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** The characters of a client's request id. */
const REQUEST_ID = /^[\w.:/+=@-]{1,255}$/;

/** @see https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}(-|$)/;

interface ObserveOptions {
  metrics: Metrics;
  log: Log;
  load: Load | undefined;
  /** Identifies the code. */
  release: string;
  isReady: () => boolean;
  /** How long the unread rest of a body may take, in milliseconds. */
  arrival: number | undefined;
}

/** Adds to answers what all of them have, and reports requests once they are answered. */
export function observed({ metrics, log, load, release, isReady, arrival }: ObserveOptions): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    const requestId = requestIdOf(request);
    const headers: Headers = {
      'Transformer-Version': release,
      'X-Request-Id': requestId,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    };
    // A client that kept the connection would soon find it closed.
    if (!isReady()) headers.Connection = 'close';
    const { traceparent } = request.headers;
    const [, traceId] = typeof traceparent === 'string' ? (TRACEPARENT.exec(traceparent) ?? []) : [];
    if (traceId !== undefined) headers.traceparent = String(traceparent);
    startHeaders(response, headers);
    response.on('close', () => {
      load?.release(response);
      cutWhenLate(request, arrival);
      const route = routeOf(request);
      const seconds = (performance.now() - began) / 1_000;
      metrics.request(route, seconds);
      if (!log.isLevelEnabled('debug')) return;
      const { statusCode: status, writableFinished: isWhole } = response;
      log.debug({ requestId, traceId, method: request.method, route, status, isWhole, seconds }, 'request answered');
    });
    next();
  };
}

/** The path of the route that answered a request, as declared; undefined if none did. */
export function routeOf(request: Request): string | undefined {
  return (request.route as { path: string } | undefined)?.path;
}

/** The id of a request: its client's, or a new one. */
function requestIdOf({ headers }: Request): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
