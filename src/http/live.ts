import { LRUCache } from 'lru-cache';

import type { Arrival, Arrivals } from '../contract/live.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';

/** How many arrivals are kept, and the size of their JSON text together. */
const MOST_KEPT = 200;
const MOST_CHARACTERS = 10_000_000;

/** The group events that SDKs have sent to the playground: the latest ones, in memory. */
export class Live {
  // Nothing is read by its key, so the least recently used arrival is the oldest.
  readonly #kept = new LRUCache<number, Arrival>({
    max: MOST_KEPT,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: (arrival) => JSON.stringify(arrival).length,
  });
  readonly #now: () => Date;
  #lastId: number;
  #ignored = 0;

  constructor(now: () => Date) {
    this.#now = now;
    // Ids continue to grow after a restart.
    this.#lastId = now().getTime();
  }

  /** Keeps an event if it is a group event, or could be one. Others are only counted. */
  addEvent(payload: Json): void {
    if (!isJsonObject(payload)) this.addProblem('an item of the batch is not a JSON object');
    else if (isGroup(payload)) this.#add({ ...libraryOf(payload), event: payload });
    else this.#ignored++;
  }

  /** Keeps why a call cannot be read. */
  addProblem(problem: string): void {
    this.#add({ problem });
  }

  /** What has arrived after an id. */
  after(id: number): Arrivals {
    const arrivals = [...this.#kept.rvalues()].filter((arrival) => arrival !== undefined).filter((one) => one.id > id);
    return { arrivals, ignored: this.#ignored };
  }

  #add(arrival: Omit<Arrival, 'id' | 'receivedAt'>): void {
    this.#lastId++;
    this.#kept.set(this.#lastId, { id: this.#lastId, receivedAt: this.#now().toISOString(), ...arrival });
  }
}

/** An event without a type counts, since every destination says that the type is missing. */
function isGroup({ type = null }: JsonObject): boolean {
  return typeof type === 'string' ? type.trim().toLowerCase() === 'group' : type === null;
}

function libraryOf({ context }: JsonObject): { library?: string } {
  const library = isJsonObject(context) ? context.library : undefined;
  const name = isJsonObject(library) ? library.name : undefined;
  return typeof name === 'string' ? { library: name } : {};
}
