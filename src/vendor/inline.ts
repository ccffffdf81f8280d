import pLimit, { type LimitFunction } from 'p-limit';
import type { Answer } from '../contract/dialogue.ts';
import { keyOf, type AskedStep } from '../core/dialogue.ts';
import type { Drop, Fail } from '../contract/results.ts';
import { fail } from '../core/outcome.ts';
import { hostMatches } from '../core/hosts.ts';
import type { Mapped, Party } from '../wire/native/results.ts';
import type { VendorClient } from './client.ts';

/** The most dialogues that one configuration has at a time. */
const CONCURRENCY = 8;

/** How long after the start of a request steps may begin; less than the service takes to drain. */
const DEADLINE_MS = 15_000;

export interface InlineOptions {
  client: VendorClient;
  /** Names of hosts, `*` being one label, that may be called beside those of the destinations. */
  hosts: readonly string[];
  /** How long after the start of a request steps may begin, in milliseconds. */
  deadline?: number;
}

/** Performs the calls of dialogues within one request. */
export class Inline {
  readonly #options: InlineOptions;

  constructor(options: InlineOptions) {
    this.#options = options;
  }

  /**
   * Lets every party finish its dialogue. Those of one group run one after the other, in order; the others side by side.
   * @returns what comes of each, in order
   */
  async settle<Sent>(parties: readonly Party<Sent>[]): Promise<(Mapped<Sent> | Drop | Fail)[]> {
    const endsAt = performance.now() + (this.#options.deadline ?? DEADLINE_MS);
    const accounts = new Map<string, Account>();
    const lanes = new Map<string, Promise<Fail | undefined>>();
    return Promise.all(
      parties.map(async (party) => {
        const account = accounts.get(party.account) ?? new Account(this.#options, endsAt);
        accounts.set(party.account, account);
        const lane = JSON.stringify([party.account, party.lane]);
        const outcome = Promise.resolve(lanes.get(lane)).then((blocked) => blocked ?? account.converse(party));
        lanes.set(lane, outcome.then(blocking));
        return outcome;
      }),
    );
  }
}

/** The failure that the rest of a lane has in common, since what it needs is not there now. */
function blocking(outcome: { outcome: string }): Fail | undefined {
  return outcome.outcome === 'fail' && isRetryable(outcome as Fail) ? withoutWritten(outcome as Fail) : undefined;
}

const isRetryable = ({ code }: Fail) => code === 'VENDOR_THROTTLED' || code === 'VENDOR_UNAVAILABLE';

function withoutWritten({ outcome, code, message, vendor }: Fail): Fail {
  return { outcome, code, message, ...(vendor && { vendor }) };
}

/** The dialogues of one configuration in one request. */
class Account {
  readonly #options: InlineOptions;
  readonly #endsAt: number;
  readonly #limit: LimitFunction = pLimit(CONCURRENCY);
  readonly #shared = new Map<string, Promise<Answer>>();
  #throttled: Fail | undefined;

  constructor(options: InlineOptions, endsAt: number) {
    this.#options = options;
    this.#endsAt = endsAt;
  }

  async converse<Sent>(party: Party<Sent>): Promise<Mapped<Sent> | Drop | Fail> {
    return this.#limit(async () => {
      if (this.#throttled !== undefined) return this.#throttled;
      const answers: Record<string, Answer> = {};
      let mapped: ReturnType<typeof party.resume> = party.asking;
      while (mapped.outcome === 'ask') {
        const { steps } = mapped;
        const refused = this.#refuse(steps, party.hosts);
        if (refused !== undefined) return refused;
        const given = await Promise.all(
          steps.map(async (step) => {
            const key = keyOf(step);
            return [key, await this.#answer(step, key)] as const;
          }),
        );
        Object.assign(answers, Object.fromEntries(given));
        mapped = party.resume(answers);
      }
      if (mapped.outcome === 'fail' && mapped.code === 'VENDOR_THROTTLED') this.#throttled = withoutWritten(mapped);
      return mapped;
    });
  }

  /** A host that comes from a config is called only if the operator has listed it. */
  #refuse(steps: readonly AskedStep[], hosts: readonly string[]): Fail | undefined {
    const names = steps.map(({ request }) => new URL(request.url).hostname);
    const refused = names.find((host) => !hostMatches(host, [...hosts, ...this.#options.hosts]));
    return refused === undefined
      ? undefined
      : fail('CONFIG_INVALID', `the service may not call ${refused}; VENDOR_HOSTS lists what it may`, 'config');
  }

  async #answer({ effect, request, isShared }: AskedStep, key: string): Promise<Answer> {
    if (performance.now() > this.#endsAt) return { error: 'the time for dialogues is over' };

    // What is written may change what was read.
    if (effect !== 'read') this.#shared.clear();
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const answer = this.#options.client.call(request);
    if (isShared) this.#shared.set(key, answer);
    const given = await answer;
    if (effect !== 'read') this.#shared.clear();
    return given;
  }
}
