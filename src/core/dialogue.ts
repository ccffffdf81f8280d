import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Json } from './json.ts';
import { MappingFailure, type Request, type Written } from './outcome.ts';

/** The most steps that one dialogue may have. */
const MAX_STEPS = 32;

/** The most bytes that an answer may have. */
export const MAX_ANSWER_BYTES = 262_144;

/**
 * What a call does at the vendor: `read` changes nothing; `write` changes what the event is about; `ensure` makes
 * something that all events share, and that may be there already.
 */
export type Effect = 'read' | 'write' | 'ensure';

/** A call to the vendor whose answer decides how the dialogue goes on. */
export interface Ask {
  /** What the answer is given under; the same for the same call. */
  key: string;
  effect: Effect;
  request: Request;
  /** The JSON Schema of what is read of the answer. */
  reads: unknown;
}

/** What a vendor answered, or why there is no answer. */
export type Answer = { status: number; retryAfter?: number; json?: Json; text?: string } | { error: string };

/** Answers by the keys of what was asked. */
export type Answers = Readonly<Record<string, Answer>>;

/** A step of a dialogue that is about to be asked. */
export interface AskedStep {
  name: string;
  effect: Effect;
  /** Whether one answer serves all events that ask the same until something is written. */
  isShared: boolean;
  /** What is read of an answer. */
  schema: z.ZodType;
  /** Statuses that the mapper deals with besides those that every mapper is given. */
  handles: readonly number[];
  /** How many times its dialogue has asked the same by now, itself included; absent the first time. */
  occurrence?: number;
  /** Its place in the definition. */
  place: number;
  request: Request;
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

/** A step and what the answer to it is given under. */
interface Asked {
  step: AskedStep;
  key: string;
}

const NO_ANSWERS: Answers = {};
const NO_KEYS: readonly string[] = [];
const NOTHING: readonly Written[] = [];

/** One pair's exchange with a vendor. It is played from the start each time, with the answers that are there so far. */
export class Conversation {
  readonly #answers: Answers;
  readonly #keys: readonly string[];
  // Made when something is asked: most pairs have no dialogue.
  #asked: Asked[] | undefined;
  #written: readonly Written[] = NOTHING;
  #steps = 0;

  /** @param keys what the answers are given under, in the order of asking; absent, they follow from what is asked */
  constructor(answers: Answers = NO_ANSWERS, keys: readonly string[] = NO_KEYS) {
    this.#answers = answers;
    this.#keys = keys;
  }

  /** The same exchange once more, for the same questions asked with other credentials. */
  again(): Conversation {
    return new Conversation(
      this.#answers,
      this.#asked?.map(({ key }) => key),
    );
  }

  /** What has been asked so far, answered or not. */
  get requests(): readonly Request[] {
    return (this.#asked ?? []).map(({ step }) => step.request);
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
   * What the vendor says to steps that may be asked at once.
   * @throws {Unanswered} while answers are missing
   * @throws {MappingFailure} DIALOGUE_TOO_LONG, or what an answer makes of the event
   */
  ask(steps: readonly AskedStep[]): Reply[] {
    const before = this.#steps;
    this.#steps += steps.length;
    if (this.#steps > MAX_STEPS) {
      throw new MappingFailure('DIALOGUE_TOO_LONG', `the dialogue has more than ${String(MAX_STEPS)} steps`);
    }
    const asked = steps.map((step, index): Asked => ({ step, key: this.#keys[before + index] ?? keyOf(step) }));
    (this.#asked ??= []).push(...asked);
    const unanswered = asked.filter(({ key }) => !Object.hasOwn(this.#answers, key));
    if (unanswered.length > 0) throw new Unanswered(unanswered.map(({ step }) => step));

    const answers = asked.map(({ step, key }) => ({ step, answer: this.#answers[key] as Answer }));
    for (const { step, answer } of answers) {
      const { name, effect, request } = step;
      if (effect !== 'read' && 'status' in answer && isSuccess(answer.status)) {
        this.#written = [...this.#written, { step: name, method: request.method, url: request.url }];
      }
    }
    return answers.map(({ step, answer }) => readAnswer(step, answer));
  }
}

/** What a caller is asked for the sake of a step. */
export function toAsk(step: AskedStep): Ask {
  const { effect, request, schema } = step;
  return { key: keyOf(step), effect, request, reads: z.toJSONSchema(schema, { io: 'input' }) };
}

/**
 * What the answer to a step is given under: the same for the same call, unless a dialogue makes it again, and without
 * the headers, which is where credentials are.
 */
export function keyOf({ name, occurrence, request: { method, url, query, body } }: AskedStep): string {
  const call = JSON.stringify([method, url, query, body]);
  const hash = createHash('sha256').update(call).digest('hex').slice(0, 16);
  return [name, hash, ...(occurrence === undefined ? [] : [String(occurrence)])].join('-');
}

const isSuccess = (status: number) => status >= 200 && status < 300;

/** What means that the vendor has nothing of the name, has it already, or does not accept it. */
const TOLD = [404, 409, 422];

/** @throws {MappingFailure} for what is no mapper's business, unless the step says that it is */
function readAnswer({ name, schema, handles }: AskedStep, answer: Answer): Reply {
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
