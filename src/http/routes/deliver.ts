import type { RequestHandler } from 'express';

import type { Deliverer } from '../../deliver/delivery.ts';
import { readDelivery } from '../../wire/native/delivery.ts';
import { parseJson } from '../body.ts';
import { sendJson } from '../json.ts';
import type { Metrics } from '../metrics.ts';

/** The time after which a delivery starts no further request, in milliseconds. It is shorter than the drain. */
const DEADLINE_MS = 15_000;

/**
 * Sends the requests of one result, and answers with the outcome. If the client disconnects, no further request starts,
 * because nobody would learn its outcome.
 */
export function deliverRoute(deliverer: Pick<Deliverer, 'deliver'>, metrics: Metrics): RequestHandler {
  return async (request, response) => {
    const { next, ...result } = readDelivery(parseJson(request).value);
    const left = new AbortController();
    response.once('close', () => {
      left.abort();
    });
    const signal = AbortSignal.any([left.signal, AbortSignal.timeout(DEADLINE_MS)]);
    const delivery = await deliverer.deliver(result, { next, signal });
    metrics.delivery(delivery.outcome);
    sendJson(response, 200, delivery);
  };
}
