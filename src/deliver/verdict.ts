import _ from 'lodash';
import type { Delivery } from '../contract/delivery.ts';
import type { Exchange } from '../vendor/client.ts';

type WithoutNext<T> = T extends unknown ? Omit<T, 'next'> : never;

/** Why a delivery does not go on. */
export type Stop = WithoutNext<Exclude<Delivery, { outcome: 'delivered' }>>;

/** Thrown where a request cannot even be made. */
export class Stopped extends Error {
  readonly stop: Stop;

  constructor(stop: Stop) {
    super(stop.message);
    this.stop = stop;
  }
}

/** How much is told of an answer, in characters. */
const TOLD_LENGTH = 1_000;

/** Statuses below 500 that say that the same request may be accepted later. */
const TEMPORARY = [408, 425, 429];

/** What is told of an answer. */
export const told = ({ status, text }: { status: number; text: string }) => ({
  status,
  ...(text !== '' && { answer: text.slice(0, TOLD_LENGTH) }),
});

/**
 * What an exchange means for a delivery; undefined where the request was accepted.
 * @param server who was asked, for the message
 */
export function judge(exchange: Exchange, server = 'the vendor'): Stop | undefined {
  if ('error' in exchange) {
    return { outcome: exchange.isFinal ? 'refused' : 'retry', message: exchange.error };
  }
  const { status } = exchange;
  if (_.inRange(status, 200, 300)) return undefined;
  const message = `${server} answered ${String(status)}`;
  if (_.inRange(status, 300, 400)) {
    return { outcome: 'refused', message: `${message}, and redirects are not followed`, ...told(exchange) };
  }
  return status >= 500 || TEMPORARY.includes(status)
    ? toRetry(exchange, message)
    : { outcome: 'refused', message, ...told(exchange) };
}

/** What may be accepted later, for a reason that is in an answer. */
export function toRetry(exchange: Exclude<Exchange, { error: string }>, message: string): Stop {
  const { retryAfter } = exchange;
  return { outcome: 'retry', message, ...told(exchange), ...(retryAfter !== undefined && { retryAfter }) };
}
