import { deliveryCall } from '../../contract/delivery.ts';
import type { Send } from '../../contract/results.ts';
import { parseWith } from '../../core/issues.ts';
import { isJsonObject } from '../../core/json.ts';
import { Problem } from '../problem.ts';
import { envelopeProblem } from './envelope.ts';

/** A result to deliver, and the position of the request to start with. */
export type DeliveryCall = Pick<Send, 'requests'> & { next: number };

/**
 * Reads the body of a request to `/deliver`.
 * @throws {Problem} ENVELOPE_INVALID with the path of the fault
 */
export function readDelivery(body: unknown): DeliveryCall {
  if (!isJsonObject(body)) throw new Problem('ENVELOPE_INVALID', 'the body is not an object');
  if (body.outcome !== 'send') {
    throw new Problem(
      'ENVELOPE_INVALID',
      'outcome is not send: only a result with the outcome send can be delivered',
      'outcome',
    );
  }
  const read = parseWith(deliveryCall, body);
  if ('says' in read) throw envelopeProblem(read);
  const { requests, next = 0 } = read.data;
  if (next > requests.length) {
    throw new Problem(
      'ENVELOPE_INVALID',
      `next is ${String(next)}, but there are only ${String(requests.length)} requests`,
      'next',
    );
  }
  return { requests, next };
}
