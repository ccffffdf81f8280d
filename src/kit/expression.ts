import _ from 'lodash';

import type { FailCode } from '../contract/codes.ts';
import type { LineageRow } from '../contract/lineage.ts';
import { type GroupPlace, groupPlacesOf } from '../core/carried.ts';
import { SECRET, type SecretValue } from '../core/definition.ts';
import { isOfUse, placesOf } from '../core/event.ts';
import { isPresent, type Json } from '../core/json.ts';
import { ANY_ELEMENT, ANY_KEY, type Fed, type PathStep } from '../core/lineage.ts';
import { MappingFailure } from '../core/outcome.ts';
import type { Converter } from './converters/converter.ts';
import { DefinitionError } from './error.ts';
import { type Emit, type Fill, NOT_EVALUATED, type Read, type Scope } from './scope.ts';
import { tracedEmit, tracedFill, tracedRead, tracedSource } from './trace.ts';

/** Marks a value as an expression, whichever copy of the kit made it. */
export const EXPRESSION = Symbol.for('group-transformer.expression');

/** One step of an expression. Nodes are created once, when a definition is bound, and compiled to closures. */
export interface Node {
  /** The event fields that it reads. */
  readonly sources: readonly string[];
  /** The names of the converters between the sources and the value. */
  readonly via: readonly string[];
  /** What the last converter accepts, in a phrase, if nothing follows it. */
  readonly takes?: string;
  /** Whether it depends on a list item, so that its value differs within one event. */
  readonly perItem?: boolean;
  /** Whether an explicit null is a value. */
  readonly clearable?: boolean;
  /** The keys left out of an object that is passed on whole, or the only keys kept. */
  readonly except?: readonly string[];
  readonly only?: readonly string[];
  /** Whether its fields may have other keys than the event's. */
  readonly makesKeys?: true;
  /** The regular expression that all keys match. */
  readonly keys?: string;
  /** Whether the event fails without it. */
  readonly isRequired?: true;
  /** Whether it describes a person. */
  readonly describesPerson?: true;
  /** The name of an answer's value, if it is one. */
  readonly answer?: string;
  /** Whether it contains a secret of the config. */
  readonly holdsSecret?: true;
  readonly compile: (binding: Binding) => Read;
  /** For a literal inside another one: the same, but its leaves record their own lineage. */
  readonly compileParts?: (binding: Binding) => Read;
  /** The literal that it always stands for. */
  readonly literal?: unknown;
  /**
   * For an expression that gives the fields of an object: writes them into another one, except those that the other
   * names itself.
   */
  readonly compileInto?: (binding: Binding, named: ReadonlySet<string>) => Fill;
  /** Whether the number of fields it writes depends on the fields of the surrounding literal. */
  readonly sharesRoom?: boolean;
  /** The event field that the value comes from in this event, for messages. */
  readonly origin?: (scope: Scope) => string | undefined;
}

/** Fails the event if a required value is absent. */
export type Check = (scope: Scope) => void;

/** A place of the output. `path` is its path within its request. */
interface OutputPath {
  readonly target: string;
  readonly path: readonly PathStep[];
}

/**
 * Collects lineage and assigns slots while the literals of one definition are compiled for one config. With a trace,
 * the compiled code also records what it yields. Without one, tracing costs nothing.
 */
export class Binding {
  readonly lineage: LineageRow[] = [];
  readonly #slots = new Map<Node, number>();
  readonly #conditions: Node[] = [];
  readonly #secrets: readonly SecretValue[];
  readonly #insertions: Read[] = [];
  /** The places that get values, by their request. */
  readonly #fed: Fed[][] = [];
  #request = 0;
  /** For each row that an insertion feeds: the insertion. */
  readonly #inserted = new Map<LineageRow, number>();
  readonly #isTraced: boolean;
  #output: OutputPath = { target: 'outcome', path: [] };
  #text: { output: OutputPath; via: readonly string[] } | undefined;
  #isQuiet = false;
  #isAboutPerson = false;
  #requirements: Check[] | undefined;

  /**
   * @param secrets the secrets of the config, in order
   * @param isTraced whether the compiled code records where values come from
   */
  constructor(secrets: readonly SecretValue[], isTraced: boolean) {
    this.#secrets = secrets;
    this.#isTraced = isTraced;
  }

  /** The name of the output place that is being compiled. */
  get target(): string {
    return this.#output.target;
  }

  /** Whether the compiled code records where values come from. */
  get isTraced(): boolean {
    return this.#isTraced;
  }

  get slotCount(): number {
    return this.#slots.size;
  }

  /** Returns the reader of an event's source. */
  reads(source: string, read: Read): Read {
    return this.#isTraced ? tracedSource(source, read) : read;
  }

  /** The slot of a node, the same wherever the node appears. */
  slot(node: Node): number {
    const slot = this.#slots.get(node) ?? this.#slots.size;
    this.#slots.set(node, slot);
    return slot;
  }

  /**
   * A node's value, read at most once per event. With a trace it is read each time, so that each place records its own
   * read.
   */
  once(node: Node, read: Read): Read {
    if (this.#isTraced) return read;
    const slot = this.slot(node);
    return (scope) => {
      const seen = scope.slots[slot];
      return seen === NOT_EVALUATED ? (scope.slots[slot] = read(scope)) : seen;
    };
  }

  /** Compiles something whose output is a request, numbered by its place in the definition. */
  atRequest<T>(index: number, compile: () => T): T {
    this.#request = index;
    return this.#in({ target: `requests[${String(index)}]`, path: [] }, compile);
  }

  /** Compiles something within the current place, except for keys that the event decides. */
  at<T>(step: PathStep, compile: () => T): T {
    const { target, path } = this.#output;
    const isOpen = typeof step !== 'number' && step !== ANY_ELEMENT && path.at(-1) === ANY_KEY;
    return this.#in(
      {
        target: `${isOpen ? target.slice(0, -'.*'.length) : target}${nameOf(step)}`,
        path: [...(isOpen ? path.slice(0, -1) : path), step],
      },
      compile,
    );
  }

  #in<T>(place: OutputPath, compile: () => T): T {
    const outer = this.#output;
    this.#output = place;
    try {
      return compile();
    } finally {
      this.#output = outer;
    }
  }

  /** Compiles something that is not in the output itself, so that its parts have no places. */
  quietly<T>(compile: () => T): T {
    const outer = this.#isQuiet;
    this.#isQuiet = true;
    try {
      return compile();
    } finally {
      this.#isQuiet = outer;
    }
  }

  /** Compiles something that describes a person. */
  aboutPerson<T>(compile: () => T): T {
    const outer = this.#isAboutPerson;
    this.#isAboutPerson = true;
    try {
      return compile();
    } finally {
      this.#isAboutPerson = outer;
    }
  }

  /** Compiles something that is present only if a condition holds. */
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

  /** Compiles something. Also returns the checks that its required event fields are present. */
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

  /** Records the requirements on a node that depends on the event alone. */
  requires(node: Node, check: Check): void {
    if (node.perItem !== true) this.#requirements?.push(check);
  }

  /** Compiles something that becomes text. In lineage, all of its leaves feed the one field with the text. */
  asText<T>(via: readonly string[], compile: () => T): T {
    this.#text = { output: this.#output, via };
    try {
      return compile();
    } finally {
      this.#text = undefined;
    }
  }

  /**
   * Records that a node feeds the current place.
   * @param read yields the value of the place
   * @returns the reader to use from now on
   */
  feeds<R extends Read>(node: Node, read: R): R {
    return this.#traced(this.#feed([node], node.via, aboutOf(node)), read);
  }

  /**
   * The same for a node that writes fields beside others. `sharing` are the nodes that decide how many fields it
   * writes.
   */
  feedsInto(node: Node, sharing: readonly Node[], fill: Fill): Fill {
    const fed = this.#feed([node, ...sharing], node.via, aboutOf(node));
    return this.#isTraced && fed !== undefined ? tracedFill(fed, fill) : fill;
  }

  /** Returns the reader of a value in the current place that does not depend on the event. */
  fixed<T>(value: T): (scope: Scope) => T {
    const read = () => value;
    return this.#text === undefined ? this.#traced(this.#feed([], [], { value }), read) : read;
  }

  /** The same for the fields of an object. */
  fixedFields<T extends Readonly<Record<string, unknown>>>(fields: T): (scope: Scope) => T {
    const tells = Object.entries(fields).map(([key, value]) => this.at(key, () => this.fixed(value)));
    if (!this.#isTraced) return () => fields;
    return (scope) => {
      for (const tell of tells) tell(scope);
      return fields;
    };
  }

  /** Reads the text of a secret. */
  secret(value: SecretValue): Read {
    const index = this.#secrets.indexOf(value);
    if (index === -1) throw new Error('a secret is used that is not in the config');
    return ({ secrets }) => secrets[index];
  }

  /**
   * Makes something that depends on secrets alone: once per config, before any event is mapped.
   * @param make may throw a ConfigError
   */
  insert<T>(make: (scope: Scope) => T): (scope: Scope) => T {
    const index = this.#insertions.push(make) - 1;
    return ({ inserted }) => inserted[index] as T;
  }

  /**
   * What the parts of an object make, once per config. With a trace, it is made for each event, so that the parts
   * record it.
   */
  perConfig<T>(make: (scope: Scope) => T): (scope: Scope) => T {
    return this.#isTraced ? make : this.insert(make);
  }

  /** The same for a value in the current place. */
  insertedValue<T>(make: (scope: Scope) => T): (scope: Scope) => T {
    const read = this.insert(make);
    if (this.#text !== undefined) return this.#traced(this.#feed([], [], { isSecret: true }), read);
    const fed = this.#feed([], [], { value: undefined, isSecret: true });
    if (fed !== undefined) this.#inserted.set(fed.row, this.#insertions.length - 1);
    return this.#traced(fed, read);
  }

  /** Makes the insertions for the secrets of a config. */
  makeInserted(secrets: readonly string[]): readonly unknown[] {
    const inserted: unknown[] = [];
    const scope = { secrets, inserted } as unknown as Scope;
    for (const make of this.#insertions) inserted.push(make(scope));
    return inserted;
  }

  /** The places that something of the group feeds, by their request. */
  get groupPlaces(): readonly (readonly GroupPlace[])[] {
    return Array.from(this.#fed, (fed: Fed[] | undefined) => groupPlacesOf(fed ?? []));
  }

  /** The rows of lineage. Rows of secrets have their values. */
  lineageWith(inserted: readonly unknown[]): readonly LineageRow[] {
    return this.lineage.map((row) => {
      const index = this.#inserted.get(row);
      return index === undefined ? row : { ...row, value: inserted[index] };
    });
  }

  /** Records that the conditions decide whether the current place is present at all. */
  dependsOnConditions<R extends Read>(read: R): R {
    return this.#traced(this.#feedConditions(), read);
  }

  /** The same for a whole request. */
  emits(emit: Emit): Emit {
    const fed = this.#feedConditions();
    return this.#isTraced ? tracedEmit(fed, emit) : emit;
  }

  /** Records that a node decides whether the event can be sent at all. */
  decides(node: Node): void {
    const nodes = [node, ...this.#conditions];
    if (nodes.some(readsEvent)) this.#record('outcome', nodes, node.via, selectionOf(node));
  }

  #traced<R extends Read>(fed: Fed | undefined, read: R): R {
    return this.#isTraced && fed !== undefined ? (tracedRead(fed, read) as R) : read;
  }

  #feedConditions(): Fed | undefined {
    const conditions = this.#conditions.filter(readsEvent);
    if (conditions.length === 0) return undefined;
    return this.#feed(conditions, [], { ...selectionOf(joined(conditions)), isCondition: true });
  }

  #feed(nodes: readonly Node[], via: readonly string[], about: Partial<LineageRow>): Fed | undefined {
    if (this.#isQuiet) return undefined;
    const { target, path } = this.#text?.output ?? this.#output;
    const row = this.#record(target, nodes, [...via, ...(this.#text?.via ?? [])], {
      ...about,
      ...(this.#isAboutPerson && { describesPerson: true }),
    });
    const fed = { row, path, isPart: this.#text !== undefined };
    if (about.isCondition !== true) (this.#fed[this.#request] ??= []).push(fed);
    return fed;
  }

  #record(to: string, nodes: readonly Node[], via: readonly string[], about: Partial<LineageRow>): LineageRow {
    const row = { to, from: _.union(...nodes.map(({ sources }) => sources)), via, ...about };
    this.lineage.push(row);
    return row;
  }
}

const readsEvent = ({ sources }: Node) => sources.length > 0;

const selectionOf = (node: Omit<Node, 'compile'>): Partial<LineageRow> => _.pick(node, ['except', 'only']);

/** A node's lineage, besides what it reads. */
const aboutOf = (node: Omit<Node, 'compile'>): Partial<LineageRow> => ({
  ...selectionOf(node),
  ..._.pick(node, ['keys', 'isRequired', 'describesPerson', 'answer']),
  ...(node.holdsSecret && { isSecret: true }),
});

/** Whether a node depends on secrets and not on the event. */
export const isInserted = ({ holdsSecret, sources, perItem }: Node): boolean =>
  holdsSecret === true && sources.length === 0 && perItem !== true;

function nameOf(step: PathStep): string {
  if (step === ANY_KEY) return '.*';
  if (step === ANY_ELEMENT) return '[]';
  return typeof step === 'number' ? `[${String(step)}]` : `.${step}`;
}

declare const valueType: unique symbol;

/**
 * A value that is read from the event when it is mapped. `T` is its type: `undefined` means that the value may be
 * absent, and `null` that it may be cleared.
 */
export interface Expr<out T> {
  readonly [EXPRESSION]: Node;
  readonly [valueType]?: T;

  /** This value, or another if this one is absent: undefined, null or empty text. 0 and false are values. */
  or<U>(other: Expr<U>): Expr<Exclude<T, undefined | null> | U>;

  /** The converted value. If it cannot be converted, it is absent, with a warning. */
  as<U>(converter: Converter<U>): Expr<U | undefined>;

  /**
   * The converted elements of a list. A single value counts as a list of one. Absent elements are left out. Elements
   * that cannot be converted are left out with a warning.
   */
  listOf<U>(converter: Converter<U>): Expr<U[] | undefined>;

  /** A constant if the value is absent. */
  default<const U>(value: U): Expr<Exclude<T, undefined | null> | U>;

  /** Fails the event if the value is absent or cannot be converted. */
  required(message?: string): Expr<Exclude<T, undefined | null>>;

  /** Passes on an explicit null, for vendors that then clear the field. */
  clearable(): Expr<T | null>;

  /** The same value, evaluated at most once per event however often the definition uses it. */
  once(): Expr<T>;
}

/** Whether a value is an expression, from this or another copy of the kit. */
export function isExpr(value: unknown): value is Expr<unknown> {
  return typeof value === 'object' && value !== null && EXPRESSION in value;
}

/** The failure of an event whose value for a required place is absent or cannot be converted. */
export function missing(node: Node, scope: Scope, message?: string): MappingFailure {
  const origin = node.origin?.(scope);
  if (origin !== undefined) {
    const fault = node.takes === undefined ? 'cannot be used' : `is not ${node.takes}`;
    return new MappingFailure('VALUE_INVALID', message ?? `${origin} ${fault}`, origin);
  }
  const withheld = withheldFrom(node, scope, message);
  if (withheld !== undefined) return withheld;
  const places = node.sources.map((source) => placesOf(source)[0]);
  const code: FailCode = places[0] === 'groupId' ? 'GROUP_ID_MISSING' : 'FIELD_MISSING';
  return new MappingFailure(code, message ?? `${places.join(' or ')} is missing`, places[0]);
}

/** The failure of an event because of what a policy withholds from a node, if it does. */
export function withheldFrom({ sources }: Node, { event }: Scope, message?: string): MappingFailure | undefined {
  const withheld = sources.map((source) => event.withheldFrom(source)).find((found) => found !== undefined);
  if (withheld === undefined) return undefined;
  const { path, by } = withheld;
  const reason = message === undefined ? '' : `; ${message}`;
  return new MappingFailure('WITHHELD', `${path} is required, but ${by} withholds it${reason}`, path);
}

/** The event field that an expression's value comes from, or else the first that it may come from. */
export function originOf(node: Node, scope: Scope): string | undefined {
  return node.origin?.(scope) ?? node.sources.map((source) => placesOf(source)[0].replace(/\.\*$/, ''))[0];
}

/** An expression made of nodes. Destinations see only the interface. */
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
      ...(second.sources.length === 0 && _.pick(first, 'takes')),
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
      takes: converter.summary,
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
      takes: converter.summary,
      compile: (binding) => {
        const read = inner.compile(binding);
        const { target } = binding;
        return (scope) => {
          const value = read(scope);
          if (!isPresent(value)) return undefined;
          const list: U[] = [];
          let origin: string | undefined;
          for (const [index, element] of _.castArray(value as Json).entries()) {
            if (!isPresent(element)) continue;
            const converted = converter.convert(element);
            if (converted === undefined) {
              origin ??= originOf(inner, scope) ?? 'list';
              warnNotConverted(scope, `${origin}[${String(index)}]`, converter, target);
            } else {
              list.push(converted);
            }
          }
          return list;
        };
      },
    });
  }

  default<const U>(value: U): Expr<Exclude<T, undefined | null> | U> {
    return this.or(constant(value));
  }

  required(message?: string): Expr<Exclude<T, undefined | null>> {
    const inner = this[EXPRESSION];
    const requiring =
      (compile: Node['compile']): Node['compile'] =>
      (binding) => {
        binding.decides(inner);
        const read = compile(binding);
        const readRequired: Read = (scope) => {
          const value = read(scope);
          if (isPresent(value)) return value;
          throw missing(inner, scope, message);
        };
        binding.requires(inner, readRequired);
        return readRequired;
      };
    const node: Node = { ...joined([inner]), isRequired: true, compile: requiring(inner.compile) };
    const { compileParts } = inner;
    if (compileParts === undefined) return new Expression(node);
    const compileAll = requiring(compileParts);
    return new Expression({ ...node, compileParts: (binding) => binding.feeds(node, compileAll(binding)) });
  }

  clearable(): Expr<T | null> {
    const inner = this[EXPRESSION];
    return new Expression({ ...joined([inner]), compile: inner.compile, clearable: true });
  }

  once(): Expr<T> {
    const inner = this[EXPRESSION];
    if (inner.perItem === true) return this;
    const { compileParts } = inner;
    const node: Node = {
      ...joined([inner]),
      ..._.pick(inner, 'takes'),
      ...(inner.clearable === true ? { clearable: true } : {}),
      compile: (binding) => binding.once(node, inner.compile(binding)),
      ...(compileParts && { compileParts: (binding) => binding.once(node, compileParts(binding)) }),
    };
    return new Expression(node);
  }

  [Symbol.toPrimitive](): never {
    const { sources } = this[EXPRESSION];
    throw new DefinitionError(sources.join(', '), 'has no value yet; use template`…`, given or compute instead');
  }
}

/** An expression that always yields the same value. */
export function constant<const T>(value: T): Expr<T> {
  return new Expression({ sources: [], via: [], compile: () => () => value });
}

/**
 * A secret of a config. Its text is inserted last, so that configs that differ only in secrets share the compiled code.
 */
export interface Secret extends Expr<string> {
  /** Its prefix, if the field allows one and the secret has it. */
  readonly prefix: string | undefined;
}

class SecretExpression extends Expression<string> implements Secret, SecretValue {
  readonly [SECRET]: string;
  readonly prefix: string | undefined;

  constructor(text: string, prefix: string | undefined) {
    super({ sources: [], via: [], holdsSecret: true, compile: (binding) => binding.secret(this) });
    this[SECRET] = text;
    this.prefix = prefix;
  }
}

/** @param prefix a prefix that it may have, in any case */
export function secretOf(text: string, prefix: string | undefined): Secret {
  const begins = prefix !== undefined && text.toLowerCase().startsWith(prefix.toLowerCase());
  return new SecretExpression(text, begins ? prefix : undefined);
}

/** What several nodes read together. */
export function joined(nodes: readonly Node[]): Omit<Node, 'compile'> {
  return {
    sources: _.union(...nodes.map(({ sources }) => sources)),
    via: _.union(...nodes.map(({ via }) => via)),
    ...(nodes.some(({ perItem }) => perItem === true) ? { perItem: true } : {}),
    ...(nodes.some(({ makesKeys }) => makesKeys === true) ? { makesKeys: true } : {}),
    ...(nodes.some(({ holdsSecret }) => holdsSecret === true) ? { holdsSecret: true } : {}),
    ...(nodes.slice(1).every(({ sources }) => sources.length === 0)
      ? _.pick(nodes[0], ['except', 'only', 'answer'])
      : {}),
    origin: (scope) => nodes.map((node) => node.origin?.(scope)).find((origin) => origin !== undefined),
  };
}

/**
 * A node for a value that is known later. The code that knows it puts it into the node's slot.
 * @param from the event fields that the value may depend on
 */
export function inputNode(from: Omit<Node, 'compile'>): Node {
  const node: Node = {
    ...from,
    perItem: true,
    compile: (binding) => {
      const slot = binding.slot(node);
      return (scope) => {
        scope.trace?.sawSlot(slot);
        return scope.slots[slot];
      };
    },
  };
  return node;
}

/** A node for the current item of a list. Whoever walks the list puts the item into the node's slot. */
export function itemOf(list: Node): Node {
  return inputNode(joined([list]));
}

/**
 * An expression that reads one event field.
 * @param source the field's name in lineage and messages
 */
export function field<T>(source: string, read: Read): Expr<T> {
  const places = placesOf(source).map((path) => ({ path, keys: path.split('.') }));
  return new Expression({
    sources: [source],
    via: [],
    compile: (binding) => binding.reads(source, read),
    origin: (scope) => {
      if (!isPresent(read(scope))) return undefined;
      return places.find(({ keys }) => isOfUse(source, scope.event.at(keys)))?.path ?? source;
    },
  });
}

/** Warns about a value that is present and cannot be converted. */
export function warnNotConverted(
  scope: Scope,
  path: string | undefined,
  { summary }: Converter<unknown>,
  target: string,
) {
  const code = path?.startsWith('traits') === true ? 'TRAIT_NOT_CONVERTED' : 'FIELD_NOT_CONVERTED';
  // A value that decides whether anything is sent has no field.
  const effect = target === 'outcome' ? 'it does not count' : `${target} is left out`;
  scope.warn(code, path ?? 'event', `${path ?? 'a value'} is not ${summary}, so ${effect}`);
}
