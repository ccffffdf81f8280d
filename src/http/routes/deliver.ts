import type { RequestHandler } from 'express';
import type { Deliverer } from '../../deliver/delivery.ts';
import { readDelivery } from '../../wire/native/delivery.ts';
import { parseJson } from '../body.ts';
import { sendJson } from '../json.ts';
import type { Metrics } from '../metrics.ts';

/** How long after the start of a delivery further requests may begin, in milliseconds; less than the service takes to drain. */
const DEADLINE_MS = 15_000;

/**
 * Makes the requests of one result, and answers what came of it. Once the client is gone no further request begins, since
 * nobody would know of it.
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
