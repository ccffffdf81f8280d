import _ from 'lodash';

import { isPresent, type Json, type JsonObject, setOwn } from '../core/json.ts';
import { shaper } from '../core/shape.ts';
import type { Converter } from './converters/converter.ts';
import { DefinitionError } from './error.ts';
import { type Binding, constant, type Expr, EXPRESSION, Expression, isExpr, joined, type Node } from './expression.ts';
import { type Fields, fieldsOf } from './fields.ts';
import type { Scalar } from './guards.ts';
import { compileLiteral, compileOpen, isEmptyLiteral, type Mapped, nodesIn, rest } from './literal.ts';
import type { Read, Scope } from './scope.ts';

/** A place that may stay empty. */
type MaybeMapped<T> = Mapped<T> | Expr<T | undefined>;

const nodeOf = (expr: Expr<unknown>): Node => expr[EXPRESSION];

/** Whether a value counts as a condition. Absent values, false, and empty lists and objects don't. */
function holds(value: unknown): boolean {
  if (!isPresent(value) || value === false) return false;
  return typeof value !== 'object' || value instanceof Date || !_.isEmpty(value);
}

/** Compiles an expression to whether it holds. */
export function compileCondition(node: Node, binding: Binding): (scope: Scope) => boolean {
  const read = node.compile(binding);
  return (scope) => holds(read(scope));
}

/** An expression for a literal, or for parts of one. Inside another literal, its leaves record their own lineage. */
function structure<T>(literal: unknown, compileParts: (binding: Binding) => Read): Expr<T> {
  const compile = (binding: Binding) => binding.quietly(() => compileParts(binding));
  return new Expression<T>({ ...joined(nodesIn(literal)), compile, compileParts });
}

function predicate(exprs: readonly Expr<unknown>[], test: (values: readonly unknown[]) => boolean): Expr<boolean> {
  const nodes = exprs.map(nodeOf);
  return new Expression<boolean>({
    ...joined(nodes),
    compile: (binding) => {
      const reads = nodes.map((node) => node.compile(binding));
      return (scope) => test(reads.map((read) => read(scope)));
    },
  });
}

/**
 * The first of several values that is present.
 * @example
 * first(trait('nothing'), trait.plan, trait.name) // 'pro'
 */
export function first<T>(...exprs: Expr<T>[]): Expr<T> {
  const [start, ...others] = exprs;
  if (start === undefined) throw new DefinitionError('first', 'requires a value');
  return others.reduce<Expr<T>>((found, next) => found.or(next), start);
}

/**
 * Whether an expression has a value at all. Unlike in a condition, false and empty lists and objects are values.
 * @example
 * present(trait('tags')) // true
 * present(trait('nothing')) // false
 */
export const present = (expr: Expr<unknown>): Expr<boolean> => predicate([expr], ([value]) => isPresent(value));

/**
 * Whether none of the conditions holds.
 * @example
 * none(trait('nothing'), event.anonymousId) // true
 */
export const none = (...conditions: Expr<unknown>[]): Expr<boolean> =>
  predicate(conditions, (values) => !values.some(holds));

/**
 * Whether at least one of the conditions holds.
 * @example
 * any(trait.name, trait('nothing')) // true
 */
export const any = (...conditions: Expr<unknown>[]): Expr<boolean> =>
  predicate(conditions, (values) => values.some(holds));

/**
 * Whether all of the conditions hold.
 * @example
 * all(trait.name, trait.plan) // true
 * all(trait.name, trait('nothing')) // false
 */
export const all = (...conditions: Expr<unknown>[]): Expr<boolean> =>
  predicate(conditions, (values) => values.every(holds));

/**
 * The action that an event asks for: one word of a closed list. Any other value fails the event.
 * @param words the words, or all spellings of each
 * @param fallback the action if the event names none; without one, that fails the event too
 * @example
 * verb(trait('isPaying'), { add: [true, 'true'], remove: [false, 'false'] }) // 'add'
 * verb(trait('nothing'), ['add', 'remove'], 'add') // 'add'
 */
export function verb<const Word extends string>(
  expr: Expr<Json | undefined>,
  words: readonly Word[] | Readonly<Record<Word, readonly Scalar[]>>,
  fallback?: NoInfer<Word>,
): Expr<Word> {
  const isPlain = (list: typeof words): list is readonly Word[] => Array.isArray(list);
  const rows: readonly (readonly [Word, readonly Scalar[]])[] = isPlain(words)
    ? words.map((word) => [word, [word]] as const)
    : (Object.entries(words) as [Word, readonly Scalar[]][]);
  const spellings = new Map(rows.flatMap(([word, all]) => all.map((spelling) => [spelling, word] as const)));
  const listed: Converter<Word> = {
    name: 'oneOf',
    summary: `one of ${[...spellings.keys()].join(', ')}`,
    examples: [],
    convert: (value) => spellings.get(value as Scalar),
  };
  const [standing] = [...spellings].find(([, word]) => word === fallback) ?? [];
  return (standing === undefined ? expr : expr.default(standing)).as(listed).required();
}

/**
 * Whether a value is one of those given.
 * @example
 * is(trait.plan, 'pro', 'enterprise') // true
 */
export const is = (expr: Expr<unknown>, ...wanted: (string | number | boolean)[]): Expr<boolean> =>
  predicate([expr], ([value]) => wanted.includes(value as string));

/**
 * A literal that is present only if a condition holds.
 * @example
 * when(trait.plan, { vip: true }) // { vip: true }
 * when(trait('nothing'), { vip: true }) // undefined
 */
export function when<T>(condition: Expr<unknown>, literal: MaybeMapped<NoInfer<T>>): Expr<T | undefined> {
  return conditional(nodeOf(condition), literal);
}

/**
 * A literal built from a value, present only if the value is. The compiler checks the callback's result against the
 * vendor's type, but, as with any callback, doesn't reject extra keys.
 * @example
 * whenPresent(trait.plan, (plan) => ({ name: plan })) // { name: 'pro' }
 */
export function whenPresent<V, T>(
  expr: Expr<V>,
  literal: (value: Expr<Exclude<V, undefined | null>>) => MaybeMapped<NoInfer<T>>,
): Expr<T | undefined> {
  const value = expr.once() as Expr<Exclude<V, undefined | null>>;
  return conditional(nodeOf(value), literal(value));
}

function conditional<T>(condition: Node, literal: unknown): Expr<T | undefined> {
  // Messages name the first source, so the value comes before the condition.
  return structure([literal, new Expression(condition)], (binding) => {
    const test = compileCondition(condition, binding);
    const read = binding.under(condition, test, () => binding.dependsOnConditions(compileLiteral(literal, binding)));
    return (scope) => (test(scope) ? read(scope) : undefined);
  });
}

/**
 * Marks a part of a request that describes a person: a value, or a literal with everything in it. Lineage shows it. An
 * id that only links to the person needs no mark.
 * @example
 * ({ id: event.userId, email: aboutPerson(person.email) }) // { id: 'u-7', email: 'kim@acme.example' }
 */
export function aboutPerson<T>(described: Expr<T> | Mapped<NoInfer<T>>): Expr<T> {
  const marked = (compile: (binding: Binding) => Read) => (binding: Binding) =>
    binding.aboutPerson(() => compile(binding));
  if (!isExpr(described)) {
    const literal = structure<T>(
      described,
      marked((binding) => compileLiteral(described, binding)),
    );
    return new Expression<T>({ ...nodeOf(literal), literal: described });
  }
  const node: Node = { ...nodeOf(described), describesPerson: true };
  const { compileParts } = node;
  return new Expression<T>(compileParts === undefined ? node : { ...node, compileParts: marked(compileParts) });
}

/**
 * A literal that is absent if it is empty.
 * @example
 * omitEmpty({ a: trait('nothing'), b: { c: trait('nothing') } }) // undefined
 * omitEmpty({ plan: trait.plan }) // { plan: 'pro' }
 */
export function omitEmpty<T>(literal: MaybeMapped<NoInfer<T>>): Expr<T | undefined> {
  return structure(literal, (binding) => {
    const read = compileLiteral(literal, binding);
    return (scope) => {
      const value = read(scope);
      return isEmptyLiteral(literal, value) ? undefined : value;
    };
  });
}

/**
 * A list of the values that are present; empty if none is.
 * @example
 * compact(trait.plan, trait('nothing')) // ['pro']
 * compact(trait('nothing')) // []
 */
export function compact<T>(...items: Expr<T | undefined>[]): Expr<T[]> {
  return structure(items, (binding) => compileLiteral(items, binding));
}

/**
 * A list of the values that are present; absent if none is.
 * @example
 * concat(trait.plan, trait.name) // ['pro', 'Acme']
 * concat(trait('nothing')) // undefined
 */
export function concat<T>(...items: Expr<T | undefined>[]): Expr<T[] | undefined> {
  return omitEmpty<T[]>(compact(...items));
}

/**
 * An object with one key that the event decides. Absent if the key or the value is.
 * @example
 * entry(trait.plan.as(text), trait('seats')) // { pro: '63' }
 * entry(trait('nothing'), 1) // undefined
 */
export function entry<V>(key: Expr<string | undefined>, value: Expr<V | undefined> | Exclude<V, undefined>) {
  const nodes = [nodeOf(key), nodeOf(isExpr(value) ? value : constant(value))] as const;
  return new Expression<Record<string, V> | undefined>({
    ...joined(nodes),
    compile: (binding) => {
      const [readKey, readValue] = nodes.map((node) => node.compile(binding)) as [Read, Read];
      return (scope) => {
        const name = readKey(scope);
        const content = readValue(scope);
        if (!isPresent(name) || !isPresent(content)) return undefined;
        const object = {};
        setOwn(object, String(name), content);
        return object;
      };
    },
  });
}

/**
 * One object with the fields of several, in order. If several have a field, the first wins. It is present even if they
 * are not.
 * @example
 * union({ plan: 'none' }, traits.pick('plan', 'seats')) // { plan: 'none', seats: '63' }
 */
export function union<V = Json>(
  ...parts: (Expr<Record<string, V> | undefined> | Record<string, Expr<V | undefined> | V>)[]
): Fields<V> & Expr<Record<string, V>> {
  const { [EXPRESSION]: node } = structure(parts, (binding) => {
    const reads = parts.map((part) =>
      isExpr(part) ? compileOpen(part[EXPRESSION], binding) : compileLiteral(part, binding),
    );
    const shaped = shaper();
    return (scope) => {
      const object = {};
      for (const read of reads) {
        const fields = read(scope) as JsonObject | undefined;
        for (const key in fields) if (!Object.hasOwn(object, key)) setOwn(object, key, fields[key]);
      }
      return shaped(object);
    };
  });
  const [whole, ...others] = nodesIn(parts).filter(({ sources }) => sources.some((source) => source.endsWith('.*')));
  const selection = others.length === 0 ? _.pick(whole, ['except', 'only']) : {};
  return fieldsOf<V>({ ...node, ...selection }) as Fields<V> & Expr<Record<string, V>>;
}

/**
 * Text with values in it. Absent if one of them is.
 * @example
 * template`group:${event.groupId}` // 'group:acme-42'
 * template`${trait('nothing')}!` // undefined
 */
export function template(strings: TemplateStringsArray, ...holes: (Expr<string | undefined> | string)[]) {
  const nodes = holes.map((hole) => nodeOf(isExpr(hole) ? hole : constant(hole)));
  return new Expression<string | undefined>({
    ...joined(nodes),
    compile: (binding) => {
      const reads = nodes.map((node) => node.compile(binding));
      return (scope) => {
        let result = strings[0] as string;
        for (const [index, read] of reads.entries()) {
          const value = read(scope);
          if (!isPresent(value)) return undefined;
          result += String(value) + (strings[index + 1] as string);
        }
        return result;
      };
    },
  });
}

/**
 * A literal as JSON text, for fields that contain JSON.
 * @example
 * jsonText({ id: event.groupId }) // '{"id":"acme-42"}'
 */
export function jsonText<T = unknown>(literal: Mapped<NoInfer<T>>): Expr<string> {
  return structure(literal, (binding) => {
    const read = binding.asText(['jsonText'], () => compileLiteral(literal, binding));
    return (scope) => JSON.stringify(read(scope));
  });
}

/** The result of `nested`: an object whose leaves are values. */
interface Tree {
  [key: string]: string | Expr<unknown> | Tree;
  [rest]?: Expr<unknown>;
}

/**
 * A literal in which each value is at the end of a dotted path, for places that a config names. An object at the empty
 * path gives the fields that no other path names. If two values have one path, the later one wins.
 * @example
 * nested([['company.id', event.groupId], ['company.plan', trait.plan]]) // { company: { id: 'acme-42', plan: 'pro' } }
 */
export function nested(values: readonly (readonly [path: string, value: string | Expr<Json | undefined>])[]): Tree {
  const whole = values.findLast(([path]) => path === '')?.[1];
  const byName = _.groupBy(
    values.filter(([path]) => path !== ''),
    ([path]) => path.split('.')[0],
  );
  const tree: Tree = _.mapValues(byName, (own, name) => {
    const inner = own.map(([path, value]) => [path.slice(name.length + 1), value] as const);
    return inner.findLast(([path]) => path === '')?.[1] ?? nested(inner);
  });
  return isExpr(whole) ? { ...tree, [rest]: fieldsOf(whole[EXPRESSION]) } : tree;
}

/**
 * Text as Base64, for fields that contain bytes.
 * @example
 * base64(trait.name.as(text)) // 'QWNtZQ=='
 */
export const base64 = (expr: Expr<string | undefined>): Expr<string | undefined> =>
  compute('base64', [expr], (value) => (value === undefined ? undefined : Buffer.from(value).toString('base64')));

/**
 * A value that only code can make.
 * @param name what it makes, for lineage and docs
 * @param from all expressions that it reads
 * @param make a pure function of their values, in order; undefined means absent
 * @example
 * compute('upper case', [trait.plan.as(text)], (plan) => plan?.toUpperCase()) // 'PRO'
 */
export function compute<const From extends readonly Expr<unknown>[], T>(
  name: string,
  from: From,
  make: (...values: { [K in keyof From]: From[K] extends Expr<infer V> ? V : never }) => T,
): Expr<T> {
  const nodes = from.map(nodeOf);
  const { via, ...rest } = joined(nodes);
  return new Expression<T>({
    ...rest,
    via: [...via, name],
    compile: (binding) => {
      const reads = nodes.map((node) => node.compile(binding));
      return (scope) => make(...(reads.map((read) => read(scope)) as never));
    },
  });
}
