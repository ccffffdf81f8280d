import type { RequestHandler } from 'express';
import _ from 'lodash';

import { describe, summarize } from '../../core/describe.ts';
import type { Registry } from '../../core/registry.ts';
import { readFlag } from '../../wire/native/envelope.ts';
import { Problem } from '../../wire/problem.ts';
import { sendJson } from '../json.ts';

/** `GET /destinations`: every destination, in brief or with everything known about it. */
export function destinationsRoute(registry: Registry): RequestHandler {
  const summaries = registry.destinations.map(summarize);
  // Few clients request them, and they take a tenth of a second.
  const descriptions = _.once(() => registry.destinations.map(describe));
  return (request, response) => {
    sendJson(response, 200, { destinations: readFlag('details', request.query) ? descriptions() : summaries });
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
