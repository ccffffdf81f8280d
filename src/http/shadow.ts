import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import pLimit from 'p-limit';

import type { PoliciesByDestination } from '../contract/policy.ts';
import type { Json } from '../core/json.ts';
import type { Registry } from '../core/registry.ts';
import { Transformer } from '../core/transform.ts';
import { collect, type Windows } from '../core/turns.ts';
import { type Call, readCall } from '../wire/rudder/call.ts';
import { type Counterparts, counterpartsOf } from '../wire/rudder/counterparts.ts';
import type { Item } from '../wire/rudder/decode.ts';
import { differencesBetween } from '../wire/rudder/differences.ts';
import type { Adapter } from '../wire/rudder/elements.ts';
import { gate } from '../wire/rudder/eligibility.ts';
import { type Element, readElements, type Stage, type UpstreamAnswer } from '../wire/rudder/merge.ts';
import { split } from '../wire/rudder/split.ts';
import type { FirstDifferences, Outcome } from './first-differences.ts';
import type { Load } from './load.ts';
import type { Metrics, ShadowResult } from './metrics.ts';

/** The maximum size of the calls that wait, with their answers, in bytes. */
const MOST_BYTES = 20_000_000;

/** How long shadows work before they rest, in milliseconds. */
const TURN_MS = 1;

/** For how many times as long as they have worked they rest, so that callers hardly notice. */
const REST = 9;

/** A call that the upstream has answered. */
export interface Answered {
  stage: Stage;
  /** Answers items here. */
  answerItems: (adapter: Adapter, type: string, items: readonly Item[]) => Windows<Element>;
  /** The destination that the path names. Without it, the body names one. */
  type: string | undefined;
  body: Buffer;
  /** The token that came with the call. */
  secret: Json | undefined;
  answer: UpstreamAnswer & { body: Buffer };
  /** When the call arrived. */
  now: Date;
}

export interface ShadowOptions {
  registry: Registry;
  policies: PoliciesByDestination | undefined;
  /** Whether to apply the rules that a server applies before it calls. */
  isGated: boolean;
  metrics: Metrics;
  load: Load | undefined;
  differences: FirstDifferences;
  /** Called with the first failure of each destination. */
  onError: (error: unknown, context: string) => void;
}

/**
 * Answers what the upstream has answered once more, and reports the differences. Nobody waits for it: calls are dropped
 * if there is too much to do, failures are only counted, and vendors aren't asked.
 */
export class Shadow {
  readonly #options: ShadowOptions;
  readonly #transformer: Transformer;
  readonly #queue = pLimit(1);
  readonly #failed = new Set<string>();
  #waitingBytes = 0;
  /** How long shadows have worked since they rested, in milliseconds. */
  #worked = 0;

  constructor(options: ShadowOptions) {
    const { registry, policies, load } = options;
    this.#options = options;
    this.#transformer = new Transformer({
      registry,
      policies,
      onMapperError: (error, destination) => {
        this.#reportFailure(error, destination);
      },
    });
    load?.addCache(() => {
      this.#transformer.release();
    });
  }

  /** Adds a call to compare later. Returns at once. */
  add(call: Answered): void {
    const { registry, load, metrics } = this.#options;
    const { type, body, answer } = call;
    if (type !== undefined && registry.get(type) === undefined) return;
    const bytes = body.length + answer.body.length;
    if (load?.reasonToRefuse(bytes) !== undefined || this.#waitingBytes + bytes > MOST_BYTES) {
      metrics.shadow(type, 'dropped');
      return;
    }
    this.#waitingBytes += bytes;
    void this.#queue(async () => {
      // The answer is written first.
      await nextTurn();
      await this.#take(call);
      this.#waitingBytes -= bytes;
    });
  }

  async #take(call: Answered): Promise<void> {
    const { load, metrics } = this.#options;
    // The load may have changed meanwhile.
    if (load?.reasonToRefuse(0) !== undefined || load?.hasRoomFor(call, call.body) === false) {
      metrics.shadow(call.type, 'dropped');
      return;
    }
    const read = await this.#inTurn(() => tryReadCall(call.body));
    const type = call.type ?? read?.type;
    if (read === undefined) metrics.shadow(type, 'failed');
    else if (type !== undefined && this.#options.registry.get(type) !== undefined) {
      try {
        await this.#compare(call, type, read);
      } catch (error) {
        metrics.shadow(type, 'failed');
        this.#reportFailure(error, type);
      }
    }
  }

  async #compare({ stage, answerItems, secret, answer, now }: Answered, type: string, read: Call): Promise<void> {
    const { isGated, metrics } = this.#options;
    const { ours, foreign } = split(read.body, isGated ? read.items.map(gate) : read.items, true);
    if (ours.length === 0) return;
    const items = ours.map(({ item }) => item);
    const outcomes = new Map<Item, Outcome>();
    const adapter: Adapter = {
      transformer: this.#transformer,
      calls: undefined,
      secret,
      onOutcome: (outcome, _warnings, _type, item) => outcomes.set(item, outcome),
      now,
    };
    const own = await this.#inTurn(() => collect(answerItems(adapter, type, items)));
    const theirs = await this.#inTurn(() => readElements(answer, ours, type, stage));
    if (theirs === undefined) {
      metrics.shadow(type, 'failed', ours.length);
      return;
    }
    const others = new Set(foreign.map(({ item }) => item));
    const parts = await this.#inTurn(() => counterpartsOf([...items, ...others], theirs, own));
    for (const part of parts) {
      const count = part.items.filter((item) => !others.has(item)).length;
      if (count === 0) continue;
      const isShared = count < part.items.length;
      const compare = () => this.#resultOf(part, outcomes, { type, secret, now });
      metrics.shadow(type, isShared ? 'skipped' : await this.#inTurn(compare), count);
    }
  }

  async #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work();
    this.#worked += performance.now() - began;
    if (this.#worked > TURN_MS) {
      await sleep(REST * this.#worked);
      this.#worked = 0;
    }
    return result;
  }

  #resultOf(
    part: Counterparts,
    outcomes: ReadonlyMap<Item, Outcome>,
    context: { type: string; secret: Json | undefined; now: Date },
  ): ShadowResult {
    const codes = part.items.map((item) => outcomes.get(item)?.code);
    if (codes.includes('DIALOGUE_NEEDED')) return 'skipped';
    if (codes.includes('MAPPER_ERROR')) return 'failed';
    const differences = differencesBetween(part.theirs, part.ours);
    if (differences.length === 0) return 'equal';
    this.#options.differences.report({ ...context, ...part, differences, codes });
    return 'different';
  }

  #reportFailure(error: unknown, type: string): void {
    const name = this.#options.registry.get(type)?.name ?? '';
    if (this.#failed.has(name)) return;
    this.#failed.add(name);
    this.#options.onError(error, `shadow of ${name}; its further failures are only counted`);
  }
}

/** What cannot be read is the client's fault, and its text must not be in the log. */
function tryReadCall(body: Buffer): Call | undefined {
  try {
    return readCall(body);
  } catch {
    return undefined;
  }
}
