import _ from 'lodash';
import type { z } from 'zod';

import type { Effect } from '../contract/dialogue.ts';
import type { BatchRule } from '../core/definition.ts';
import type { ReadyStep, Reply } from '../core/dialogue.ts';
import { MappingFailure } from '../core/outcome.ts';
import type { Warn } from '../core/warnings.ts';
import type { Expr } from './expression.ts';
import type { Denial, DialogueNode, Facts, Flow, Ready, RequestLiteral, Step, StepDefinitions } from './request.ts';

/** The answers that refuse a call, besides those that every dialogue handles. */
const REFUSALS = [400, 401, 403];

interface StepOptions {
  /** Whether the step is optional, so that the dialogue continues if the vendor refuses it. */
  isOptional?: true;
  /** Further statuses that the dialogue handles. 2xx, 404, 409 and 422 are always handled. */
  handles?: readonly number[];
}

interface ReadOptions extends StepOptions {
  /** Whether all events that ask the same share one answer, such as a list of the account's fields. */
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
 * A step that changes the event's own record. It must be safe to repeat.
 * @example
 * write(post.empty({ url: url`https://api.acme.example/companies` }), z.object({ id: z.number() })).effect // 'write'
 */
export function write<T>(request: RequestLiteral, schema: z.ZodType<T>, options: StepOptions = {}): Step<T> {
  return step('write', request, schema, options);
}

/**
 * A step that creates something that all events share, such as a field. A conflict means that it exists.
 * @example
 * ensure(post.empty({ url: url`https://api.acme.example/fields` }), z.unknown()).effect // 'ensure'
 */
export function ensure<T>(request: RequestLiteral, schema: z.ZodType<T>, options: StepOptions = {}): Step<T> {
  return step('ensure', request, schema, options);
}

/** The answer to a step: the part that is read, or the status that says why there is none. */
export type AnswerTo<T> = { ok: true; status: number; json: T } | { ok: false; status: number; json: unknown };

/**
 * Ends a dialogue and fails the event, because the vendor lacks what the event requires, or has several of it.
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
 * Asks the vendor several independent questions.
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
 * A dialogue with a vendor that must be asked before it can be sent anything. Everything that is sent is declared as
 * steps. The generator only decides: it asks, reads the answers, and returns the remaining steps to send, if any. Reads
 * that can end the dialogue come before writes. A write whose answer is not needed is returned, not asked.
 * @param parts.facts the parts of the event that the decision depends on
 * @param parts.choose also gets a function that reports warnings, such as MATCH_AMBIGUOUS if several records match
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

/** What a vendor has, and whether it was just created. */
export interface Had<T> {
  value: T;
  isNew: boolean;
}

/**
 * Finds something at the vendor, or creates it. If the vendor refuses to create it, somebody else may have done so in
 * between, so it is looked up once more.
 * @param parts.known the answer to `find`, if it was asked together with others
 * @param parts.among selects one of the found records; undefined if it is not among them
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
 * A vendor's list, with an item that it may lack, for vendors that replace whole lists.
 * @returns undefined if there is no item; the list then stays unchanged
 * @example
 * withItem(['acme.example'], 'acme.eu') // ['acme.example', 'acme.eu']
 * withItem(['acme.example'], undefined) // undefined
 */
export function withItem<T>(list: readonly T[], item: T | undefined): T[] | undefined {
  return item === undefined ? undefined : _.union(list, [item]);
}

/** A step that is ready, as the engine sees it. */
export interface BatchedStep extends ReadyStep {
  batch: BatchRule | undefined;
}

/**
 * Runs a dialogue.
 * @param exchange returns the answers to simultaneous asks, or throws while they are missing
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
