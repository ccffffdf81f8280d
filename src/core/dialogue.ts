import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { Answer, Ask, Effect, Written } from '../contract/dialogue.ts';
import type { Request } from '../contract/requests.ts';
import { pairBudget } from './limits.ts';
import { MappingFailure } from './outcome.ts';

/** The maximum size of an answer, in bytes. */
export const MAX_ANSWER_BYTES = 262_144;

/** Answers by the keys of the asks. */
export type Answers = Readonly<Record<string, Answer>>;

/** A step of a dialogue that is ready to be asked. */
export interface ReadyStep {
  name: string;
  effect: Effect;
  /** Whether all events that ask the same share one answer, until something is written. */
  isShared: boolean;
  /** The part of the answer that is read. */
  schema: z.ZodType;
  /** The statuses that the mapper handles, besides those that every mapper handles. */
  handles: readonly number[];
  /** Its position among the requests of the definition. */
  index: number;
  request: Request;
}

/** A step whose answer the dialogue needs to continue. */
export interface AskedStep extends ReadyStep {
  /** The key for the answer. */
  key: string;
  /** Equal for equal calls. */
  call: string;
  /** How many times the dialogue has made the call so far. */
  occurrence: number;
}

/** What a mapper learns from an answer. */
export type Reply = { ok: true; status: number; json: unknown } | { ok: false; status: number; json: unknown };

/** Thrown while an event is mapped: the dialogue cannot continue without these answers. */
export class Unanswered extends Error {
  readonly steps: readonly AskedStep[];

  constructor(steps: readonly AskedStep[]) {
    super('the vendor must be asked first');
    this.steps = steps;
  }
}

const NO_ANSWERS: Answers = {};
const NO_KEYS: readonly string[] = [];
const NOTHING: readonly Written[] = [];

/** One pair's exchange with a vendor. It is replayed from the start each time, with the answers so far. */
export class Conversation {
  readonly #answers: Answers;
  readonly #keys: readonly string[];
  readonly #maxSteps: number;
  // Created on the first ask, since most pairs have no dialogue.
  #asked: AskedStep[] | undefined;
  #written: readonly Written[] = NOTHING;
  #steps = 0;

  /**
   * @param maxSteps the maximum number of steps
   * @param keys the keys for the answers, in the order of asking; derived from the asks if absent
   */
  constructor(answers: Answers = NO_ANSWERS, maxSteps: number = pairBudget.steps, keys: readonly string[] = NO_KEYS) {
    this.#answers = answers;
    this.#maxSteps = maxSteps;
    this.#keys = keys;
  }

  /** The same exchange for the same questions, asked with other credentials. */
  again(): Conversation {
    return new Conversation(
      this.#answers,
      this.#maxSteps,
      this.#asked?.map(({ key }) => key),
    );
  }

  /** All asks so far, answered or not. */
  get requests(): readonly Request[] {
    return (this.#asked ?? []).map(({ request }) => request);
  }

  /** All asks so far that change something at the vendor. */
  get writes(): readonly AskedStep[] {
    return (this.#asked ?? []).filter(({ effect }) => effect !== 'read');
  }

  /** Whether anything has been asked. */
  get isBegun(): boolean {
    return this.#steps > 0;
  }

  /** What has been changed at the vendor so far. */
  get written(): readonly Written[] {
    return this.#written;
  }

  /** Whether there are answers to questions that were not asked. */
  get isStale(): boolean {
    if (this.#answers === NO_ANSWERS) return false;
    return Object.keys(this.#answers).some((key) => this.#asked?.some((asked) => asked.key === key) !== true);
  }

  /**
   * Starts a dialogue. A pair may have several.
   * @returns a function from steps, which may be asked at once, to the vendor's replies. It throws Unanswered if
   * answers are missing, and a MappingFailure for DIALOGUE_TOO_LONG or if an answer fails the event.
   */
  begin(): (steps: readonly ReadyStep[]) => Reply[] {
    const calls: string[] = [];
    return (steps) => this.#ask(steps, calls);
  }

  /** @param calls the calls that the dialogue has made before */
  #ask(steps: readonly ReadyStep[], calls: string[]): Reply[] {
    const before = this.#steps;
    this.#steps += steps.length;
    if (this.#steps > this.#maxSteps) {
      throw new MappingFailure('DIALOGUE_TOO_LONG', `the dialogue has more than ${String(this.#maxSteps)} steps`);
    }
    const asked = steps.map((step, index) => toAsked(step, calls, this.#keys[before + index]));
    calls.push(...asked.map(({ call }) => call));
    (this.#asked ??= []).push(...asked);
    const given = asked.map((step) => this.answerTo(step));
    const unanswered = asked.filter((_step, index) => given[index] === undefined);
    if (unanswered.length > 0) throw new Unanswered(unanswered);

    const answers = asked.map((step, index) => ({ step, answer: given[index] as Answer }));
    for (const { step, answer } of answers) {
      const { name, effect, request } = step;
      if (effect !== 'read' && 'status' in answer && isSuccess(answer.status)) {
        this.#written = [...this.#written, { step: name, method: request.method, url: request.url }];
      }
    }
    return answers.map(({ step, answer }) => readAnswer(step, answer));
  }

  /** The answer to a step, if there is one. */
  protected answerTo({ key }: AskedStep): Answer | undefined {
    return Object.hasOwn(this.#answers, key) ? this.#answers[key] : undefined;
  }
}

/**
 * @param calls the calls that the dialogue has made before
 * @param known the key for the answer; derived from the call if absent
 */
function toAsked(step: ReadyStep, calls: readonly string[], known: string | undefined): AskedStep {
  const { name, effect, isShared, schema, handles, index, request } = step;
  const call = keyOf(name, request);
  const occurrence = 1 + calls.filter((made) => made === call).length;
  const isRepeated = occurrence > 1;
  const key = known ?? (isRepeated ? `${call}-${String(occurrence)}` : call);
  // An earlier answer to another event does not answer a repeated question.
  return { key, call, occurrence, name, effect, isShared: isShared && !isRepeated, schema, handles, index, request };
}

/** What a caller is asked for a step. */
export function toAsk({ key, effect, request, schema }: AskedStep): Ask {
  return { key, effect, request, reads: z.toJSONSchema(schema, { io: 'input' }) };
}

/**
 * The key for the answer to a step. It is equal for equal calls, unless a dialogue repeats one. It ignores the headers,
 * which contain credentials.
 */
function keyOf(name: string, { method, url, query, body }: Request): string {
  const call = JSON.stringify([method, url, query, body]);
  return `${name}-${createHash('sha256').update(call).digest('hex').slice(0, 16)}`;
}

const isSuccess = (status: number) => status >= 200 && status < 300;

/** Statuses that mean: the vendor has no such record, has it already, or does not accept it. */
const TOLD = [404, 409, 422];

/** @throws {MappingFailure} for statuses that mappers don't handle, unless the step says that it does */
function readAnswer({ name, schema, handles }: ReadyStep, answer: Answer): Reply {
  if ('error' in answer) throw new MappingFailure('VENDOR_UNAVAILABLE', `${name}: no answer from the vendor`);
  const { status, json, retryAfter } = answer;
  if (isSuccess(status)) {
    const read = schema.safeParse(json);
    if (read.success) return { ok: true, status, json: read.data };
    throw new MappingFailure('VENDOR_UNAVAILABLE', `${name}: the vendor’s answer cannot be read`);
  }
  if (TOLD.includes(status) || handles.includes(status)) return { ok: false, status, json };
  const vendor = retryAfter === undefined ? { status } : { status, retryAfter };
  throw new MappingFailure(failureOf(status), `${name}: the vendor answered ${String(status)}`, undefined, vendor);
}

function failureOf(status: number) {
  if (status === 429) return 'VENDOR_THROTTLED';
  return status >= 400 && status < 500 ? 'VENDOR_REFUSED' : 'VENDOR_UNAVAILABLE';
}
