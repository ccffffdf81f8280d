import _ from 'lodash';
import { z } from 'zod';

import type { RequestOutline } from '../contract/descriptions.ts';
import type { Auth, Body, Request } from '../contract/requests.ts';
import type { BatchRule, IndexedRequest } from '../core/definition.ts';
import { isPresent, setOwn } from '../core/json.ts';
import { isLongerThan } from '../core/limits.ts';
import { ConfigError, MappingFailure } from '../core/outcome.ts';
import { remembered } from '../core/remembered.ts';
import { type BatchedStep, play, write } from './dialogue.ts';
import { DefinitionError } from './error.ts';
import {
  type Binding,
  type Expr,
  EXPRESSION,
  Expression,
  inputNode,
  isExpr,
  isInserted,
  joined,
  type Node,
  originOf,
} from './expression.ts';
import { bare, compileLiteral, compileOpen, type Mapped } from './literal.ts';
import type {
  AnyStep,
  DialogueNode,
  Each,
  Given,
  Headers,
  NamedHeaders,
  RequestLiteral,
  RequestNode,
  WithInputs,
} from './request.ts';
import type { Emit, Scope } from './scope.ts';
import { compileCondition } from './structure.ts';
import { readForSlots } from './trace.ts';
import { compileUrl } from './url.ts';

/** Compiles the requests of a definition, numbered by their place in it. */
export class RequestCompiler {
  readonly #binding: Binding;
  readonly #isAllowed: (host: string) => boolean;
  readonly #inBatches: boolean;
  readonly #requests: RequestOutline[] = [];
  #isRepeated = false;

  /** @param inBatches whether requests are merged with those of other events */
  constructor(binding: Binding, isAllowed: (host: string) => boolean, inBatches: boolean) {
    this.#binding = binding;
    this.#isAllowed = isAllowed;
    this.#inBatches = inBatches;
  }

  /** The compiled places, in order. */
  get requests(): readonly RequestOutline[] {
    return this.#requests;
  }

  /** @throws {ConfigError} if the config leads to a forbidden request */
  compile(nodes: readonly RequestNode[]): Emit {
    const emits = nodes.map((node) => this.#node(node));
    return (scope, out) => {
      for (const emit of emits) emit(scope, out);
    };
  }

  #node(node: RequestNode): Emit {
    switch (node.kind) {
      case 'request':
        return this.#request(node);
      case 'given':
        return this.#given(node);
      case 'each':
        return this.#each(node);
      case 'dialogue':
        return this.#dialogue(node);
    }
  }

  #dialogue({ steps, facts, choose }: DialogueNode): Emit {
    const reads = _.mapValues(facts, ({ [EXPRESSION]: node }) => {
      this.#binding.decides(node);
      return node.compile(this.#binding);
    });
    // The facts decide which steps there are, and may feed them.
    const known = joined(Object.values(facts).map((fact) => fact[EXPRESSION]));
    const inputSlots: number[] = [];
    const [ready, checks] = this.#binding.requirementsOf(() =>
      this.#binding.under(
        { ...known, compile: () => () => true },
        () => true,
        () =>
          _.mapValues(steps, (step, name) =>
            typeof step === 'function' ? this.#stepWithInputs(name, step, known, inputSlots) : this.#step(name, step),
          ),
      ),
    );
    return (scope, out) => {
      for (const check of checks) check(scope);
      const values = readForSlots(scope, inputSlots, () => _.mapValues(reads, (read) => read(scope)));
      const flow = choose(_.mapValues(ready, (make) => make(scope)) as never, values as never, scope.warn);
      for (const { index, request, batch } of play<BatchedStep>(flow, scope.conversation.begin())) {
        out.push(batch === undefined ? { index, request } : { index, request, batch });
      }
    };
  }

  /** Makes a step for one event. Its request is built when it is first read. */
  #step(name: string, step: AnyStep): (scope: Scope) => BatchedStep {
    const { request, effect, isShared, handles, schema } = step.kind === 'step' ? step : write(step, z.unknown());
    const emit = this.#request(request, { name, effect });
    const fixed = { name, effect, isShared, handles, schema };
    return (scope) => {
      const build = _.once(() => {
        const built: IndexedRequest[] = [];
        emit(scope, built);
        return built[0] as IndexedRequest;
      });
      return {
        ...fixed,
        get index() {
          return build().index;
        },
        get request() {
          return build().request as Request;
        },
        get batch() {
          return build().batch;
        },
      };
    };
  }

  /**
   * Makes a step from one event and from the values of its definition's inputs.
   * @param inputSlots collects the slots of these values
   */
  #stepWithInputs(
    name: string,
    define: WithInputs,
    known: Omit<Node, 'compile'>,
    inputSlots: number[],
  ): (scope: Scope) => (values: Record<string, unknown>) => BatchedStep {
    const nodes = new Map<string, Node>();
    const inputs = new Proxy<Record<string, Expr<unknown>>>(
      {},
      {
        get: (_target, input: string) => {
          const node = nodes.get(input) ?? inputNode({ ...known, via: [], answer: input });
          nodes.set(input, node);
          return new Expression(node);
        },
      },
    );
    const make = this.#step(name, define(inputs as never));
    const slots = [...nodes].map(([input, node]) => [input, this.#binding.slot(node)] as const);
    inputSlots.push(...slots.map(([, slot]) => slot));
    return (scope) => (values) => {
      for (const [input, slot] of slots) scope.slots[slot] = values[input];
      const step = make(scope);
      // Build it now, before the slots get other values.
      return { ...step };
    };
  }

  #given({ condition, requests, otherwise }: Given): Emit {
    const holds = compileCondition(condition, this.#binding);
    const [emit, emitOtherwise] = this.#binding.under(condition, holds, () => [
      this.compile(requests),
      this.compile(otherwise),
    ]);
    return (scope, out) => {
      (holds(scope) ? emit : emitOtherwise)(scope, out);
    };
  }

  #each({ list, item, requests }: Each): Emit {
    const read = list.compile(this.#binding);
    const slot = this.#binding.slot(item);
    const isWithinOther = this.#isRepeated;
    this.#isRepeated = true;
    const emit = this.#binding.under(
      list,
      (scope) => Array.isArray(read(scope)),
      () => this.compile(requests),
    );
    this.#isRepeated = isWithinOther;
    return (scope, out) => {
      const items = readForSlots(scope, [slot], () => read(scope));
      if (!Array.isArray(items)) return;
      for (const element of items) {
        scope.slots[slot] = element;
        emit(scope, out);
      }
    };
  }

  #request(alone: RequestLiteral, step?: RequestOutline['step']): Emit {
    const { as: merged = alone } = alone.batch ?? {};
    const batch: BatchRule | undefined = alone.batch && {
      ..._.omit(alone.batch, 'as'),
      ...(merged !== alone && { isOther: true }),
    };
    const literal = { ...(this.#inBatches ? merged : alone), batch };
    const { method, maxBytes, auth } = literal;
    const outline: RequestOutline = {
      method,
      ...(this.#isRepeated && { isRepeated: true }),
      ...(step && { step }),
      ...(batch && { batch }),
      ...(maxBytes !== undefined && { maxBytes }),
      ...(auth && { auth: authType(auth) }),
    };
    const index = this.#requests.push(outline) - 1;
    return this.#binding.atRequest(index, () => {
      if (batch !== undefined) checkList(merged, batch, this.#binding.target);
      return this.#binding.emits(this.#requestAt(index, literal, outline));
    });
  }

  #requestAt(
    index: number,
    { method, url, headers = {}, query = {}, contentType, body, maxBytes = Infinity, auth, batch }: RequestLiteral,
    outline: RequestOutline,
  ): Emit {
    const binding = this.#binding;
    const { read: readUrl, outline: urlOutline } = binding.at('url', () => compileUrl(url, this.#isAllowed, binding));
    outline.url = urlOutline;
    const readHeaders = binding.at('headers', () => compileHeaders(headers, contentType, binding));
    const readQuery = binding.at('query', () => compileLiteral(query, binding)) as (scope: Scope) => Request['query'];
    const readAuth = auth && compileAuth(auth, binding);
    const readBody = body && binding.at('body', () => compileLiteral(body, binding));
    return (scope, out) => {
      const request: Request = { method, url: readUrl(scope), headers: readHeaders(scope), query: readQuery(scope) };
      if (readBody !== undefined) request.body = withinSize(readBody(scope) as Body, maxBytes);
      if (readAuth !== undefined) request.auth = readAuth(scope);
      out.push(batch === undefined ? { index, request } : { index, request, batch });
    };
  }
}

/** An oversized part would fail the batch that contains it. */
function withinSize(body: Body, maxBytes: number): Body {
  if (maxBytes === Infinity || !isLongerThan('json' in body ? body.json : body.form, maxBytes)) return body;
  throw new MappingFailure('OUTPUT_TOO_LARGE', `the vendor accepts at most ${String(maxBytes)} bytes per event`);
}

/** A batch grows in a list, so it must have one. */
export function checkList(literal: object, { at, unwrapped }: BatchRule, place: string): void {
  if (unwrapped === true) return;
  const list = _.toPath(at).reduce<unknown>((part, key) => _.get(bare(part), key), literal);
  if (!Array.isArray(bare(list)) && !isExpr(list)) throw new DefinitionError(place, `has no list at ${at}`);
}

type ReadHeaders = (scope: Scope) => Record<string, string>;

function compileHeaders(headers: Headers, contentType: string | undefined, binding: Binding): ReadHeaders {
  if (isExpr(headers)) return compileOpenHeaders(headers[EXPRESSION], contentType, binding);
  return compileNamedHeaders(withContentType(headers, contentType, binding.target), binding);
}

function withContentType(headers: NamedHeaders, contentType: string | undefined, place: string): NamedHeaders {
  const wrong = Object.keys(headers).find((name) => !HEADER_NAME.test(name));
  if (wrong !== undefined) throw new ConfigError('config', `${JSON.stringify(wrong)} is not a valid header name`);
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (new Set(names).size < names.length) throw new DefinitionError(place, 'repeats a header');
  if (contentType === undefined || names.includes('content-type')) return headers;
  return { 'Content-Type': contentType, ...headers };
}

/** The characters of an HTTP field value: visible Latin-1, spaces and tabs. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const authType = (auth: Mapped<Auth>): Auth['type'] => (auth as Auth).type;

/** What the sender must add depends on the config alone. */
function compileAuth(auth: Mapped<Auth>, binding: Binding): (scope: Scope) => Auth {
  const read = binding.at('auth', () => compileLiteral(auth, binding)) as (scope: Scope) => Auth;
  return binding.perConfig((scope) => checkedAuth(read(scope)));
}

/** The sender writes the user as quoted text in a header. */
function checkedAuth(auth: Auth): Auth {
  if (auth.type === 'wsse' && (!HEADER_VALUE.test(auth.user) || /["\\]/.test(auth.user))) {
    throw new ConfigError('config', 'a field of the config has a character that the header X-WSSE cannot carry');
  }
  return auth;
}

function compileNamedHeaders(headers: NamedHeaders, binding: Binding): ReadHeaders {
  const constant: [name: string, value: string | Node][] = [];
  const expressions: [name: string, node: Node][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const node = isExpr(value) ? value[EXPRESSION] : undefined;
    if (node === undefined || isInserted(node)) constant.push([name, node ?? (value as string)]);
    else expressions.push([name, node]);
  }
  const readConstant = compileConstantHeaders(constant, binding);
  if (expressions.length === 0) return readConstant;
  const dynamic = expressions.map(([name, node]) => ({
    name,
    read: binding.at(name, () => compileHeader(name, node, binding)),
  }));
  return (scope) => {
    const result = { ...readConstant(scope) };
    for (const { name, read } of dynamic) {
      const value = read(scope);
      if (value !== undefined) result[name] = value;
    }
    return result;
  };
}

/** The headers that the definition and the config decide, built once per config. */
function compileConstantHeaders(
  headers: readonly (readonly [name: string, value: string | Node])[],
  binding: Binding,
): ReadHeaders {
  const checked = (name: string, value: string) => {
    if (HEADER_VALUE.test(value)) return value;
    throw new ConfigError('config', `a field of the config has a character that the header ${name} cannot carry`);
  };
  const reads = headers.map(([name, value]) => {
    if (typeof value === 'string') return [name, binding.at(name, () => binding.fixed(checked(name, value)))] as const;
    const read = value.compile(binding);
    return [
      name,
      binding.at(name, () => binding.insertedValue((scope) => checked(name, String(read(scope))))),
    ] as const;
  });
  const make = (scope: Scope) => Object.fromEntries(reads.map(([name, read]) => [name, read(scope)]));
  return binding.perConfig(make);
}

function compileHeader(name: string, node: Node, binding: Binding): (scope: Scope) => string | undefined {
  binding.decides(node);
  const read = node.compile(binding);
  return binding.feeds(node, (scope) => {
    const value = read(scope);
    return isPresent(value) ? checkedHeader(name, String(value), () => originOf(node, scope)) : undefined;
  });
}

/** A valid HTTP field name. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** Headers about the end of a message, its encoding and its recipient. The sender sets them. */
const FRAMING = new Set([
  ...['connection', 'content-encoding', 'content-length', 'expect', 'host', 'keep-alive', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade'],
]);

const isFraming = (name: string): boolean => FRAMING.has(name) || name.startsWith('proxy-');

/** A header's name in lower case; empty if no event may set such a header. */
const foldedName = remembered((name) => {
  const folded = name.toLowerCase();
  return HEADER_NAME.test(name) && !isFraming(folded) ? folded : '';
});

/** Headers whose names the event decides. Of several that differ only in case, the first is sent. */
function compileOpenHeaders(node: Node, contentType: string | undefined, binding: Binding): ReadHeaders {
  const readConstant = binding.fixedFields(contentType === undefined ? {} : { 'Content-Type': contentType });
  const read = compileOpen(node, binding);
  binding.decides(node);
  return (scope) => {
    const given = read(scope) as Record<string, string>;
    const result: Record<string, string> = {};
    const taken = new Set<string>();
    for (const name in given) {
      const folded = foldedName(name);
      if (folded === '') throw framed(originOf(node, scope));
      if (taken.has(folded)) continue;
      taken.add(folded);
      const value = checkedHeader(name, given[name] as string, () => originOf(node, scope));
      setOwn(result, name, value);
    }
    return taken.has('content-type') ? result : { ...readConstant(scope), ...result };
  };
}

function framed(path: string | undefined): MappingFailure {
  const what = path ?? 'a value';
  return new MappingFailure('VALUE_INVALID', `${what} sets a header that only the sender may set`, path);
}

function checkedHeader(name: string, value: string, origin: () => string | undefined): string {
  if (HEADER_VALUE.test(value)) return value;
  const path = origin();
  throw new MappingFailure(
    'VALUE_INVALID',
    `${path ?? 'a value'} has a character that the header ${name} cannot carry`,
    path,
  );
}
