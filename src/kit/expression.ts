import _ from 'lodash';
import { placesOf, type GroupEvent, type Warn } from '../core/event.ts';
import type { Options } from '../core/gate.ts';
import type { Conversation } from '../core/dialogue.ts';
import { isPresent, type Json, type JsonObject } from '../core/json.ts';
import { MappingFailure } from '../core/outcome.ts';
import type { FailCode } from '../core/codes.ts';
import type { LineageRow } from '../core/definition.ts';
import type { Converter } from './converters/converter.ts';

/** Marks a value as an expression, whichever copy of the kit made it. */
export const EXPRESSION = Symbol.for('group-transformer.expression');

/** What expressions read while one event is mapped. */
export interface Scope {
  readonly event: GroupEvent;
  readonly groupId: string | undefined;
  readonly options: Options | undefined;
  readonly now: Date;
  readonly warn: Warn;
  /** Results of `.once()` and the items of lists, at places given out by the binding. */
  readonly slots: unknown[];
  readonly conversation: Conversation;
}

export type Read = (scope: Scope) => unknown;

/** Writes fields into an object. */
export type Fill = (scope: Scope, object: JsonObject) => void;

/** One step of an expression. Nodes are made once, when a definition is bound, and compiled to closures. */
export interface Node {
  /** The event fields that it reads. */
  readonly sources: readonly string[];
  /** The names of the converters between the sources and the value. */
  readonly via: readonly string[];
  /** Whether it depends on the item of a list, so that its value differs within one event. */
  readonly perItem?: boolean;
  /** Whether an explicit null is a value. */
  readonly clearable?: boolean;
  /** Of an object that is passed on whole, the keys that are left out, or the only ones that are not. */
  readonly except?: readonly string[];
  readonly only?: readonly string[];
  /** Whether the event fails without it. */
  readonly isRequired?: true;
  /** The name of an answer's value, where it is one. */
  readonly answer?: string;
  /** Whether it is a literal with leaves of its own, which record their lineage themselves. */
  readonly structural?: boolean;
  readonly compile: (binding: Binding) => Read;
  /** For what yields the fields of an object: writes them into another, but for those that it names itself. */
  readonly compileInto?: (binding: Binding, named: ReadonlySet<string>) => Fill;
  /** Whether how much it writes there depends on the fields that the literal around it has. */
  readonly sharesRoom?: boolean;
  /** The event field that the value comes from in this event, for messages. */
  readonly origin?: (scope: Scope) => string | undefined;
}

/** Fails the event where something that is required is absent. */
export type Check = (scope: Scope) => void;

/** Collects lineage and gives out slots while the literals of one definition are compiled for one config. */
export class Binding {
  readonly lineage: LineageRow[] = [];
  readonly #slots = new Map<Node, number>();
  readonly #conditions: Node[] = [];
  /** The place of the output that is being compiled. */
  target = 'outcome';
  #text: { target: string; via: string } | undefined;
  #requirements: Check[] | undefined;

  get slotCount(): number {
    return this.#slots.size;
  }

  /** The slot of a node, the same wherever the node stands. */
  slot(node: Node): number {
    const slot = this.#slots.get(node) ?? this.#slots.size;
    this.#slots.set(node, slot);
    return slot;
  }

  /** Compiles something whose output is the named place. */
  at<T>(target: string, compile: () => T): T {
    const outer = this.target;
    this.target = target;
    try {
      return compile();
    } finally {
      this.target = outer;
    }
  }

  /** The name of a place within the one that is being compiled; `*` stands for keys that the event decides. */
  within(key: string): string {
    return `${this.target.replace(/\.\*$/, '')}.${key}`;
  }

  /** Compiles something that is there only where a condition holds. */
  under<T>(condition: Node, holds: (scope: Scope) => boolean, compile: () => T): T {
    this.#conditions.push(condition);
    const outer = this.#requirements;
    try {
      const [compiled, checks] = this.requirementsOf(compile);
      outer?.push((scope) => {
        if (holds(scope)) for (const check of checks) check(scope);
      });
      return compiled;
    } finally {
      this.#conditions.pop();
    }
  }

  /** Compiles something; also returns the checks that all it requires of the event is there. */
  requirementsOf<T>(compile: () => T): [T, readonly Check[]] {
    const outer = this.#requirements;
    const requirements: Check[] = [];
    this.#requirements = requirements;
    try {
      return [compile(), requirements];
    } finally {
      this.#requirements = outer;
    }
  }

  /** Records what a node that depends on the event alone is required to be. */
  requires(node: Node, check: Check): void {
    if (node.perItem !== true) this.#requirements?.push(check);
  }

  /** Compiles a literal that becomes text: for lineage, all of its leaves feed the one field that holds the text. */
  asText<T>(via: string, compile: () => T): T {
    this.#text = { target: this.target, via };
    try {
      return compile();
    } finally {
      this.#text = undefined;
    }
  }

  /** Records that a node feeds the place that is being compiled. */
  feeds(node: Node): void {
    const about = _.pick(node, ['except', 'only', 'isRequired']);
    if (this.#text !== undefined) this.#record(this.#text.target, [node], [...node.via, this.#text.via], about);
    else if (node.answer === undefined) this.#record(this.target, [node], node.via, about);
    else this.lineage.push({ to: this.target, from: node.sources, via: node.via, answer: node.answer });
  }

  /** Records that a value stands in the place that is being compiled, whatever the event says. */
  holds(value: unknown): void {
    if (this.#text === undefined) this.lineage.push({ to: this.target, from: [], via: [], value });
  }

  /** Records that the conditions decide whether the place that is being compiled is there at all. */
  dependsOnConditions(): void {
    this.#record(this.#text?.target ?? this.target, this.#conditions, [], { isCondition: true });
  }

  /** Records that a node decides whether the event can be sent at all. */
  decides(node: Node): void {
    this.#record('outcome', [node, ...this.#conditions], node.via);
  }

  #record(to: string, nodes: readonly Node[], via: readonly string[], about: Partial<LineageRow> = {}): void {
    const from = _.union(...nodes.map(({ sources }) => sources));
    if (from.length > 0) this.lineage.push({ to, from, via, ...about });
  }
}

declare const valueType: unique symbol;

/**
 * A value that is read from the event when one is mapped. `T` is what it yields: `undefined` in it means that the
 * value may be absent, `null` that it may be cleared.
 */
export interface Expr<out T> {
  readonly [EXPRESSION]: Node;
  readonly [valueType]?: T;

  /** This value, else another where this one is absent: undefined, null or empty text. 0 and false are values. */
  or<U>(other: Expr<U>): Expr<Exclude<T, undefined | null> | U>;

  /** The converted value; what cannot be converted is absent, with a warning. */
  as<U>(converter: Converter<U>): Expr<U | undefined>;

  /**
   * The converted elements of a list; a value that is no list counts as a list of one. Elements that are absent or
   * cannot be converted are left out, the latter with a warning.
   */
  listOf<U>(converter: Converter<U>): Expr<U[] | undefined>;

  /** A constant where the value is absent. */
  default<const U>(value: U): Expr<Exclude<T, undefined | null> | U>;

  /** Fails the event where the value is absent or cannot be converted. */
  required(message?: string): Expr<Exclude<T, undefined | null>>;

  /** Passes an explicit null on, for vendors that then clear the field. */
  clearable(): Expr<T | null>;

  /** The same value, evaluated at most once per event however often it stands in the definition. */
  once(): Expr<T>;
}

/** Whether a value is an expression, of this or of another copy of the kit. */
export function isExpr(value: unknown): value is Expr<unknown> {
  return typeof value === 'object' && value !== null && EXPRESSION in value;
}

const NOT_EVALUATED = Symbol('not evaluated');

/** Fresh slots for one event. */
export function freshSlots(count: number): unknown[] {
  return new Array<unknown>(count).fill(NOT_EVALUATED);
}

/** The failure of an event whose value for a required place is absent, or there but not convertible. */
export function missing(node: Node, scope: Scope, message?: string): MappingFailure {
  const origin = node.origin?.(scope);
  if (origin !== undefined) {
    const wanted = node.via.length === 0 ? '' : ` as ${node.via.join(', ')}`;
    return new MappingFailure('VALUE_INVALID', message ?? `${origin} cannot be used${wanted}`, origin);
  }
  const places = node.sources.map((source) => placesOf(source)[0]);
  const code: FailCode = places[0] === 'groupId' ? 'GROUP_ID_MISSING' : 'FIELD_MISSING';
  return new MappingFailure(code, message ?? `${places.join(' or ')} is missing`, places[0]);
}

/** The event field that an expression's value comes from, else the first that it may come from. */
export function originOf(node: Node, scope: Scope): string | undefined {
  return node.origin?.(scope) ?? node.sources.map((source) => placesOf(source)[0])[0];
}

/** An expression made of nodes; destinations see the interface only. */
export class Expression<T> implements Expr<T> {
  readonly [EXPRESSION]: Node;
  declare readonly [valueType]?: T;

  constructor(node: Node) {
    this[EXPRESSION] = node;
  }

  or<U>(other: Expr<U>): Expr<Exclude<T, undefined | null> | U> {
    const first = this[EXPRESSION];
    const second = other[EXPRESSION];
    return new Expression({
      ...joined([first, second]),
      ...(second.clearable === true ? { clearable: true } : {}),
      compile: (binding) => {
        const readFirst = first.compile(binding);
        const readSecond = second.compile(binding);
        return (scope) => {
          const value = readFirst(scope);
          return isPresent(value) ? value : readSecond(scope);
        };
      },
    });
  }

  as<U>(converter: Converter<U>): Expr<U | undefined> {
    const inner = this[EXPRESSION];
    return new Expression({
      ...joined([inner]),
      via: [...inner.via, converter.name],
      compile: (binding) => {
        const read = inner.compile(binding);
        const { target } = binding;
        return (scope) => {
          const value = read(scope);
          if (!isPresent(value)) return value === null ? null : undefined;
          const converted = converter.convert(value as Json);
          if (converted === undefined) warnNotConverted(scope, originOf(inner, scope), converter, target);
          return converted;
        };
      },
    });
  }

  listOf<U>(converter: Converter<U>): Expr<U[] | undefined> {
    const inner = this[EXPRESSION];
    return new Expression({
      ...joined([inner]),
      via: [...inner.via, converter.name],
      compile: (binding) => {
        const read = inner.compile(binding);
        const { target } = binding;
        return (scope) => {
          const value = read(scope);
          if (!isPresent(value)) return undefined;
          return _.castArray(value as Json).flatMap((element, index) => {
            if (!isPresent(element)) return [];
            const converted = converter.convert(element);
            if (converted !== undefined) return [converted];
            warnNotConverted(scope, `${originOf(inner, scope) ?? 'list'}[${String(index)}]`, converter, target);
            return [];
          });
        };
      },
    });
  }

  default<const U>(value: U): Expr<Exclude<T, undefined | null> | U> {
    return this.or(constant(value));
  }

  required(message?: string): Expr<Exclude<T, undefined | null>> {
    const inner = this[EXPRESSION];
    return new Expression({
      ...joined([inner]),
      isRequired: true,
      compile: (binding) => {
        binding.decides(inner);
        const read = inner.compile(binding);
        const readRequired: Read = (scope) => {
          const value = read(scope);
          if (isPresent(value)) return value;
          throw missing(inner, scope, message);
        };
        binding.requires(inner, readRequired);
        return readRequired;
      },
    });
  }

  clearable(): Expr<T | null> {
    const inner = this[EXPRESSION];
    return new Expression({ ...joined([inner]), compile: inner.compile, clearable: true });
  }

  once(): Expr<T> {
    const inner = this[EXPRESSION];
    if (inner.perItem === true) return this;
    const node: Node = {
      ...joined([inner]),
      ...(inner.clearable === true ? { clearable: true } : {}),
      compile: (binding) => {
        const read = inner.compile(binding);
        const slot = binding.slot(node);
        return (scope) => {
          const seen = scope.slots[slot];
          return seen === NOT_EVALUATED ? (scope.slots[slot] = read(scope)) : seen;
        };
      },
    };
    return new Expression(node);
  }

  [Symbol.toPrimitive](): never {
    throw new TypeError('an expression has no value yet: use template`…`, given or compute instead');
  }
}

/** An expression that always yields the same value. */
export function constant<const T>(value: T): Expr<T> {
  return new Expression({ sources: [], via: [], compile: () => () => value });
}

/** What several nodes read together. */
export function joined(nodes: readonly Node[]): Omit<Node, 'compile'> {
  return {
    sources: _.union(...nodes.map(({ sources }) => sources)),
    via: _.union(...nodes.map(({ via }) => via)),
    ...(nodes.some(({ perItem }) => perItem === true) ? { perItem: true } : {}),
    ...(nodes.slice(1).every(({ sources }) => sources.length === 0)
      ? _.pick(nodes[0], ['except', 'only', 'answer'])
      : {}),
    origin: (scope) => nodes.map((node) => node.origin?.(scope)).find((origin) => origin !== undefined),
  };
}

/**
 * A node for a value that is known only later; whoever knows it puts it into the node's slot.
 * @param from what of the event the value may depend on
 */
export function inputNode(from: Omit<Node, 'compile'>): Node {
  const node: Node = {
    ...from,
    perItem: true,
    compile: (binding) => {
      const slot = binding.slot(node);
      return (scope) => scope.slots[slot];
    },
  };
  return node;
}

/** A node for the item at hand of a list; whoever walks the list puts the item into the node's slot. */
export function itemOf(list: Node): Node {
  return inputNode(joined([list]));
}

/**
 * An expression that reads one field of the event.
 * @param source the field's name in lineage and messages
 */
export function field<T>(source: string, read: Read): Expr<T> {
  const places = placesOf(source).map((path) => ({ path, keys: path.split('.') }));
  return new Expression({
    sources: [source],
    via: [],
    compile: () => read,
    origin: (scope) => {
      if (!isPresent(read(scope))) return undefined;
      return places.find(({ keys }) => isPresent(scope.event.at(keys)))?.path ?? source;
    },
  });
}

function warnNotConverted(
  scope: Scope,
  path: string | undefined,
  { name, summary }: Converter<unknown>,
  target: string,
) {
  const code = path?.startsWith('traits') === true ? 'TRAIT_NOT_CONVERTED' : 'FIELD_NOT_CONVERTED';
  scope.warn(code, path ?? 'event', `${path ?? 'a value'} is no ${name} (${summary}), so ${target} is left out`);
}
