import { setTimeout } from 'node:timers/promises';

import type { Delivery } from '../contract/delivery.ts';
import type { Send } from '../contract/results.ts';
import type { Registry } from '../core/registry.ts';
import type { Deliverer } from '../deliver/delivery.ts';
import { delivererFor } from '../deliver/settings.ts';
import { readDeliverySettings } from '../http/settings.ts';
import { Journal } from './journal.ts';

/** The maximum number of attempts per request, and the first pause in milliseconds. Each further pause is twice as long. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;

/** The longest `Retry-After` to wait for, in seconds. */
const LONGEST_WAIT_SECONDS = 300;

/** A result to deliver. */
export interface Parcel extends Pick<Send, 'requests'> {
  /** Position of the event in the input. */
  event: number;
  /** The event. */
  payload: unknown;
  destinationId: string;
}

type Retry = Extract<Delivery, { outcome: 'retry' }>;

/**
 * Creates a courier with the settings of the environment.
 * @param journal the journal's file, if any
 */
export async function openCourier(registry: Registry, journal: string | undefined): Promise<Courier> {
  const deliverer = await delivererFor(registry, readDeliverySettings(process.env));
  return new Courier(deliverer, journal === undefined ? undefined : await Journal.open(journal));
}

/** Delivers to each destination one event at a time, in order, and to all destinations concurrently. */
export class Courier {
  readonly #deliverer: Deliverer;
  readonly #journal: Journal | undefined;
  /** The last delivery of each destination. */
  readonly #ends = new Map<string, Promise<unknown>>();
  /** Why a destination gets no more events: later events must not overtake one that was not accepted. */
  readonly #given = new Map<string, Retry>();
  readonly #closing = new AbortController();

  constructor(deliverer: Deliverer, journal: Journal | undefined) {
    this.#deliverer = deliverer;
    this.#journal = journal;
  }

  /**
   * @returns the outcome; `before` if an earlier run delivered it
   * @throws {Error} if the journal has another event at this position
   */
  deliver(parcel: Parcel): Promise<Delivery | 'before'> {
    const { event, payload, destinationId, requests } = parcel;
    const next = this.#journal?.nextOf(event, destinationId, payload) ?? 0;
    if (next >= requests.length) return Promise.resolve('before');
    const end = Promise.resolve(this.#ends.get(destinationId)).then(() => this.#deliver(parcel, next));
    this.#ends.set(
      destinationId,
      end.catch(() => undefined),
    );
    return end;
  }

  /** Stops after the requests in progress. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#ends.values());
    this.#journal?.close();
    await this.#deliverer.close();
  }

  async #deliver({ event, payload, destinationId, requests }: Parcel, next: number): Promise<Delivery> {
    const given = this.#given.get(destinationId);
    if (given !== undefined)
      return { outcome: 'retry', next, message: `not tried, because an earlier event failed: ${given.message}` };
    const onAccepted = (accepted: number) => this.#journal?.write(event, destinationId, payload, accepted);
    const { signal } = this.#closing;
    for (let attempt = 1; ; attempt++) {
      if (signal.aborted) return { outcome: 'retry', next, message: 'not tried, because the run ended' };
      const outcome = await this.#deliverer.deliver({ requests }, { next, onAccepted, signal });
      if (outcome.outcome !== 'retry') return outcome;
      // Each request has its own attempts.
      if (outcome.next > next) attempt = 1;
      next = outcome.next;
      const { retryAfter = 0 } = outcome;
      if (attempt === ATTEMPTS || retryAfter > LONGEST_WAIT_SECONDS) {
        this.#given.set(destinationId, outcome);
        return outcome;
      }
      const pause = Math.max(retryAfter * 1_000, FIRST_PAUSE_MS * 2 ** (attempt - 1));
      await setTimeout(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
