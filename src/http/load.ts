import { Session } from 'node:inspector/promises';
import { getHeapStatistics } from 'node:v8';

import { Problem } from '../wire/problem.ts';
import { MOST_PARSED, parsedBytes } from '../wire/weigh.ts';

/** How often the process checks itself, in milliseconds. */
const SAMPLE_INTERVAL_MS = 100;

/** How long memory may be short before the replica reports that it is not ready, in milliseconds. */
const PATIENCE_MS = 5_000;

/** Why a request is shed. */
export const shedReasons = ['bytes', 'event-loop', 'heap'] as const;
export type ShedReason = (typeof shedReasons)[number];

export interface LoadLimits {
  /** The maximum size of all bodies in progress, in bytes. */
  inFlightBytes: number;
  /** The delay of the event loop above which requests are shed, in milliseconds. */
  eventLoopDelay: number;
  /** The share of the heap that may be in use, in percent. */
  heapPercent: number;
}

/** The reactions to a change of the load. */
export interface LoadHooks {
  /** Called when the process becomes overloaded, and when it recovers. */
  onChange?: (reason: ShedReason | undefined) => void;
}

/**
 * Where an answer keeps how many bytes are held for it. A map from answers would be older than they are, so the engine
 * would keep ended answers for long: it cost a third of a small request's time.
 */
const HELD = Symbol('held');
interface Answer {
  [HELD]?: number;
}

/** How busy the process is, and whether it can accept more. */
export class Load {
  readonly #limits: LoadLimits;
  readonly #hooks: LoadHooks;
  readonly #refused: Record<ShedReason, number> = { bytes: 0, 'event-loop': 0, heap: 0 };
  readonly #frees: (() => void)[] = [];
  #inFlight = 0;
  #strain: ShedReason | undefined;
  #sampled = 0;
  /** Since when memory has been short, and when it was last freed. */
  #shortSince: number | undefined;
  #freedAt = -Infinity;

  constructor(limits: LoadLimits, hooks: LoadHooks = {}) {
    this.#limits = limits;
    this.#hooks = hooks;
  }

  /** Starts to check the process. Before that, it counts as idle. */
  watch(): void {
    this.#sampled = performance.now();
    setInterval(() => {
      this.#sample();
    }, SAMPLE_INTERVAL_MS).unref();
  }

  /** Whether memory has been short for so long that other replicas should take over. */
  get isExhausted(): boolean {
    return this.#shortSince !== undefined && performance.now() - this.#shortSince > PATIENCE_MS;
  }

  /** The maximum size of all bodies in progress, in bytes. */
  get inFlightLimit(): number {
    return this.#limits.inFlightBytes;
  }

  /** The size of all bodies in progress, in bytes. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The number of shed requests, by reason. */
  get refused(): Readonly<Record<ShedReason, number>> {
    return this.#refused;
  }

  /**
   * Why a request must be shed now, if it must. A single body is never too large.
   * @param bytes the body's size, as far as it is known
   */
  reasonToRefuse(bytes: number): ShedReason | undefined {
    const isFull = this.#inFlight > 0 && this.#inFlight + bytes > this.#limits.inFlightBytes;
    return this.#strain ?? (isFull ? 'bytes' : undefined);
  }

  /** Whether too much is in progress, besides a single body. @param bytes the size of that body */
  isFullBut(bytes: number): boolean {
    return this.#inFlight > bytes && this.#inFlight > this.#limits.inFlightBytes;
  }

  /**
   * Whether there is room for a parsed body, beside other parsed bodies, whose clients may read slowly. If nothing else
   * is in progress, there always is.
   * @param answer the answer that the body is held for
   */
  hasRoomFor(answer: object, body: Buffer): boolean {
    if (this.#inFlight <= heldFor(answer)) return true;
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    const room = (limit * this.#limits.heapPercent) / 100 - used;
    return body.length * MOST_PARSED <= room || parsedBytes(body) <= room;
  }

  /** Counts a shed request, and returns its problem. */
  shed(reason: ShedReason): Problem {
    this.#refused[reason]++;
    return new Problem('SERVICE_OVERLOADED', `the service is overloaded (${reason}); try again soon`);
  }

  /** Adds a function that frees memory whose contents can be recreated. It is called while memory is short. */
  addCache(free: () => void): void {
    this.#frees.push(free);
  }

  /** Counts bytes as in progress until the answer has ended. A negative number releases some of them. */
  hold(answer: object, bytes: number): void {
    (answer as Answer)[HELD] = heldFor(answer) + bytes;
    this.#inFlight += bytes;
  }

  /** Releases what was held for an answer. */
  release(answer: object): void {
    this.hold(answer, -heldFor(answer));
  }

  #sample(): void {
    const now = performance.now();
    const delay = now - this.#sampled - SAMPLE_INTERVAL_MS;
    this.#sampled = now;
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    const isFull = used > (limit * this.#limits.heapPercent) / 100;
    const strain = isFull ? 'heap' : delay > this.#limits.eventLoopDelay ? 'event-loop' : undefined;
    if (strain !== this.#strain) this.#hooks.onChange?.(strain);
    this.#strain = strain;
    if (isFull) this.#makeRoom();
    else this.#shortSince = undefined;
  }

  #makeRoom(): void {
    const now = performance.now();
    this.#shortSince ??= now;
    if (now - this.#freedAt < PATIENCE_MS) return;
    this.#freedAt = now;
    for (const free of this.#frees) free();
    // V8 collects garbage when it allocates, which a process that sheds everything hardly does.
    if (this.#inFlight === 0) collectGarbage().catch(() => undefined);
  }
}

const heldFor = (answer: Answer): number => answer[HELD] ?? 0;

async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}
