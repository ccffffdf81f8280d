import _ from 'lodash';
import type { BatchRule, PlacedRequest } from '../core/definition.ts';
import { isPresent } from '../core/json.ts';
import { ConfigError, MappingFailure, type Auth, type Body, type FormValue, type Request } from '../core/outcome.ts';
import {
  EXPRESSION,
  isExpr,
  itemOf,
  Expression,
  originOf,
  type Binding,
  type Expr,
  type Node,
  type Scope,
} from './expression.ts';
import { compileLiteral, compileOpen, type Mapped } from './literal.ts';
import { compileCondition } from './structure.ts';
import { compileUrl, type UrlTemplate } from './url.ts';

/** What the type of a form must be like. */
type FormOf<T> = { [K in keyof T]?: FormValue };

type NamedHeaders = Record<string, string | Expr<string | undefined> | undefined>;

/** Headers by their names, or an expression for all of them where the event decides their names. */
type Headers = NamedHeaders | Expr<Record<string, string>>;

type ReadHeaders = (scope: Scope) => Record<string, string>;

interface RequestParts {
  url: UrlTemplate;
  headers?: Headers;
  query?: Record<string, string | number | boolean | Expr<string | number | boolean | undefined>>;
  /** What is to be done to the request when it is sent. */
  auth?: Auth | undefined;
}

/** A request with a JSON body may be merged with those of other events. */
interface JsonParts<T> extends RequestParts {
  body: Mapped<T>;
  /** How; absent where the vendor takes one event at a time. */
  batch?: BatchRule | undefined;
}

interface RequestLiteral extends RequestParts {
  kind: 'request';
  method: string;
  contentType: string | undefined;
  body: { json?: unknown; form?: unknown } | undefined;
  batch?: BatchRule | undefined;
}

interface Given {
  kind: 'given';
  condition: Node;
  requests: readonly RequestNode[];
  otherwise: readonly RequestNode[];
}

interface Each {
  kind: 'each';
  list: Node;
  item: Node;
  requests: readonly RequestNode[];
}

interface Custom {
  kind: 'custom';
  from: readonly Node[];
  make: (...values: unknown[]) => readonly Request[];
}

/** A request, or requests under a condition or for each element of a list. */
export type RequestNode = RequestLiteral | Given | Each | Custom;

function builders(method: string) {
  return {
    /** A request with a JSON body; the type argument is the vendor's type of it. */
    json: <T = never>(parts: JsonParts<NoInfer<T>>): RequestNode => {
      const { body, ...others } = parts;
      return { kind: 'request', method, contentType: 'application/json', ...others, body: { json: body } };
    },
    /** A request with a form as its body; the type argument is the vendor's type of it. */
    form: <T extends FormOf<T> = never>(parts: RequestParts & { body: Mapped<NoInfer<T>> }): RequestNode => {
      const { body, ...others } = parts;
      const contentType = 'application/x-www-form-urlencoded';
      return { kind: 'request', method, contentType, ...others, body: { form: body } };
    },
    /** A request without a body. */
    empty: (parts: RequestParts): RequestNode => ({
      kind: 'request',
      method,
      contentType: undefined,
      ...parts,
      body: undefined,
    }),
  };
}

export const get = builders('GET');
export const post = builders('POST');
export const put = builders('PUT');
export const patch = builders('PATCH');
export const del = builders('DELETE');

/**
 * The value of an Authorization header with a user and a password, or a key in the place of the user.
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function basic(user: string, password = ''): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/**
 * Requests that are made only where a value is, and others where it is not.
 * @param requests runs once, when a config is bound, on a value that stands for the event's
 */
export function given<T>(
  expr: Expr<T>,
  requests: (value: Expr<Exclude<T, undefined | null>>) => readonly RequestNode[],
  otherwise: readonly RequestNode[] = [],
): RequestNode {
  const value = expr.once() as Expr<Exclude<T, undefined | null>>;
  return { kind: 'given', condition: value[EXPRESSION], requests: requests(value), otherwise };
}

/** One set of requests per element of a list. */
export function each<T>(
  list: Expr<readonly T[] | undefined>,
  requests: (item: Expr<T>) => readonly RequestNode[],
): RequestNode {
  const node = list[EXPRESSION];
  const item = itemOf(node);
  return { kind: 'each', list: node, item, requests: requests(new Expression<T>(item)) };
}

/**
 * Requests that only code can make.
 * @param from the expressions it reads; nothing else may enter
 * @param make is pure and gets the values in the same order
 */
export function custom(
  from: readonly Expr<unknown>[],
  make: (...values: unknown[]) => readonly Request[],
): RequestNode {
  return { kind: 'custom', from: from.map((expr) => expr[EXPRESSION]), make };
}

/** Builds requests for one event, appending them. */
export type Emit = (scope: Scope, out: PlacedRequest[]) => void;

/** Compiles the requests of a definition, numbering them by their place in it. */
export class RequestCompiler {
  readonly #binding: Binding;
  readonly #isAllowed: (host: string) => boolean;
  #places = 0;
  #mayBatch = false;

  constructor(binding: Binding, isAllowed: (host: string) => boolean) {
    this.#binding = binding;
    this.#isAllowed = isAllowed;
  }

  /** How many places have been compiled. */
  get places(): number {
    return this.#places;
  }

  /** Whether a request has been compiled that may be merged with others. */
  get mayBatch(): boolean {
    return this.#mayBatch;
  }

  /** @throws {ConfigError} when the config makes a request that must not be sent */
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
      case 'custom':
        return this.#custom(node);
    }
  }

  #given({ condition, requests, otherwise }: Given): Emit {
    const holds = compileCondition(condition, this.#binding);
    const [emit, emitOtherwise] = this.#binding.under(condition, () => [
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
    const emit = this.#binding.under(list, () => this.compile(requests));
    return (scope, out) => {
      const items = read(scope);
      if (!Array.isArray(items)) return;
      for (const element of items) {
        scope.slots[slot] = element;
        emit(scope, out);
      }
    };
  }

  #custom({ from, make }: Custom): Emit {
    const place = this.#places++;
    const reads = this.#binding.at(`requests[${String(place)}]`, () =>
      from.map((node) => {
        this.#binding.feeds(node);
        return node.compile(this.#binding);
      }),
    );
    return (scope, out) => {
      for (const request of make(...reads.map((read) => read(scope)))) {
        const { hostname } = new URL(request.url);
        if (!this.#isAllowed(hostname)) throw new Error(`a custom request goes to ${hostname}`);
        out.push({ place, request });
      }
    };
  }

  #request({ method, url, headers = {}, query = {}, contentType, body, auth, batch }: RequestLiteral): Emit {
    const binding = this.#binding;
    const place = this.#places++;
    const within = <T>(part: string, compile: () => T) => binding.at(`requests[${String(place)}]${part}`, compile);

    within('', () => {
      binding.dependsOnConditions();
    });
    const readUrl = within('.url', () => compileUrl(url, this.#isAllowed, binding));
    const readHeaders = within('.headers', () => compileHeaders(headers, contentType, binding));
    const readQuery = within('.query', () => compileLiteral(query, binding)) as (scope: Scope) => Request['query'];
    const readBody = body && within('.body', () => compileLiteral(body, binding));
    if (batch !== undefined) {
      checkList({ body }, batch);
      this.#mayBatch = true;
    }
    return (scope, out) => {
      const request: Request = { method, url: readUrl(scope), headers: readHeaders(scope), query: readQuery(scope) };
      if (readBody !== undefined) request.body = readBody(scope) as Body;
      if (auth !== undefined) request.auth = auth;
      out.push(batch === undefined ? { place, request } : { place, request, batch });
    };
  }
}

/** A batch grows in a list, so there must be one. */
export function checkList(literal: object, { at }: BatchRule): void {
  const list: unknown = _.get(literal, at);
  if (!Array.isArray(list) && !isExpr(list)) throw new Error(`there is no list at ${at} of a request`);
}

function compileHeaders(headers: Headers, contentType: string | undefined, binding: Binding): ReadHeaders {
  if (isExpr(headers)) return compileOpenHeaders(headers[EXPRESSION], contentType, binding);
  return compileNamedHeaders(withContentType(headers, contentType), binding);
}

function withContentType(headers: NamedHeaders, contentType: string | undefined): NamedHeaders {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (new Set(names).size < names.length) throw new Error('a header is given twice');
  if (contentType === undefined || names.includes('content-type')) return headers;
  return { 'Content-Type': contentType, ...headers };
}

/** What an HTTP field value may carry: visible characters of Latin-1, spaces and tabs. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function compileNamedHeaders(headers: NamedHeaders, binding: Binding): ReadHeaders {
  const constant: Record<string, string> = {};
  const dynamic: { name: string; node: Node; read: (scope: Scope) => unknown }[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    if (isExpr(value)) {
      const node = value[EXPRESSION];
      binding.at(`${binding.target}.${name}`, () => {
        binding.feeds(node);
      });
      binding.decides(node);
      dynamic.push({ name, node, read: node.compile(binding) });
    } else if (HEADER_VALUE.test(value)) {
      constant[name] = value;
    } else {
      throw new ConfigError('config', `the header ${name} would carry a character that headers cannot`);
    }
  }
  if (dynamic.length === 0) return () => constant;
  return (scope) => {
    const result = { ...constant };
    for (const { name, node, read } of dynamic) {
      const value = read(scope);
      if (isPresent(value)) result[name] = checkedHeader(name, String(value), originOf(node, scope));
    }
    return result;
  };
}

/** What an HTTP field name may be. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** Headers that say where a message ends or whom it is for; whoever sends it sets them. */
const FRAMING = new Set(['connection', 'content-length', 'host', 'transfer-encoding', 'upgrade']);

/** Headers whose names the event decides; of several that differ only in case the last is sent. */
function compileOpenHeaders(node: Node, contentType: string | undefined, binding: Binding): ReadHeaders {
  const read = compileOpen(node, binding);
  binding.decides(node);
  return (scope) => {
    const given = Object.entries(read(scope) as Record<string, string>);
    if (contentType !== undefined) given.unshift(['Content-Type', contentType]);
    const result = new Map<string, readonly [string, string]>();
    for (const [name, value] of given) {
      const path = originOf(node, scope);
      const folded = name.toLowerCase();
      if (!HEADER_NAME.test(name) || FRAMING.has(folded)) {
        throw new MappingFailure('VALUE_INVALID', `${path ?? 'a value'} sets a header that cannot be set`, path);
      }
      result.set(folded, [name, checkedHeader(name, value, path)]);
    }
    return Object.fromEntries(result.values());
  };
}

function checkedHeader(name: string, value: string, path: string | undefined): string {
  if (HEADER_VALUE.test(value)) return value;
  throw new MappingFailure(
    'VALUE_INVALID',
    `${path ?? 'a value'} has a character that the header ${name} cannot carry`,
    path,
  );
}
