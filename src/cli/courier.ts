import { setTimeout } from 'node:timers/promises';
import type { Delivery } from '../contract/delivery.ts';
import type { Send } from '../contract/results.ts';
import type { Registry } from '../core/registry.ts';
import type { Deliverer } from '../deliver/delivery.ts';
import { delivererFor } from '../deliver/settings.ts';
import { readDeliverySettings } from '../http/settings.ts';
import { Journal } from './journal.ts';

/** How many times a request is made in all, and the first pause in between, in milliseconds; each further one is twice as long. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;

/** The longest that a vendor may ask to wait, in seconds. */
const LONGEST_WAIT_SECONDS = 300;

/** What is to be delivered. */
export interface Parcel extends Pick<Send, 'requests'> {
  /** Position of the event in the input. */
  event: number;
  /** The event itself. */
  payload: unknown;
  destinationId: string;
}

type Retry = Extract<Delivery, { outcome: 'retry' }>;

/**
 * Makes what delivers as the environment says.
 * @param journal the file of the journal, if there is to be one
 */
export async function openCourier(registry: Registry, journal: string | undefined): Promise<Courier> {
  const deliverer = await delivererFor(registry, readDeliverySettings(process.env));
  return new Courier(deliverer, journal === undefined ? undefined : await Journal.open(journal));
}

/** Delivers to each destination one event after the other, in their order, and to all destinations side by side. */
export class Courier {
  readonly #deliverer: Deliverer;
  readonly #journal: Journal | undefined;
  /** By destination, the end of what is to be delivered. */
  readonly #ends = new Map<string, Promise<unknown>>();
  /** Why a destination gets no more: what comes after an event that it could not take must not overtake it. */
  readonly #given = new Map<string, Retry>();
  readonly #closing = new AbortController();

  constructor(deliverer: Deliverer, journal: Journal | undefined) {
    this.#deliverer = deliverer;
    this.#journal = journal;
  }

  /**
   * @returns what came of it; `before` where an earlier run has delivered it
   * @throws {Error} where the journal is of another event
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

  /** Begins no further request. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#ends.values());
    this.#journal?.close();
    await this.#deliverer.close();
  }

  async #deliver({ event, payload, destinationId, requests }: Parcel, next: number): Promise<Delivery> {
    const given = this.#given.get(destinationId);
    if (given !== undefined) return { outcome: 'retry', next, message: `not tried, since ${given.message}` };
    const onAccepted = (accepted: number) => this.#journal?.write(event, destinationId, payload, accepted);
    const { signal } = this.#closing;
    for (let attempt = 1; ; attempt++) {
      if (signal.aborted) return { outcome: 'retry', next, message: 'not tried, since the run has ended' };
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
