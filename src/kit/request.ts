import _ from 'lodash';
import type { z } from 'zod';

import type { Effect } from '../contract/dialogue.ts';
import type { Auth, FormValue } from '../contract/requests.ts';
import type { BatchRule } from '../core/definition.ts';
import type { Reply } from '../core/dialogue.ts';
import type { Warn } from '../core/warnings.ts';
import { constant, type Expr, EXPRESSION, Expression, isExpr, itemOf, joined, type Node } from './expression.ts';
import type { Scalar } from './guards.ts';
import type { Mapped, rest } from './literal.ts';
import type { UrlTemplate } from './url.ts';

/** What a form's type may contain. */
type FormOf<T> = { [K in keyof T]?: FormValue };

export type NamedHeaders = Record<string, string | Expr<string | undefined> | undefined>;

/** Headers by name, or an expression for all headers if the event decides their names. */
export type Headers = NamedHeaders | Expr<Record<string, string>>;

/** Parameters by name. `rest` has those whose names the event decides. */
interface Query {
  [name: string]: Scalar | Expr<Scalar | undefined> | undefined;
  [rest]?: Expr<Record<string, Scalar> | undefined>;
}

interface RequestParts {
  url: UrlTemplate;
  headers?: Headers;
  query?: Query;
  /** What the sender must add to the request. */
  auth?: Mapped<Auth> | undefined;
}

/** How a request merges with those of other events. */
interface Merging extends Omit<BatchRule, 'isOther'> {
  /** The merged request, if it differs. It has the list that grows. */
  as?: RequestLiteral;
}

/** A request with a body may merge with those of other events. */
interface BodyParts<T> extends RequestParts {
  body: Mapped<T>;
  /** The maximum number of bytes that the vendor accepts for one event, if it is low. */
  maxBytes?: number;
  /** How it merges. Absent if the vendor accepts one event at a time. */
  batch?: Merging | undefined;
}

/** A request as the builders make it. */
export interface RequestLiteral extends RequestParts {
  kind: 'request';
  method: string;
  contentType: string | undefined;
  body: { json?: unknown; form?: unknown } | undefined;
  maxBytes?: number;
  batch?: Merging | undefined;
}

export interface Given {
  kind: 'given';
  condition: Node;
  requests: readonly RequestNode[];
  otherwise: readonly RequestNode[];
}

export interface Each {
  kind: 'each';
  list: Node;
  item: Node;
  requests: readonly RequestNode[];
}

/** A call to the vendor whose answer decides how the dialogue continues. `T` is the part of the answer that is read. */
export interface Step<T> {
  kind: 'step';
  effect: Effect;
  request: RequestLiteral;
  schema: z.ZodType<T>;
  isShared: boolean;
  handles: readonly number[];
}

declare const readType: unique symbol;

/** A step with all its values, to ask or to return as a remaining request. */
export interface Ready<T> {
  readonly [readType]?: T;
}

/** The end of a dialogue if the vendor lacks what the event requires. */
export interface Denial {
  readonly denial: string;
}

/** A dialogue in progress: it yields simultaneous asks, and receives their answers. */
export type Flow<Result> = Generator<readonly Ready<unknown>[], Result, readonly Reply[]>;

export type AnyStep = Step<unknown> | RequestLiteral;
/**
 * A step that depends on answers. The function runs once, when the config is bound, on placeholders for those values.
 */
export type WithInputs = (inputs: never) => AnyStep;
export type StepDefinitions = Record<string, AnyStep | WithInputs>;

export type Facts = Record<string, Expr<unknown>>;

/** Steps and the generator that selects among them, without their types. */
export interface DialogueNode {
  kind: 'dialogue';
  steps: StepDefinitions;
  facts: Facts;
  choose: (steps: never, facts: never, warn: Warn) => Flow<readonly Ready<unknown>[] | Denial>;
}

/** A request, or requests under a condition, for each element of a list, or after a dialogue. */
export type RequestNode = RequestLiteral | Given | Each | DialogueNode;

/** What is sent for an event: one request, or several in order. */
export type Requests = RequestNode | readonly RequestNode[];

function builders(method: string) {
  return {
    /** A request with a JSON body. Pass the vendor's type as the type argument if it says more than the literal. */
    json: <T = unknown>(parts: BodyParts<NoInfer<T>>): RequestLiteral => {
      const { body, ...others } = parts;
      return { kind: 'request', method, contentType: 'application/json', ...others, body: { json: body } };
    },
    /** A request with a form as its body. The type argument is as for JSON. */
    form: <T extends FormOf<T> = Record<string, FormValue>>(parts: BodyParts<NoInfer<T>>): RequestLiteral => {
      const { body, ...others } = parts;
      const contentType = 'application/x-www-form-urlencoded';
      return { kind: 'request', method, contentType, ...others, body: { form: body } };
    },
    /** A request without a body. */
    empty: (parts: RequestParts): RequestLiteral => ({
      kind: 'request',
      method,
      contentType: undefined,
      ...parts,
      body: undefined,
    }),
  };
}

/** One or several requests, as a list. */
export const listed = (requests: Requests): readonly RequestNode[] => _.castArray(requests);

/**
 * Builds GET requests.
 * @example
 * get.empty({ url: url`https://api.acme.example/companies/${event.groupId}` }) // ['GET https://api.acme.example/companies/acme-42']
 */
export const get = builders('GET');
/**
 * Builds POST requests.
 * @example
 * post.json({ url: url`https://api.acme.example/companies`, body: { id: event.groupId } })
 * // ['POST https://api.acme.example/companies {"id":"acme-42"}']
 */
export const post = builders('POST');
/**
 * Builds PUT requests.
 * @example
 * put.json({ url: url`https://api.acme.example/companies`, body: { id: event.groupId } })
 * // ['PUT https://api.acme.example/companies {"id":"acme-42"}']
 */
export const put = builders('PUT');
/**
 * Builds PATCH requests.
 * @example
 * patch.json({ url: url`https://api.acme.example/companies`, body: { id: event.groupId } })
 * // ['PATCH https://api.acme.example/companies {"id":"acme-42"}']
 */
export const patch = builders('PATCH');
/**
 * Builds DELETE requests.
 * @example
 * del.empty({ url: url`https://api.acme.example/companies/${event.groupId}` }) // ['DELETE https://api.acme.example/companies/acme-42']
 */
export const del = builders('DELETE');

/**
 * The value of an Authorization header with a user and a password. A key may replace the user.
 * @see https://www.rfc-editor.org/rfc/rfc7617
 * @example
 * basic('user', 'password') // 'Basic dXNlcjpwYXNzd29yZA=='
 */
export function basic(user: string | Expr<string>, password: string | Expr<string> = ''): Expr<string> {
  const parts = [user, password].map((part) => (isExpr(part) ? part : constant(part))[EXPRESSION]);
  return new Expression({
    ...joined(parts),
    compile: (binding) => {
      const reads = parts.map((part) => part.compile(binding));
      return (scope) => {
        const credentials = reads.map((read) => String(read(scope))).join(':');
        return `Basic ${Buffer.from(credentials).toString('base64')}`;
      };
    },
  });
}

/**
 * Requests to send only if a value is present, and others if it is not.
 * @param requests a function if they use the value; it runs once, when a config is bound, on an expression for the
 * event's value
 * @example
 * given(event.userId, (id) => put.empty({ url: url`https://api.acme.example/users/${id}` })) // ['PUT https://api.acme.example/users/u-7']
 * given(event.anonymousId, [], get.empty({ url: url`https://api.acme.example/ping` })) // ['GET https://api.acme.example/ping']
 */
export function given<T>(
  expr: Expr<T>,
  requests: Requests | ((value: Expr<Exclude<T, undefined | null>>) => Requests),
  otherwise: Requests = [],
): RequestNode {
  const value = expr.once() as Expr<Exclude<T, undefined | null>>;
  return {
    kind: 'given',
    condition: value[EXPRESSION],
    requests: listed(typeof requests === 'function' ? requests(value) : requests),
    otherwise: listed(otherwise),
  };
}

/**
 * One set of requests for each element of a list.
 * @example
 * each(trait('tags').listOf(text), (tag) => put.empty({ url: url`https://api.acme.example/tags/${tag}` }))
 * // ['PUT https://api.acme.example/tags/crm', 'PUT https://api.acme.example/tags/eu']
 */
export function each<T>(list: Expr<readonly T[] | undefined>, requests: (item: Expr<T>) => Requests): RequestNode {
  const node = list[EXPRESSION];
  const item = itemOf(node);
  return { kind: 'each', list: node, item, requests: listed(requests(new Expression<T>(item))) };
}
