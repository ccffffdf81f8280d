import type { IndexedRequest, Output } from './definition.ts';
import type { GroupEvent } from './event.ts';
import { exactBytes, mostBytes, type PairBudget } from './limits.ts';
import { MappingFailure } from './outcome.ts';

/** The cost of writing a field besides its key, as the number of bytes that take equally long. */
const FIELD_BYTES = 32;

/** The requests of one event, counted as they are built to stay within the pair's budget. */
export class CountedOutput implements Output {
  readonly requests: IndexedRequest[] = [];
  readonly #event: GroupEvent;
  readonly #budget: PairBudget;
  /** Depends on the event's size, which is computed only when it matters. */
  #limit: number;
  /** The size of the requests: an overestimate, until it may exceed the limit. */
  #bytes = 0;
  #isExact = false;
  #written = 0;
  #writtenLimit: number;

  constructor(event: GroupEvent, budget: PairBudget) {
    this.#event = event;
    this.#budget = budget;
    this.#limit = budget.outputBytes;
    this.#writtenLimit = budget.writtenBytes;
  }

  push(indexed: IndexedRequest): void {
    const { requests } = this.#budget;
    if (this.requests.length >= requests) {
      throw new MappingFailure('EVENT_TOO_MANY_REQUESTS', `the event produces more than ${String(requests)} requests`);
    }
    this.requests.push(indexed);
    if (!this.#isExact) {
      this.#bytes += mostBytes(indexed.request, this.#limit - this.#bytes);
      if (this.#bytes <= this.#limit) return;
      this.#isExact = true;
      this.#bytes = 0;
      for (const { request } of this.requests) this.#add(request);
    } else {
      this.#add(indexed.request);
    }
  }

  write(key: string): void {
    this.#written += FIELD_BYTES + key.length;
    if (this.#written <= this.#writtenLimit) return;
    this.#writtenLimit = this.#limitOf(this.#budget.writtenBytes);
    if (this.#written > this.#writtenLimit) {
      throw new MappingFailure('OUTPUT_TOO_LARGE', 'the event has more fields than the limit on copied fields allows');
    }
  }

  /** An upper bound of the requests' size, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The limit, in bytes. */
  get limit(): number {
    return this.#limitOf(this.#budget.outputBytes);
  }

  #limitOf(least: number): number {
    return Math.max(least, this.#budget.outputFactor * this.#event.byteLength);
  }

  #add(request: object): void {
    this.#bytes += exactBytes(request, this.limit);
    if (this.#bytes <= this.#limit) return;
    this.#limit = this.limit;
    if (this.#bytes <= this.#limit) return;
    throw new MappingFailure('OUTPUT_TOO_LARGE', `the requests would be larger than ${String(this.#limit)} bytes`);
  }
}
