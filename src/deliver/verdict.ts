import _ from 'lodash';

import type { Delivery } from '../contract/delivery.ts';
import type { Exchange } from '../vendor/client.ts';

type WithoutNext<T> = T extends unknown ? Omit<T, 'next'> : never;

/** Why a delivery stops before its end. */
export type Stop = WithoutNext<Exclude<Delivery, { outcome: 'delivered' }>>;

/** Thrown if a request can't be sent at all. */
export class Stopped extends Error {
  readonly stop: Stop;

  constructor(stop: Stop) {
    super(stop.message);
    this.stop = stop;
  }
}

/** The maximum length of a reported answer, in characters. */
const TOLD_LENGTH = 1_000;

/** Statuses below 500 for which a retry can succeed. */
const TEMPORARY = [408, 425, 429];

/** The reported part of an answer. */
export const told = ({ status, text }: { status: number; text: string }) => ({
  status,
  ...(text !== '' && { answer: text.slice(0, TOLD_LENGTH) }),
});

/**
 * What an exchange means for a delivery; undefined if the request was accepted.
 * @param server the name of the called server, for the message
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

/** A stop after which a retry can succeed. */
export function toRetry(exchange: Exclude<Exchange, { error: string }>, message: string): Stop {
  const { retryAfter } = exchange;
  return { outcome: 'retry', message, ...told(exchange), ...(retryAfter !== undefined && { retryAfter }) };
}
