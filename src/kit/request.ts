import type { PlacedRequest } from '../core/definition.ts';
import { isPresent } from '../core/json.ts';
import { ConfigError, MappingFailure, type Body, type FormValue, type Request } from '../core/outcome.ts';
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
import { compileLiteral, type Mapped } from './literal.ts';
import { compileCondition } from './structure.ts';
import { compileUrl, type UrlTemplate } from './url.ts';

/** What the type of a form must be like. */
type FormOf<T> = { [K in keyof T]?: FormValue };

interface RequestParts {
  url: UrlTemplate;
  headers?: Record<string, string | Expr<string | undefined>>;
  query?: Record<string, string | number | boolean | Expr<string | number | boolean | undefined>>;
}

interface RequestLiteral extends RequestParts {
  kind: 'request';
  method: string;
  contentType: string | undefined;
  body: { json?: unknown; form?: unknown } | undefined;
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
    json: <T = never>(parts: RequestParts & { body: Mapped<NoInfer<T>> }): RequestNode => {
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

  constructor(binding: Binding, isAllowed: (host: string) => boolean) {
    this.#binding = binding;
    this.#isAllowed = isAllowed;
  }

  /** How many places have been compiled. */
  get places(): number {
    return this.#places;
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

  #request({ method, url, headers = {}, query = {}, contentType, body }: RequestLiteral): Emit {
    const binding = this.#binding;
    const place = this.#places++;
    const within = <T>(part: string, compile: () => T) => binding.at(`requests[${String(place)}]${part}`, compile);

    within('', () => {
      binding.dependsOnConditions();
    });
    const readUrl = within('.url', () => compileUrl(url, this.#isAllowed, binding));
    const readHeaders = within('.headers', () => compileHeaders(withContentType(headers, contentType), binding));
    const readQuery = within('.query', () => compileLiteral(query, binding)) as (scope: Scope) => Request['query'];
    const readBody = body && within('.body', () => compileLiteral(body, binding));
    return (scope, out) => {
      const request: Request = { method, url: readUrl(scope), headers: readHeaders(scope), query: readQuery(scope) };
      if (readBody !== undefined) request.body = readBody(scope) as Body;
      out.push({ place, request });
    };
  }
}

type Headers = Record<string, string | Expr<string | undefined>>;

function withContentType(headers: Headers, contentType: string | undefined): Headers {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  if (new Set(names).size < names.length) throw new Error('a header is given twice');
  if (contentType === undefined || names.includes('content-type')) return headers;
  return { 'Content-Type': contentType, ...headers };
}

/** What an HTTP field value may carry: visible characters of Latin-1, spaces and tabs. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function compileHeaders(headers: Headers, binding: Binding): (scope: Scope) => Record<string, string> {
  const constant: Record<string, string> = {};
  const dynamic: { name: string; node: Node; read: (scope: Scope) => unknown }[] = [];
  for (const [name, value] of Object.entries(headers)) {
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

function checkedHeader(name: string, value: string, path: string | undefined): string {
  if (HEADER_VALUE.test(value)) return value;
  throw new MappingFailure(
    'VALUE_INVALID',
    `${path ?? 'a value'} has a character that the header ${name} cannot carry`,
    path,
  );
}
