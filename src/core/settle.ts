import pLimit, { type LimitFunction } from 'p-limit';

import type { Answer } from '../contract/dialogue.ts';
import type { Request } from '../contract/requests.ts';
import type { Fail } from '../contract/results.ts';
import type { Answers, AskedStep } from './dialogue.ts';
import { hostMatches } from './hosts.ts';
import { fail } from './outcome.ts';
import type { Asking, Mapping } from './transform.ts';

/** The maximum number of concurrent dialogues of one config. */
const CONCURRENCY = 8;

/** How long after the start of a request steps may start, in milliseconds. Less than the service takes to drain. */
const DEADLINE_MS = 15_000;

/** The client that calls vendors. */
export interface VendorCalls {
  /** Makes a call. Errors become answers. */
  call: (request: Request) => Promise<Answer>;
  /** Hosts that may be called besides those of the destinations; `*` matches one label. */
  hosts: readonly string[];
  /** How long after the start of a request steps may start, in milliseconds. */
  deadline?: number;
}

/**
 * Runs the dialogues of the pairs that have one. Dialogues that share a group and a config run one after the other, in
 * order, since one may create what the next one finds. Others run in parallel.
 * @returns the result of each pair, in order
 */
export async function settle(mappings: readonly Mapping[], calls: VendorCalls): Promise<Mapping[]> {
  const endsAt = performance.now() + (calls.deadline ?? DEADLINE_MS);
  const accounts = new Map<string, Account>();
  const lanes = new Map<string, Promise<Fail | undefined>>();
  return Promise.all(
    mappings.map(async (mapping) => {
      const { outcome } = mapping;
      if (outcome.outcome !== 'ask') return mapping;
      const account = accounts.get(outcome.account) ?? new Account(calls, endsAt);
      accounts.set(outcome.account, account);
      const own = outcome.lanes.map((lane) => JSON.stringify([outcome.account, lane]));
      const settled = Promise.all(own.map(async (lane) => lanes.get(lane))).then((before) => {
        const blocked = before.find((failure) => failure !== undefined);
        return blocked === undefined ? account.converse(mapping) : { ...mapping, outcome: blocked };
      });
      const ended = settled.then(blocking);
      for (const lane of own) lanes.set(lane, ended);
      return settled;
    }),
  );
}

/**
 * Runs a dialogue: continues with the answers so far until nothing more is asked.
 * @param askingOf the remaining asks, if any
 * @param answer answers some steps, by their keys; undefined ends the dialogue
 */
export async function converse<Result, Step>(
  begun: Result,
  askingOf: (
    result: Result,
  ) => { steps: readonly Step[]; resume: (answers: Answers) => Result | Promise<Result> } | undefined,
  answer: (steps: readonly Step[]) => Answers | undefined | Promise<Answers | undefined>,
): Promise<Result> {
  let result = begun;
  let answers: Answers = {};
  for (let asking = askingOf(result); asking !== undefined; asking = askingOf(result)) {
    const given = await answer(asking.steps);
    if (given === undefined) return result;
    answers = { ...answers, ...given };
    result = await asking.resume(answers);
  }
  return result;
}

/** The remaining asks of a pair, if any. */
export const askingOf = ({ outcome }: Mapping): Asking | undefined => (outcome.outcome === 'ask' ? outcome : undefined);

/** The failure that the rest of a lane shares, because the vendor is not available. */
function blocking({ outcome }: Mapping): Fail | undefined {
  return outcome.outcome === 'fail' && ['VENDOR_THROTTLED', 'VENDOR_UNAVAILABLE'].includes(outcome.code)
    ? withoutWritten(outcome)
    : undefined;
}

function withoutWritten({ outcome, code, message, vendor }: Fail): Fail {
  return { outcome, code, message, ...(vendor && { vendor }) };
}

/** The dialogues of one config in one request. */
class Account {
  readonly #calls: VendorCalls;
  readonly #endsAt: number;
  readonly #limit: LimitFunction = pLimit(CONCURRENCY);
  readonly #shared = new Map<string, Promise<Answer>>();
  #throttled: Fail | undefined;

  constructor(calls: VendorCalls, endsAt: number) {
    this.#calls = calls;
    this.#endsAt = endsAt;
  }

  async converse(begun: Mapping): Promise<Mapping> {
    return this.#limit(async () => {
      if (this.#throttled !== undefined) return { ...begun, outcome: this.#throttled };
      let refused: Fail | undefined;
      const mapping = await converse(begun, askingOf, async (steps) => {
        refused = this.#refuse(steps, askingOf(begun)?.hosts ?? []);
        return refused === undefined ? this.#answerAll(steps) : undefined;
      });
      if (refused !== undefined) return { ...mapping, outcome: refused };
      const { outcome } = mapping;
      if (outcome.outcome === 'fail' && outcome.code === 'VENDOR_THROTTLED') this.#throttled = withoutWritten(outcome);
      return mapping;
    });
  }

  /** A host that comes from a config is called only if the operator has listed it. */
  #refuse(steps: readonly AskedStep[], hosts: readonly string[]): Fail | undefined {
    const allowed = [...hosts, ...this.#calls.hosts];
    const refused = steps
      .map(({ request }) => new URL(request.url).hostname)
      .find((host) => !hostMatches(host, allowed));
    return refused === undefined
      ? undefined
      : fail('CONFIG_INVALID', `the service may not call ${refused}; add it to VENDOR_HOSTS to allow it`, 'config');
  }

  async #answerAll(steps: readonly AskedStep[]): Promise<Answers> {
    const given = await Promise.all(steps.map(async (step) => [step.key, await this.#answer(step)] as const));
    return Object.fromEntries(given);
  }

  async #answer({ key, effect, request, isShared }: AskedStep): Promise<Answer> {
    if (performance.now() > this.#endsAt) return { error: 'the time limit for dialogues is over' };

    // A write may change what was read.
    if (effect !== 'read') this.#shared.clear();
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const answer = this.#calls.call(request);
    if (isShared) this.#shared.set(key, answer);
    const given = await answer;
    if (effect !== 'read') this.#shared.clear();
    return given;
  }
}
