import _ from 'lodash';
import { isJsonObject, isPresent, setOwn, type Json, type JsonObject } from '../core/json.ts';
import { ANY_ELEMENT } from '../core/lineage.ts';
import { EXPRESSION, Expression, itemOf, joined, type Binding, type Expr, type Node } from './expression.ts';
import { compileLiteral, type Mapped } from './literal.ts';
import type { Read, Scope } from './scope.ts';

/** How `flatten` writes the way to a nested value: `a.b[0]`, `a_b_0`, or `a[b][0]` as forms of PHP and Rails read it. */
export type FlattenStyle = 'dots' | 'underscores' | 'brackets';

/** A scalar as it stands in a form. */
export type Scalar = string | number | boolean;

/** One pass over an object for one event. */
interface Pass {
  readonly scope: Scope;
  readonly result: JsonObject;
  /** What is to be written after everything else. */
  readonly deferred: (() => void)[];
  /** The key of the object that is being passed through. */
  origin: string;
}

/** Takes one field of the object. */
type Sink = (key: string, value: Json, pass: Pass) => void;

/** What becomes of the keys of an object. */
type Keys = Pick<Node, 'makesKeys' | 'except' | 'only'>;

interface Stage extends Keys {
  readonly via: string;
  /** The expressions that it reads besides the object. */
  readonly reads?: readonly Node[];
  /** Makes the sink that hands what it lets through to the next one, and what is to run when all fields are through. */
  readonly link: (next: Sink, binding: Binding) => { sink: Sink; finish?: (pass: Pass) => void };
}

/**
 * The fields of an object whose keys the event decides, with steps that leave out, rename and reshape them. The steps
 * run in the order they are written, as one pass. Where two keys meet, the later one is sent and a warning tells.
 */
export interface Fields<out V> extends Expr<Record<string, V> | undefined> {
  /** Leaves keys out. */
  omit(...keys: string[]): Fields<V>;
  /** Leaves all other keys out. */
  pick(...keys: string[]): Fields<V>;
  /**
   * Gives keys other names, pair by pair, so that a later pair sees what an earlier one did. A renamed field comes after
   * the others, and so wins over one that has the name already; `mapKeys` leaves it in its place.
   */
  rename(names: readonly (readonly [from: string, to: string])[], when?: (value: Json) => boolean): Fields<V>;
  /** Gives every key another name. */
  mapKeys(name: (key: string) => string): Fields<V>;
  /** Keeps what the test holds for. */
  filter<U extends V>(test: (value: V, key: string) => value is U): Fields<U>;
  filter(test: (value: V, key: string) => boolean): Fields<V>;
  /** Changes every value; undefined leaves it out. */
  map<U>(change: (value: V, key: string) => U | undefined): Fields<U>;
  /** Sets fields of its own over what is there; one whose value is absent takes the key away. */
  with(fields: Record<string, Expr<unknown>>): Fields<V>;
  /**
   * Makes nested objects and lists one level, under a common name if one is given. Brackets leave out what a form
   * cannot say: null, empty objects and empty lists.
   */
  flatten(style: 'brackets', name?: string): Fields<Scalar>;
  flatten(style: FlattenStyle, name?: string): Fields<Json>;
  /**
   * Keeps the first fields, so many that the object has no more than `count`, those included that a literal names. A
   * warning tells where others are left out. It comes last, since it counts what has been written.
   */
  upTo(count: number): Fields<V>;
  /** A list with one element per field. */
  list<T>(element: (key: Expr<string>, value: Expr<V>) => Mapped<T>): Expr<T[] | undefined>;
  /** The list of keys. */
  keys(): Expr<string[] | undefined>;
}

/** Fields of whatever object a node yields; absent when it yields none. */
export function fieldsOf(source: Node): Fields<Json> {
  return new FieldsExpression<Json>(source, []);
}

class FieldsExpression<V> extends Expression<Record<string, V> | undefined> implements Fields<V> {
  readonly #source: Node;
  readonly #stages: readonly Stage[];

  constructor(source: Node, stages: readonly Stage[]) {
    const reads = stages.flatMap((stage) => stage.reads ?? []);
    super({
      ...joined([source, ...reads]),
      ...keysOf(source, stages, reads),
      via: stages.map(({ via }) => via),
      sharesRoom: stages.some(({ via }) => via === 'upTo'),
      compile: (binding) => compileFields(source, stages, binding),
      compileInto: (binding, named) => fuse(source, stages, binding, named),
    });
    this.#source = source;
    this.#stages = stages;
  }

  #then<U>(stage: Stage): Fields<U> {
    return new FieldsExpression<U>(this.#source, [...this.#stages, stage]);
  }

  #thenEach<U>(via: string, keys: Keys, step: (next: Sink) => Sink): Fields<U> {
    return this.#then({ via, ...keys, link: (next) => ({ sink: step(next) }) });
  }

  omit(...keys: string[]): Fields<V> {
    const left = new Set(keys);
    return this.#thenEach('omit', { except: keys }, (next) => (key, value, pass) => {
      if (!left.has(key)) next(key, value, pass);
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
    const renamed = (name: string, [from, to]: readonly [string, string]) => (name === from ? to : name);
    return this.#thenEach('rename', { makesKeys: true }, (next) => (key, value, pass) => {
      const name = when(value) ? names.reduce(renamed, key) : key;
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
    return this.#thenEach('mapKeys', { makesKeys: true }, (next) => (key, value, pass) => {
      next(name(key), value, pass);
    });
  }

  filter<U extends V>(test: ((value: V, key: string) => value is U) | ((value: V, key: string) => boolean)): Fields<U> {
    return this.#thenEach('filter', {}, (next) => (key, value, pass) => {
      if (test(value as V, key)) next(key, value, pass);
    });
  }

  map<U>(change: (value: V, key: string) => U | undefined): Fields<U> {
    return this.#thenEach('map', {}, (next) => (key, value, pass) => {
      const changed = change(value as V, key);
      if (changed !== undefined) next(key, changed as Json, pass);
    });
  }

  flatten<T>(style: FlattenStyle, name?: string): Fields<T> {
    return this.#thenEach(`flatten(${style})`, { makesKeys: true }, (next) => (key, value, pass) => {
      const path = name === undefined ? key : joinKey(style, name, key);
      flattenInto(path, value, style, next, pass);
    });
  }

  with(fields: Record<string, Expr<unknown>>): Fields<V> {
    const nodes = Object.entries(fields).map(([key, value]) => [key, value[EXPRESSION]] as const);
    return this.#then({
      via: 'with',
      reads: nodes.map(([, node]) => node),
      except: Object.keys(fields),
      link: (next, binding) => {
        const reads = nodes.map(([key, node]) => [key, node.compile(binding)] as const);
        return {
          sink: (key, value, pass) => {
            if (!Object.hasOwn(fields, key)) next(key, value, pass);
          },
          finish: (pass) => {
            for (const [key, read] of reads) {
              const value = read(pass.scope);
              pass.origin = key;
              if (isPresent(value)) next(key, value as Json, pass);
            }
          },
        };
      },
    });
  }

  upTo(count: number): Fields<V> {
    const root = rootOf(this.#source);
    return this.#then({
      via: 'upTo',
      link: (next, { target }) => ({
        sink: (key, value, pass) => {
          const hasRoom = Object.hasOwn(pass.result, key) || Object.keys(pass.result).length < count;
          if (hasRoom) next(key, value, pass);
          else pass.scope.warn('FIELD_NOT_SENT', root, `the last of ${root} have no room in ${target}`);
        },
      }),
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

/** What becomes of the keys of a source, as far as stages see them as the event has them. */
function keysOf(source: Node, stages: readonly Stage[], reads: readonly Node[]): Keys {
  const seeing = source.makesKeys === true ? [] : _.takeWhile(stages, ({ makesKeys }) => makesKeys !== true);
  const others = reads.flatMap(({ sources }) => sources);
  const isReadAgain = source.sources.some((root) => root.endsWith('.*') && others.includes(root));
  const selection = isReadAgain ? {} : [source, ...seeing].reduce<Keys>(narrowed, {});
  const makesKeys = [source, ...stages].some((stage) => stage.makesKeys === true);
  return { ...selection, ...(makesKeys && { makesKeys }) };
}

function narrowed(before: Keys, { except: left = [], only }: Keys): Keys {
  const except = _.union(before.except, left);
  const picks = [before.only, only].filter((keys) => keys !== undefined);
  if (picks.length > 0) return { only: _.difference(_.intersection(...picks), except) };
  return except.length > 0 ? { except } : {};
}

const NO_NAMES: ReadonlySet<string> = new Set();

function compileFields(source: Node, stages: readonly Stage[], binding: Binding): Read {
  if (stages.length === 0) {
    const read = source.compile(binding);
    return (scope) => {
      const value = read(scope);
      return isJsonObject(value) ? value : undefined;
    };
  }
  const fill = fuse(source, stages, binding, NO_NAMES);
  return (scope) => {
    const result: JsonObject = {};
    return fill(scope, result) || Object.keys(result).length > 0 ? result : undefined;
  };
}

/**
 * Fuses the stages: each hands the fields it lets through to the next, and the last writes them.
 * @returns what does so for one event, and tells whether the source has an object at all
 */
function fuse(source: Node, stages: readonly Stage[], binding: Binding, named: ReadonlySet<string>) {
  const read = source.compile(binding);
  let sink = writerOf(source, stages, binding.target, named);
  const finishes: ((pass: Pass) => void)[] = [];
  for (const stage of stages.toReversed()) {
    const linked = stage.link(sink, binding);
    sink = linked.sink;
    if (linked.finish !== undefined) finishes.unshift(linked.finish);
  }
  return (scope: Scope, result: JsonObject): boolean => {
    const object = read(scope);
    const pass: Pass = { scope, result, deferred: [], origin: '' };
    if (isJsonObject(object)) {
      for (const key in object) {
        pass.origin = key;
        sink(key, object[key] as Json, pass);
      }
    }
    for (const finish of finishes) finish(pass);
    for (const write of pass.deferred) write();
    return isJsonObject(object);
  };
}

/** Where the fields come from, for messages; of several places, the first. */
const rootOf = ({ sources: [source = 'event'] }: Node): string => source.replace(/\.\*$/, '');

/** The last sink; it looks out for keys that meet only where a stage makes new ones. */
function writerOf(source: Node, stages: readonly Stage[], target: string, named: ReadonlySet<string>): Sink {
  const makesKeys = stages.some((stage) => stage.makesKeys === true);
  const root = rootOf(source);
  return (key, value, { scope, result, origin }) => {
    if (named.has(key)) return;
    if (makesKeys && Object.hasOwn(result, key)) {
      const path = `${root}.${origin}`;
      scope.warn('TRAIT_COLLIDED', path, `${path} replaces another trait that is sent as ${key} in ${target}`);
    }
    setOwn(result, key, value);
  };
}

function flattenInto(path: string, value: Json, style: FlattenStyle, next: Sink, pass: Pass): void {
  const isContainer = typeof value === 'object' && value !== null;
  if (isContainer && !_.isEmpty(value)) {
    const isList = Array.isArray(value);
    const children = value as JsonObject;
    for (const key in children)
      flattenInto(joinKey(style, path, key, isList), children[key] as Json, style, next, pass);
  } else if (style !== 'brackets' || !(isContainer || value === null)) {
    next(path, value, pass);
  }
}

function joinKey(style: FlattenStyle, path: string, key: string, isIndex = false): string {
  switch (style) {
    case 'dots':
      return isIndex ? `${path}[${key}]` : `${path}.${key}`;
    case 'underscores':
      return `${path}_${key}`;
    case 'brackets':
      return `${path}[${key}]`;
  }
}
