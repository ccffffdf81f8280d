import _ from 'lodash';

import { isJsonObject, type JsonObject, setOwn } from '../core/json.ts';
import { ANY_ELEMENT, ANY_KEY } from '../core/lineage.ts';
import { shaper } from '../core/shape.ts';
import { type Binding, type Expr, EXPRESSION, isExpr, isInserted, type Node } from './expression.ts';
import type { Fill, Read } from './scope.ts';

/**
 * The key of a literal that takes, from an expression, the fields that the literal does not name. It is allowed only if
 * the vendor's type is open, which means that it has an index signature.
 * @example
 * ({ name: trait.name.as(text), [rest]: traits.pick('name', 'plan', 'seats') }) // { name: 'Acme', plan: 'pro', seats: '63' }
 */
export const rest: unique symbol = Symbol.for('group-transformer.rest') as never;

type Primitive = string | number | boolean | null | undefined;

/** A literal of the vendor's type `T` in which expressions may replace values at every level. */
export type Mapped<T> = Expr<T> | Literal<T>;

type Literal<T> = unknown extends T
  ? MappedJson
  : T extends Primitive
    ? T
    : T extends readonly (infer Item)[]
      ? Mapped<Item>[]
      : ObjectLiteral<T>;

type MappedJson = Primitive | MaybeExpr[] | { [key: string]: MaybeExpr; [rest]?: Expr<unknown> };
type MaybeExpr = MappedJson | Expr<unknown>;

/** The type that requires no key, and so extends every other type that requires none. */
type Nothing = {};

/** Whether a key is an index signature, and not a named key. */
type IsOpen<Key> = Nothing extends Record<Key & PropertyKey, 1> ? true : false;

// Mapped over `keyof T` itself: only this keeps optional keys optional.
type NamedFields<T> = {
  [K in keyof T as IsOpen<K> extends true ? never : K]: Nothing extends Pick<T, K>
    ? Mapped<Exclude<T[K], undefined>> | Expr<T[K] | undefined> | undefined
    : Mapped<T[K]>;
};

/** The values that the index signatures of `T` allow; never if it has none. */
type OpenValue<T> = { [K in keyof T]: IsOpen<K> extends true ? T[K] : never }[keyof T];

type ObjectLiteral<T> = ([keyof NamedFields<T>] extends [never]
  ? { [K in keyof T]: Mapped<T[K]> | Expr<T[K] | undefined> | undefined }
  : NamedFields<T>) &
  ([OpenValue<T>] extends [never] ? unknown : { [rest]?: Expr<Record<string, OpenValue<T>> | undefined> }) & {
    // Without this, a misspelt key that happens to be a method of Expr would pass for one.
    [K in Exclude<keyof Expr<unknown>, keyof T>]?: never;
  };

/**
 * Compiles a literal, and records the lineage of its leaves under the binding's target. Absent leaves are left out of
 * their object or list. Objects and lists stay, even if they are empty.
 */
export function compileLiteral(literal: unknown, binding: Binding): Read {
  if (isExpr(literal)) return compileLeaf(literal[EXPRESSION], binding);
  if (Array.isArray(literal)) return compileList(literal, binding);
  if (isJsonObject(literal)) return compileObject(literal, binding);
  return binding.fixed(literal);
}

/** A literal without the wrappers that only describe it. */
export function bare(literal: unknown): unknown {
  const inner = isExpr(literal) ? literal[EXPRESSION].literal : undefined;
  return inner === undefined ? literal : bare(inner);
}

/** The expressions in a literal. */
export function nodesIn(literal: unknown): Node[] {
  if (isExpr(literal)) return [literal[EXPRESSION]];
  if (Array.isArray(literal)) return literal.flatMap(nodesIn);
  if (!isJsonObject(literal)) return [];
  return [...Object.values(literal), (literal as { [rest]?: unknown })[rest]].flatMap(nodesIn);
}

/** Compiles an expression as a value. Null counts only if it is declared as clearable. */
export function compileLeaf(node: Node, binding: Binding): Read {
  if (node.compileParts !== undefined) return node.compileParts(binding);
  const read = node.compile(binding);
  if (isInserted(node)) return binding.insertedValue(read);
  return binding.feeds(node, (scope) => {
    const value = read(scope);
    return value === '' || (value === null && node.clearable !== true) ? undefined : value;
  });
}

function compileList(literal: readonly unknown[], binding: Binding): Read {
  // Absent elements shift those after them.
  const isFixed = !literal.map(bare).some(isExpr);
  const reads = literal.map((element, index) =>
    binding.at(isFixed ? index : ANY_ELEMENT, () => compileLiteral(element, binding)),
  );
  return (scope) => {
    const list: unknown[] = [];
    for (const read of reads) {
      const value = read(scope);
      if (value !== undefined) list.push(value);
    }
    return list;
  };
}

function compileObject(literal: JsonObject & { [rest]?: unknown }, binding: Binding): Read {
  const keys = Object.keys(literal).filter((key) => literal[key] !== undefined);
  const reads = keys.map((key) => binding.at(key, () => compileLiteral(literal[key], binding)));
  const others = literal[rest];
  const fill = isExpr(others) ? compileRest(others[EXPRESSION], literal, new Set(keys), binding) : undefined;
  const count = keys.length;
  // Decided here, since every field of every event passes through the loop.
  const isSafe = !keys.includes('__proto__');
  const shaped = shaper();
  return (scope) => {
    const object: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const value = (reads[i] as Read)(scope);
      if (value === undefined) continue;
      if (isSafe) object[keys[i] as string] = value;
      else setOwn(object, keys[i] as string, value);
    }
    fill?.(scope, object as JsonObject);
    return shaped(object);
  };
}

/** Compiles the writer of the fields that a literal does not name. */
function compileRest(node: Node, literal: object, named: ReadonlySet<string>, binding: Binding): Fill {
  const sharing = node.sharesRoom === true ? nodesIn(literal) : [];
  return binding.at(ANY_KEY, () => {
    const fill = node.compileInto?.(binding, named) ?? fillFrom(node.compile(binding), named);
    return binding.feedsInto(node, sharing, fill);
  });
}

function fillFrom(read: Read, named: ReadonlySet<string>): Fill {
  return (scope, object) => {
    const fields = read(scope) as JsonObject | undefined;
    for (const key in fields) if (!named.has(key)) setOwn(object, key, fields[key]);
  };
}

/** Compiles an expression that gives its own keys. */
export function compileOpen(node: Node, binding: Binding): Read {
  return binding.at(ANY_KEY, () => compileLeaf(node, binding));
}

/** Whether the result of a literal is empty. The result of an expression is not, unless it is the literal. */
export function isEmptyLiteral(worded: unknown, value: unknown): boolean {
  const literal = bare(worded);
  if (value === undefined) return true;
  if (isExpr(literal) || Array.isArray(literal)) return typeof value === 'object' && _.isEmpty(value);
  if (!isJsonObject(literal) || !isJsonObject(value)) return false;
  return Object.keys(value).every((key) => !isExpr(bare(literal[key])) && isEmptyLiteral(literal[key], value[key]));
}
