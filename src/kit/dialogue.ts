import type { Effect } from '../contract/dialogue.ts';
import _ from 'lodash';
import type { z } from 'zod';
import type { BatchRule } from '../core/definition.ts';
import type { ReadyStep, Reply } from '../core/dialogue.ts';
import type { Warn } from '../core/warnings.ts';
import { MappingFailure } from '../core/outcome.ts';
import type { Expr } from './expression.ts';
import type { Denial, DialogueNode, Facts, Ready, RequestLiteral, Step, StepDefinitions, Flow } from './request.ts';

/** What a vendor answers that refuses a call, besides what every dialogue deals with. */
const REFUSALS = [400, 401, 403];

interface StepOptions {
  /** Whether nothing that must be done depends on it, so that the dialogue goes on where the vendor refuses it. */
  isOptional?: true;
  /** Further statuses that the dialogue deals with; 2xx, 404, 409 and 422 always are. */
  handles?: readonly number[];
}

interface ReadOptions extends StepOptions {
  /** Whether one answer serves all events that ask the same, as for a list of the account's fields. */
  shared?: true;
}

/**
 * A step that changes nothing.
 * @example
 * read(get.empty({ url: url`https://api.acme.example/fields` }), z.unknown(), { shared: true }).isShared // true
 */
export function read<T>(request: RequestLiteral, schema: z.ZodType<T>, options: ReadOptions = {}): Step<T> {
  return { ...step('read', request, schema, options), isShared: options.shared === true };
}

function step<T>(effect: Effect, request: RequestLiteral, schema: z.ZodType<T>, options: StepOptions): Step<T> {
  const { isOptional = false, handles = [] } = options;
  return {
    kind: 'step',
    effect,
    request,
    schema,
    isShared: false,
    handles: isOptional ? [...handles, ...REFUSALS] : handles,
  };
}

/**
 * A step that changes what the event is about; it must be safe to repeat.
 * @example
 * write(post.empty({ url: url`https://api.acme.example/companies` }), z.object({ id: z.number() })).effect // 'write'
 */
export function write<T>(request: RequestLiteral, schema: z.ZodType<T>, options: StepOptions = {}): Step<T> {
  return step('write', request, schema, options);
}

/**
 * A step that makes something that all events share, such as a field; a conflict means that it is there.
 * @example
 * ensure(post.empty({ url: url`https://api.acme.example/fields` }), z.unknown()).effect // 'ensure'
 */
export function ensure<T>(request: RequestLiteral, schema: z.ZodType<T>, options: StepOptions = {}): Step<T> {
  return step('ensure', request, schema, options);
}

/** The answer to a step: what is read of it, or the status that tells why there is nothing to read. */
export type AnswerTo<T> = { ok: true; status: number; json: T } | { ok: false; status: number; json: unknown };

/**
 * Ends a dialogue: the event fails, since the vendor does not have what it needs, or has too much of it.
 * @example
 * deny('Acme does not know the user') // { denial: 'Acme does not know the user' }
 */
export const deny = (message: string): Denial => ({ denial: message });

/**
 * Asks the vendor.
 * @example
 * dialogue({
 *   steps: { find: read(get.empty({ url: url`https://api.acme.example/find` }), z.unknown()), add: post.empty({ url: url`https://api.acme.example/add` }) },
 *   *choose({ find, add }) {
 *     const found = yield* ask(find);
 *     return found.ok ? [] : [add];
 *   },
 * }) // ['ask GET https://api.acme.example/find', 'POST https://api.acme.example/add']
 */
export function* ask<T>(step: Ready<T>): Flow<AnswerTo<T>> {
  const [answer] = yield [step];
  return answer as AnswerTo<T>;
}

/**
 * Asks the vendor several things that do not depend on each other.
 * @example
 * dialogue({
 *   steps: { user: read(get.empty({ url: url`https://api.acme.example/user` }), z.unknown()), plan: read(get.empty({ url: url`https://api.acme.example/plan` }), z.unknown()) },
 *   *choose({ user, plan }) {
 *     const [known] = yield* askAll([user, plan]);
 *     return known.ok ? [] : deny('Acme does not know the user');
 *   },
 * }) // ['ask GET https://api.acme.example/user', 'ask GET https://api.acme.example/plan', 'VENDOR_UNSUITABLE']
 */
export function* askAll<const T extends readonly unknown[]>(
  steps: readonly [...{ [K in keyof T]: Ready<T[K]> }],
): Flow<{ [K in keyof T]: AnswerTo<T[K]> }> {
  const answers = steps.length === 0 ? [] : yield steps;
  return answers as { [K in keyof T]: AnswerTo<T[K]> };
}

type ReadyOf<S> = S extends Step<infer T> ? Ready<T> : Ready<never>;
type ValueOf<E> = E extends Expr<infer V> ? V : never;
type ReadySteps<Steps> = {
  [K in keyof Steps]: Steps[K] extends (inputs: infer Inputs) => infer S
    ? (values: { [I in keyof Inputs]: ValueOf<Inputs[I]> }) => ReadyOf<S>
    : ReadyOf<Steps[K]>;
};
type FactValues<F> = { [K in keyof F]: ValueOf<F[K]> };

/**
 * A dialogue with a vendor that must be asked before it can be sent anything. All that is sent is declared as steps; the
 * generator only chooses: it asks, reads the answers, and returns the steps that are left to be sent, none if nothing is
 * left to do. Reads that can end it come before writes, and a write whose answer is not read is returned, not asked.
 * @param parts.facts what of the event the choice depends on
 * @param parts.choose is also given what takes warnings, such as MATCH_AMBIGUOUS where several are found for one
 * @example
 * dialogue({
 *   steps: {
 *     find: read(get.empty({ url: url`https://api.acme.example/find` }), z.object({ id: z.number() })),
 *     create: post.empty({ url: url`https://api.acme.example/companies` }),
 *     update: ({ id }) => put.empty({ url: url`https://api.acme.example/companies/${id}` }),
 *   },
 *   *choose({ find, create, update }) {
 *     const found = yield* ask(find);
 *     return [found.ok ? update({ id: found.json.id }) : create];
 *   },
 * }) // ['ask GET https://api.acme.example/find', 'POST https://api.acme.example/companies']
 */
export function dialogue<Steps extends StepDefinitions, F extends Facts = Facts>(parts: {
  facts?: F;
  steps: Steps;
  choose: (steps: ReadySteps<Steps>, facts: FactValues<F>, warn: Warn) => Flow<readonly Ready<unknown>[] | Denial>;
}): DialogueNode {
  const { facts = {}, steps, choose } = parts;
  return { kind: 'dialogue', steps, facts, choose };
}

/** What a vendor has, and whether it has it from now on only. */
export interface Had<T> {
  value: T;
  isNew: boolean;
}

/**
 * Finds something at the vendor, or creates it. Where the vendor does not create it, someone else may have done so in
 * between, and it is looked for once more.
 * @param parts.known what `find` was answered, where it has been asked along with others
 * @param parts.among what is meant of all that is found; undefined if it is not there
 * @returns undefined if the vendor neither has it nor creates it
 * @example
 * dialogue({
 *   steps: {
 *     find: read(get.empty({ url: url`https://api.acme.example/find` }), z.object({ id: z.number() })),
 *     create: write(post.empty({ url: url`https://api.acme.example/companies` }), z.object({ id: z.number() })),
 *   },
 *   *choose({ find, create }) {
 *     const company = yield* findOrCreate({ find, create });
 *     return company === undefined ? deny('Acme did not create the company') : [];
 *   },
 * }) // ['ask GET https://api.acme.example/find', 'ask POST https://api.acme.example/companies', 'ask GET https://api.acme.example/find', 'VENDOR_UNSUITABLE']
 */
export function* findOrCreate<Found, T = Found>(parts: {
  find: Ready<Found>;
  known?: AnswerTo<Found>;
  among?: (found: Found) => T | undefined;
  create: Ready<T>;
}): Flow<Had<T> | undefined> {
  const { find, known = yield* ask(find), among = (found: Found) => found as unknown as T, create } = parts;
  const had = (answer: AnswerTo<Found>) => {
    const value = answer.ok ? among(answer.json) : undefined;
    return value === undefined ? undefined : { value, isNew: false };
  };
  const first = had(known);
  if (first !== undefined) return first;
  const created = yield* ask(create);
  return created.ok ? { value: created.json, isNew: true } : had(yield* ask(find));
}

/**
 * A list that a vendor has, with an item that it may lack, for vendors that replace a list.
 * @returns undefined if there is no item, so that the list stays as it is
 * @example
 * withItem(['acme.example'], 'acme.eu') // ['acme.example', 'acme.eu']
 * withItem(['acme.example'], undefined) // undefined
 */
export function withItem<T>(list: readonly T[], item: T | undefined): T[] | undefined {
  return item === undefined ? undefined : _.union(list, [item]);
}

/** A step that is ready, as the engine knows it. */
export interface BatchedStep extends ReadyStep {
  batch: BatchRule | undefined;
}

/**
 * Plays a dialogue.
 * @param exchange gets the answers to what is asked at once, or throws while there are none
 * @throws {MappingFailure} VENDOR_UNSUITABLE
 */
export function play<S>(
  flow: Flow<readonly Ready<unknown>[] | Denial>,
  exchange: (steps: readonly S[]) => readonly Reply[],
): readonly S[] {
  let turn = flow.next();
  while (turn.done !== true) turn = flow.next(exchange(turn.value as readonly S[]));
  if ('denial' in turn.value) throw new MappingFailure('VENDOR_UNSUITABLE', turn.value.denial);
  return turn.value as readonly S[];
}
