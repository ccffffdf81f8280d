import _ from 'lodash';

import { spellingsOf } from '../core/event.ts';
import { isJsonObject, type Json, type JsonObject, setOwn } from '../core/json.ts';
import { ANY_ELEMENT } from '../core/lineage.ts';
import { remembered } from '../core/remembered.ts';
import { shaper } from '../core/shape.ts';
import type { Converter } from './converters/converter.ts';
import {
  type Binding,
  type Expr,
  EXPRESSION,
  Expression,
  itemOf,
  joined,
  type Node,
  warnNotConverted,
} from './expression.ts';
import { isList, isNotNull, isScalar, type Scalar } from './guards.ts';
import { compileLiteral, type Mapped } from './literal.ts';
import { type NestedPath, type NestedPaths, nestedPaths, type PathStyle } from './nested-path.ts';
import type { Read, Scope } from './scope.ts';
import { untracedSource } from './trace.ts';

interface FlattenOptions {
  under?: string;
  lists?: 'joined' | 'kept';
}

/** One pass over an object for one event. */
interface Pass {
  readonly scope: Scope;
  readonly result: JsonObject;
  /** Fields to write after everything else. */
  readonly deferred: (() => void)[];
  /** The current key of the object. */
  origin: string;
  /** Whether the object is full. */
  isFull: boolean;
  /** The number of fields in the object, once `upTo` has counted them. */
  size: number | undefined;
  /** With a trace: the object's key that each field of the result comes from. */
  readonly origins?: Map<string, string> | undefined;
}

/** Receives one field of the object. */
type Sink = (key: string, value: Json, pass: Pass) => void;

/** What happens to the keys of an object. */
type Keys = Pick<Node, 'makesKeys' | 'except' | 'only' | 'keys'>;

/** What `omit`, `rename` and similar methods do to the fields that pass through. */
interface FieldsOperation extends Keys {
  readonly via: string;
  /** Makes the sink that passes accepted fields on to the next one. */
  readonly link: (next: Sink, binding: Binding) => Sink;
}

/**
 * The fields of an object whose keys the event decides, with steps that leave out, rename and reshape them. The steps
 * run in order, in one pass. If two fields get one key, the later one is sent, with a warning.
 */
export interface Fields<out V> extends Expr<Record<string, V> | undefined> {
  /** Leaves keys out. For the group's traits, a reserved name means every key that `trait.name` reads. */
  omit(...keys: string[]): Fields<V>;
  /** Leaves all other keys out. */
  pick(...keys: string[]): Fields<V>;
  /**
   * Renames keys, pair by pair, so that a later pair sees the result of an earlier one. A renamed field comes after the
   * others, so it wins over an existing field of that name. `mapKeys` keeps its position.
   */
  rename(names: readonly (readonly [from: string, to: string])[], when?: (value: Json) => boolean): Fields<V>;
  /** Renames every key. @param name a pure function, whose results are remembered */
  mapKeys(name: (key: string) => string): Fields<V>;
  /** Keeps the fields that pass the test. */
  filter<U extends V>(test: (value: V, key: string) => value is U): Fields<U>;
  filter(test: (value: V, key: string) => boolean): Fields<V>;
  /**
   * Keeps the fields that pass the test, and warns about the others.
   * @param reason what is wrong with the others, worded to follow their name: `is too long`
   */
  keep(test: (value: V) => boolean, reason: string): Fields<V>;
  /**
   * The same for keys that pass a test, or match the vendor's grammar, which lineage shows.
   * @param test if it is a function, a pure one, whose results are remembered
   * @param reason what is wrong with the others, worded to follow their name: `has a name that Acme refuses`
   */
  keepKeys(test: RegExp | ((key: string) => boolean), reason: string): Fields<V>;
  /** Changes every value; undefined leaves it out. */
  map<U>(change: (value: V, key: string) => U | undefined): Fields<U>;
  /**
   * Converts the values of some keys. A value that cannot be converted is left out, with a warning. Empty text stays.
   */
  convert(converter: Converter<Json>, ...keys: string[]): Fields<Json>;
  /**
   * Flattens nested objects and lists to one level. With brackets, what a form cannot express is left out: null, empty
   * objects and empty lists.
   * @param options.under a name to nest all keys under
   * @param options.lists `joined`: a list of scalars becomes text, joined with `, `; `kept`: it stays a list. Other
   * lists are left out with a warning, and empty ones without
   */
  flatten(style: 'brackets', options?: FlattenOptions): Fields<Scalar>;
  flatten(style: PathStyle, options?: FlattenOptions): Fields<Json>;
  /**
   * Keeps the first fields, so that the object has at most `count`, including those that the literal names. A warning
   * says if others are left out. It must come last, since it counts written fields.
   */
  upTo(count: number): Fields<V>;
  /** A list with one element per field. */
  list<T>(element: (key: Expr<string>, value: Expr<V>) => Mapped<T>): Expr<T[] | undefined>;
  /** The list of keys. */
  keys(): Expr<string[] | undefined>;
}

/** The fields of any object that a node yields. Absent if it yields none. */
export function fieldsOf<V = Json>(source: Node): Fields<V> {
  return new FieldsExpression<V>(source, []);
}

class FieldsExpression<V> extends Expression<Record<string, V> | undefined> implements Fields<V> {
  readonly #source: Node;
  readonly #operations: readonly FieldsOperation[];

  constructor(source: Node, operations: readonly FieldsOperation[]) {
    super({
      ...joined([source]),
      ...keysOf(source, operations),
      via: [...source.via, ...operations.map(({ via }) => via)],
      sharesRoom: operations.some(({ via }) => via === 'upTo'),
      compile: (binding) => compileFields(source, operations, binding),
      ...(operations.length === 0 && _.pick(source, ['compileParts'])),
      compileInto: (binding, named) => fuse(source, operations, binding, named),
    });
    this.#source = source;
    this.#operations = operations;
  }

  #then<U>(operation: FieldsOperation): Fields<U> {
    return new FieldsExpression<U>(this.#source, [...this.#operations, operation]);
  }

  #thenEach<U>(via: string, keys: Keys, step: (next: Sink) => Sink): Fields<U> {
    return this.#then({ via, ...keys, link: step });
  }

  /** Whether a key is one of some names. A reserved trait matches in every spelling. */
  #isAmong(names: readonly string[]): (key: string) => boolean {
    const all = new Set(names);
    const isOfGroup = rootOf(this.#source) === 'traits' && this[EXPRESSION].makesKeys !== true;
    const folded = new Set(isOfGroup ? names.flatMap(spellingsOf) : []);
    if (folded.size === 0) return (key) => all.has(key);
    return remembered((key) => all.has(key) || folded.has(key.toLowerCase()));
  }

  omit(...keys: string[]): Fields<V> {
    const isLeftOut = this.#isAmong(keys);
    return this.#thenEach('omit', { except: keys }, (next) => (key, value, pass) => {
      if (!isLeftOut(key)) next(key, value, pass);
    });
  }

  pick(...keys: string[]): Fields<V> {
    const kept = new Set(keys);
    return this.#thenEach('pick', { only: keys }, (next) => (key, value, pass) => {
      if (kept.has(key)) next(key, value, pass);
    });
  }

  rename(
    names: readonly (readonly [from: string, to: string])[],
    when: (value: Json) => boolean = () => true,
  ): Fields<V> {
    // From the last pair to the first, so that each resolves through the pairs after it.
    const renamed = names.reduceRight(
      (found, [from, to]) => found.set(from, found.get(to) ?? to),
      new Map<string, string>(),
    );
    return this.#thenEach('rename', { makesKeys: true }, (next) => (key, value, pass) => {
      const name = when(value) ? (renamed.get(key) ?? key) : key;
      if (name === key) {
        next(key, value, pass);
        return;
      }
      const { origin } = pass;
      pass.deferred.push(() => {
        pass.origin = origin;
        next(name, value, pass);
      });
    });
  }

  mapKeys(name: (key: string) => string): Fields<V> {
    const nameOf = remembered(name);
    return this.#thenEach('mapKeys', { makesKeys: true }, (next) => (key, value, pass) => {
      next(nameOf(key), value, pass);
    });
  }

  filter<U extends V>(test: ((value: V, key: string) => value is U) | ((value: V, key: string) => boolean)): Fields<U> {
    return this.#thenEach('filter', {}, (next) => (key, value, pass) => {
      if (test(value as V, key)) next(key, value, pass);
    });
  }

  keep(test: (value: V) => boolean, reason: string): Fields<V> {
    return this.#keep(test, reason);
  }

  keepKeys(test: RegExp | ((key: string) => boolean), reason: string): Fields<V> {
    const isGrammar = test instanceof RegExp;
    const passes = remembered((key) => (isGrammar ? test.test(key) : test(key)));
    return this.#keep((_value, key) => passes(key), reason, isGrammar ? { keys: String(test) } : {});
  }

  #keep(test: (value: V, key: string) => boolean, reason: string, keys: Keys = {}): Fields<V> {
    const root = rootOf(this.#source);
    return this.#then({
      via: 'keep',
      ...keys,
      link: (next, binding) => {
        const place = placeIn(binding);
        // Every event of a sender may have the same field that the vendor refuses.
        const pathOf = remembered((origin) => `${root}.${origin}`);
        const messageOf = remembered((origin) => `${pathOf(origin)} ${reason}, so it is not in ${place}`);
        return (key, value, pass) => {
          if (test(value as V, key)) next(key, value, pass);
          else pass.scope.warn('FIELD_NOT_SENT', pathOf(pass.origin), messageOf(pass.origin));
        };
      },
    });
  }

  map<U>(change: (value: V, key: string) => U | undefined): Fields<U> {
    return this.#thenEach('map', {}, (next) => (key, value, pass) => {
      const changed = change(value as V, key);
      if (changed !== undefined) next(key, changed as Json, pass);
    });
  }

  convert(converter: Converter<Json>, ...keys: string[]): Fields<Json> {
    const isConverted = this.#isAmong(keys);
    const root = rootOf(this.#source);
    const link =
      (next: Sink, { target }: Binding): Sink =>
      (key, value, pass) => {
        const result = isConverted(key) && value !== '' ? converter.convert(value) : value;
        if (result !== undefined) next(key, result, pass);
        else warnNotConverted(pass.scope, `${root}.${key}`, converter, target);
      };
    return this.#then({ via: converter.name, link });
  }

  flatten<T>(style: PathStyle, { under, lists }: FlattenOptions = {}): Fields<T> {
    const root = rootOf(this.#source);
    const paths = nestedPaths[style];
    const outer = under === undefined ? undefined : paths.top(under);
    return this.#then({
      via: `flatten(${style})`,
      makesKeys: true,
      link: (next, binding) => {
        const takesList = lists === undefined ? undefined : scalarLists(lists, root, placeIn(binding), next);
        const flattening = { paths, keepsEmpty: style !== 'brackets', takesList, next };
        return (key, value, pass) => {
          flattenInto(outer === undefined ? paths.top(key) : paths.below(outer, key), value, flattening, pass);
        };
      },
    });
  }

  upTo(count: number): Fields<V> {
    const root = rootOf(this.#source);
    return this.#then({
      via: 'upTo',
      link: (next, binding) => {
        const place = placeIn(binding);
        return (key, value, pass) => {
          const { result } = pass;
          pass.size ??= Object.keys(result).length;
          const isKnown = Object.hasOwn(result, key);
          if (isKnown || (!pass.isFull && pass.size < count)) {
            next(key, value, pass);
            if (!isKnown && Object.hasOwn(result, key)) pass.size += 1;
          } else if (!pass.isFull) {
            pass.isFull = true;
            const last = `${root}.${pass.origin}`;
            pass.scope.warn('FIELD_NOT_SENT', root, `${last} and everything after it do not fit into ${place}`);
          }
        };
      },
    });
  }

  list<T>(element: (key: Expr<string>, value: Expr<V>) => Mapped<T>): Expr<T[] | undefined> {
    const fields = this[EXPRESSION];
    const [key, value] = [itemOf(fields), itemOf(fields)];
    const literal = element(new Expression<string>(key), new Expression<V>(value));
    return this.#entries((binding) => {
      const [keySlot, valueSlot] = [binding.slot(key), binding.slot(value)];
      const read = binding.at(ANY_ELEMENT, () => binding.quietly(() => compileLiteral(literal, binding)));
      return (name, field, scope) => {
        scope.slots[keySlot] = name;
        scope.slots[valueSlot] = field;
        return read(scope);
      };
    });
  }

  keys(): Expr<string[] | undefined> {
    return this.#entries(() => (name) => name);
  }

  #entries<T>(
    compile: (binding: Binding) => (key: string, value: Json, scope: Scope) => unknown,
  ): Expr<T[] | undefined> {
    const fields = this[EXPRESSION];
    return new Expression({
      ...joined([fields]),
      compile: (binding) => {
        const read = fields.compile(binding);
        const element = compile(binding);
        return (scope) => {
          const object = read(scope) as JsonObject | undefined;
          return object && Object.entries(object).map(([key, value]) => element(key, value, scope));
        };
      },
    });
  }
}

/** What happens to the event's keys of a source, as far as the operations see them. */
function keysOf(source: Node, operations: readonly FieldsOperation[]): Keys {
  const seeing = source.makesKeys === true ? [] : _.takeWhile(operations, ({ makesKeys }) => makesKeys !== true);
  const makesKeys = [source, ...operations].some((operation) => operation.makesKeys === true);
  const afterwards = _.takeRightWhile(operations, (operation) => operation.makesKeys !== true);
  const keys = _.findLast(afterwards, 'keys')?.keys;
  return {
    ...[source, ...seeing].reduce<Keys>(narrowed, {}),
    ...(makesKeys && { makesKeys }),
    ...(keys !== undefined && { keys }),
  };
}

function narrowed(before: Keys, { except: left = [], only }: Keys): Keys {
  const except = _.union(before.except, left);
  const picks = [before.only, only].filter((keys) => keys !== undefined);
  if (picks.length > 0) return { only: _.difference(_.intersection(...picks), except) };
  return except.length > 0 ? { except } : {};
}

const NO_NAMES: ReadonlySet<string> = new Set();

function compileFields(source: Node, operations: readonly FieldsOperation[], binding: Binding): Read {
  if (operations.length === 0) {
    const read = source.compile(binding);
    return (scope) => {
      const value = read(scope);
      return isJsonObject(value) ? value : undefined;
    };
  }
  const fill = fuse(source, operations, binding, NO_NAMES);
  const shaped = shaper();
  return (scope) => {
    const result: JsonObject = {};
    return fill(scope, result) || Object.keys(result).length > 0 ? shaped(result) : undefined;
  };
}

/**
 * Fuses the operations: each passes accepted fields on to the next, and the last writes them.
 * @returns a function that does so for one event, and says whether the source has an object at all
 */
function fuse(source: Node, operations: readonly FieldsOperation[], binding: Binding, named: ReadonlySet<string>) {
  const tells = binding.isTraced && isPlain(source);
  const read = tells ? untracedSource(source.compile(binding)) : source.compile(binding);
  let sink = writerOf(source, operations, placeIn(binding), named);
  for (const operation of operations.toReversed()) sink = operation.link(sink, binding);
  return (scope: Scope, result: JsonObject): boolean => {
    const object = read(scope);
    const origins = tells ? new Map<string, string>() : undefined;
    const pass: Pass = { scope, result, deferred: [], origin: '', isFull: false, size: undefined, origins };
    if (isJsonObject(object)) {
      for (const key in object) {
        pass.origin = key;
        sink(key, object[key] as Json, pass);
      }
    }
    for (const write of pass.deferred) write();
    if (origins !== undefined) {
      for (const key of origins.values()) scope.trace?.saw({ source: source.sources[0] as string, key });
    }
    return isJsonObject(object);
  };
}

/** Whether a node yields an object of the event unchanged, so that its fields are the event's. */
const isPlain = ({ sources, via, compileParts, perItem }: Node): boolean =>
  sources.length === 1 && via.length === 0 && compileParts === undefined && perItem !== true;

/** Where the fields come from, for messages. Of several places, the first. */
const rootOf = ({ sources: [source = 'event'] }: Node): string => source.replace(/\.\*$/, '');

/** What messages call the place of the fields. Fields that a condition or a computation reads have none. */
const placeIn = ({ target }: Binding): string => (target === 'outcome' ? 'the requests' : target);

/** The last sink. It looks for equal keys only if an operation creates new ones. */
function writerOf(
  source: Node,
  operations: readonly FieldsOperation[],
  place: string,
  named: ReadonlySet<string>,
): Sink {
  const makesKeys = operations.some((operation) => operation.makesKeys === true);
  const root = rootOf(source);
  return (key, value, { scope, result, origin, origins }) => {
    if (named.has(key)) return;
    scope.output.write(key);
    if (makesKeys && Object.hasOwn(result, key)) {
      const path = `${root}.${origin}`;
      scope.warn('TRAIT_COLLIDED', path, `${path} replaces another trait that is sent as ${key} in ${place}`);
    }
    setOwn(result, key, value);
    origins?.set(key, origin);
  };
}

/** Passes a list of scalars on instead of its elements: as one text, or as the list. */
function scalarLists(how: 'joined' | 'kept', root: string, place: string, next: Sink): Sink {
  return (key, list, pass) => {
    const elements = _.castArray(list).filter(isNotNull);
    const path = `${root}.${pass.origin}`;
    if (!elements.every(isScalar)) {
      pass.scope.warn('FIELD_NOT_SENT', path, `${path} has a list of objects, which ${place} cannot contain`);
    } else if (elements.length > 0) {
      next(key, how === 'joined' ? elements.join(', ') : elements, pass);
    }
  };
}

/** How one step flattens. */
interface Flattening {
  readonly paths: NestedPaths;
  /** Whether null, empty objects and empty lists are fields. */
  readonly keepsEmpty: boolean;
  /** What receives lists, if they are not flattened. */
  readonly takesList: Sink | undefined;
  readonly next: Sink;
}

function flattenInto(path: NestedPath, value: Json, flattening: Flattening, pass: Pass): void {
  const { paths, keepsEmpty, takesList, next } = flattening;
  if (takesList !== undefined && isList(value)) {
    pass.scope.output.write(path.text);
    takesList(path.text, value, pass);
    return;
  }
  const isContainer = typeof value === 'object' && value !== null;
  let isEmpty = true;
  if (isContainer) {
    const children = value as JsonObject;
    const isIndex = isList(value);
    for (const key in children) {
      isEmpty = false;
      const { origin, origins } = pass;
      if (origins !== undefined) pass.origin = `${origin}.${key}`;
      flattenInto(paths.below(path, isIndex ? Number(key) : key), children[key] as Json, flattening, pass);
      if (origins !== undefined) pass.origin = origin;
    }
  }
  if (isEmpty && (takesList === undefined ? keepsEmpty || !(isContainer || value === null) : !isContainer)) {
    // A leaf of a few bytes may have a path of thousands.
    pass.scope.output.write(path.text);
    next(path.text, value, pass);
  }
}
