import type { RequestHandler } from 'express';
import { describe, summarize } from '../../core/describe.ts';
import type { Registry } from '../../core/registry.ts';
import { sendJson } from '../json.ts';
import { Problem } from '../../wire/problem.ts';

/** `GET /destinations`: every destination, in brief. */
export function destinationsRoute(registry: Registry): RequestHandler {
  const destinations = registry.destinations.map(summarize);
  return (_request, response) => {
    sendJson(response, 200, { destinations });
  };
}

/** `GET /destinations/:name`: everything known about one destination. */
export function destinationRoute(registry: Registry): RequestHandler<{ name: string }> {
  return (request, response) => {
    const { name } = request.params;
    const destination = registry.get(name);
    if (destination === undefined) throw new Problem('NOT_FOUND', 'no destination has this name', 'name');
    sendJson(response, 200, describe(destination));
  };
}
