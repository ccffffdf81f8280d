import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Request } from '../contract/requests.ts';
import type { Answer, Ask, Effect, Written } from '../contract/dialogue.ts';
import { pairBudget } from './limits.ts';
import { MappingFailure } from './outcome.ts';

/** The most bytes that an answer may have. */
export const MAX_ANSWER_BYTES = 262_144;

/** Answers by the keys of what was asked. */
export type Answers = Readonly<Record<string, Answer>>;

/** A step of a dialogue that is ready to be asked. */
export interface ReadyStep {
  name: string;
  effect: Effect;
  /** Whether one answer serves all events that ask the same until something is written. */
  isShared: boolean;
  /** What is read of an answer. */
  schema: z.ZodType;
  /** Statuses that the mapper deals with besides those that every mapper is given. */
  handles: readonly number[];
  /** Its position among the requests of the definition. */
  index: number;
  request: Request;
}

/** A step that must be answered before the dialogue can go on. */
export interface AskedStep extends ReadyStep {
  /** What the answer is given under. */
  key: string;
  /** The same for the same call. */
  call: string;
  /** How many times the dialogue has made the call by now. */
  occurrence: number;
}

/** What a mapper is told of an answer. */
export type Reply = { ok: true; status: number; json: unknown } | { ok: false; status: number; json: unknown };

/** Thrown while an event is mapped: the dialogue cannot go on without answers to these. */
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

/** One pair's exchange with a vendor. It is played from the start each time, with the answers that are there so far. */
export class Conversation {
  readonly #answers: Answers;
  readonly #keys: readonly string[];
  readonly #maxSteps: number;
  // Made when something is asked: most pairs have no dialogue.
  #asked: AskedStep[] | undefined;
  #written: readonly Written[] = NOTHING;
  #steps = 0;

  /**
   * @param maxSteps how many steps it may have
   * @param keys what the answers are given under, in the order of asking; absent, they follow from what is asked
   */
  constructor(answers: Answers = NO_ANSWERS, maxSteps: number = pairBudget.steps, keys: readonly string[] = NO_KEYS) {
    this.#answers = answers;
    this.#maxSteps = maxSteps;
    this.#keys = keys;
  }

  /** The same exchange once more, for the same questions asked with other credentials. */
  again(): Conversation {
    return new Conversation(
      this.#answers,
      this.#maxSteps,
      this.#asked?.map(({ key }) => key),
    );
  }

  /** What has been asked so far, answered or not. */
  get requests(): readonly Request[] {
    return (this.#asked ?? []).map(({ request }) => request);
  }

  /** What has been asked so far and changes something at the vendor. */
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

  /** Whether there are answers to what was not asked. */
  get isStale(): boolean {
    return Object.keys(this.#answers).some((key) => this.#asked?.some((asked) => asked.key === key) !== true);
  }

  /**
   * Begins a dialogue, of which a pair may have several.
   * @returns what tells the vendor's replies to steps that may be asked at once. It throws Unanswered while answers are
   *   missing, and a MappingFailure for DIALOGUE_TOO_LONG or for what an answer makes of the event.
   */
  begin(): (steps: readonly ReadyStep[]) => Reply[] {
    const calls: string[] = [];
    return (steps) => this.#ask(steps, calls);
  }

  /** @param calls those that the dialogue has made before */
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

  /** The answer to a step, if it is there. */
  protected answerTo({ key }: AskedStep): Answer | undefined {
    return Object.hasOwn(this.#answers, key) ? this.#answers[key] : undefined;
  }
}

/**
 * @param calls those that the dialogue has made before
 * @param known what the answer is given under; absent, that follows from the call
 */
function toAsked(step: ReadyStep, calls: readonly string[], known: string | undefined): AskedStep {
  const { name, effect, isShared, schema, handles, index, request } = step;
  const call = keyOf(name, request);
  const occurrence = 1 + calls.filter((made) => made === call).length;
  const isRepeated = occurrence > 1;
  const key = known ?? (isRepeated ? `${call}-${String(occurrence)}` : call);
  // What others were answered before is no answer to what is asked once more.
  return { key, call, occurrence, name, effect, isShared: isShared && !isRepeated, schema, handles, index, request };
}

/** What a caller is asked for the sake of a step. */
export function toAsk({ key, effect, request, schema }: AskedStep): Ask {
  return { key, effect, request, reads: z.toJSONSchema(schema, { io: 'input' }) };
}

/**
 * What the answer to a step is given under: the same for the same call, unless a dialogue makes it again, and without
 * the headers, which is where credentials are.
 */
function keyOf(name: string, { method, url, query, body }: Request): string {
  const call = JSON.stringify([method, url, query, body]);
  return `${name}-${createHash('sha256').update(call).digest('hex').slice(0, 16)}`;
}

const isSuccess = (status: number) => status >= 200 && status < 300;

/** What means that the vendor has nothing of the name, has it already, or does not accept it. */
const TOLD = [404, 409, 422];

/** @throws {MappingFailure} for what is no mapper's business, unless the step says that it is */
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
