import { Session } from 'node:inspector/promises';
import { getHeapStatistics } from 'node:v8';
import { Problem } from '../wire/problem.ts';
import { MOST_PARSED, parsedBytes } from '../wire/weigh.ts';

/** How often the process looks at itself, in milliseconds. */
const SAMPLE_INTERVAL_MS = 100;

/** How long memory may be short before others should be asked instead, in milliseconds. */
const PATIENCE_MS = 5_000;

/** Why a request is refused to protect those under way. */
export const shedReasons = ['bytes', 'event-loop', 'heap'] as const;
export type ShedReason = (typeof shedReasons)[number];

export interface LoadLimits {
  /** The most bytes that all bodies under way may have together. */
  inFlightBytes: number;
  /** The delay of the event loop, in milliseconds, from which on nothing more is taken. */
  eventLoopDelay: number;
  /** The share of the heap that may be in use, in percent. */
  heapPercent: number;
}

/** What is done about a change of the load. */
export interface LoadHooks {
  /** Told when the process comes under strain, and when it is over. */
  onChange?: (reason: ShedReason | undefined) => void;
}

/** How busy the process is, and whether it can take more. */
export class Load {
  readonly #limits: LoadLimits;
  readonly #hooks: LoadHooks;
  readonly #refused: Record<ShedReason, number> = { bytes: 0, 'event-loop': 0, heap: 0 };
  readonly #held = new Map<object, number>();
  readonly #frees: (() => void)[] = [];
  #inFlight = 0;
  #strain: ShedReason | undefined;
  #sampled = 0;
  /** Since when memory is short, and when something was last done about it. */
  #shortSince: number | undefined;
  #freedAt = -Infinity;

  constructor(limits: LoadLimits, hooks: LoadHooks = {}) {
    this.#limits = limits;
    this.#hooks = hooks;
  }

  /** Begins to look at the process; before, it is taken to be at ease. */
  watch(): void {
    this.#sampled = performance.now();
    setInterval(() => {
      this.#sample();
    }, SAMPLE_INTERVAL_MS).unref();
  }

  /** Whether memory has been short for so long that others should be asked instead. */
  get isExhausted(): boolean {
    return this.#shortSince !== undefined && performance.now() - this.#shortSince > PATIENCE_MS;
  }

  /** The most bytes that all bodies under way may have together. */
  get inFlightLimit(): number {
    return this.#limits.inFlightBytes;
  }

  /** The bytes of all bodies under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many requests have been refused, by reason. */
  get refused(): Readonly<Record<ShedReason, number>> {
    return this.#refused;
  }

  /**
   * Why a request is not to be taken now, if it is not. One body alone is never too much.
   * @param bytes what its body has, as far as it is known
   */
  reasonToRefuse(bytes: number): ShedReason | undefined {
    const isFull = this.#inFlight > 0 && this.#inFlight + bytes > this.#limits.inFlightBytes;
    return this.#strain ?? (isFull ? 'bytes' : undefined);
  }

  /** Whether there is too much under way, and not of one body alone. @param bytes what that body has */
  isFullBut(bytes: number): boolean {
    return this.#inFlight > bytes && this.#inFlight > this.#limits.inFlightBytes;
  }

  /**
   * Whether there is room for what is parsed of a body, beside what has been parsed of others: their clients may take their
   * time to read what they are answered. Where nothing else is under way there always is.
   * @param answer what the body is held for
   */
  hasRoomFor(answer: object, body: Buffer): boolean {
    if (this.#inFlight <= (this.#held.get(answer) ?? 0)) return true;
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    const room = (limit * this.#limits.heapPercent) / 100 - used;
    return body.length * MOST_PARSED <= room || parsedBytes(body) <= room;
  }

  /** Counts a request that is refused; what it is answered. */
  shed(reason: ShedReason): Problem {
    this.#refused[reason]++;
    return new Problem('SERVICE_OVERLOADED', `the service has too much to do (${reason}); try again soon`);
  }

  /** Adds what frees memory whose contents can be made again; it is called while memory is short. */
  addCache(free: () => void): void {
    this.#frees.push(free);
  }

  /** Counts bytes as being under way until the answer has ended; a negative number counts some of them off. */
  hold(answer: object, bytes: number): void {
    this.#held.set(answer, (this.#held.get(answer) ?? 0) + bytes);
    this.#inFlight += bytes;
  }

  /** Counts off what was held for an answer. */
  release(answer: object): void {
    this.#inFlight -= this.#held.get(answer) ?? 0;
    this.#held.delete(answer);
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
    // V8 collects when it allocates, which a process that refuses everything hardly does.
    if (this.#inFlight === 0) collectGarbage().catch(() => undefined);
  }
}

async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}
