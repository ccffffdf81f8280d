import { LRUCache } from 'lru-cache';

/** Something to prove who sends a request, and how many seconds it can still be used. */
export interface Lent<T> {
  value: T;
  seconds: number;
}

/** How many seconds before its end something is fetched anew. */
const MARGIN_SECONDS = 60;

/** Keeps what was fetched for as long as it can be used. */
export class Loans<T extends string | object> {
  readonly #kept = new LRUCache<string, Promise<T>>({ max: 1_000 });

  /** Those who ask for the same at the same time wait for one fetch; what fails is not kept. */
  get(key: string, fetch: () => Promise<Lent<T>>): Promise<T> {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const fetched = fetch().then(
      ({ value, seconds }) => {
        this.#kept.set(key, fetched, { ttl: Math.max(1, (seconds - MARGIN_SECONDS) * 1_000) });
        return value;
      },
      (error: unknown) => {
        this.#kept.delete(key);
        throw error;
      },
    );
    this.#kept.set(key, fetched);
    return fetched;
  }

  /** @returns whether there was anything */
  forget(key: string): boolean {
    return this.#kept.delete(key);
  }
}
