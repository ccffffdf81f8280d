import { LRUCache } from 'lru-cache';

/** A token or key, and the seconds until it expires. */
export interface Lent<T> {
  value: T;
  seconds: number;
}

/** The seconds before its expiry at which a token is fetched again. */
const MARGIN_SECONDS = 60;

/** Keeps tokens or keys until shortly before they expire. */
export class Loans<T extends string | object> {
  readonly #kept = new LRUCache<string, Promise<T>>({ max: 1_000 });

  /** Concurrent calls with one key share one fetch. A failed fetch is not kept. */
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

  /** @returns whether there was a value */
  forget(key: string): boolean {
    return this.#kept.delete(key);
  }
}
