import _ from 'lodash';
import { LRUCache } from 'lru-cache';

import type { PolicyRules } from '../contract/policy.ts';
import { isJsonObject, isPresent, type Json, type JsonObject, setOwn } from './json.ts';
import { addressParts, type ReservedTrait, reservedTraits } from './traits.ts';

/** A policy, and its name in messages. */
export type NamedRules = readonly [name: string, rules: PolicyRules];

/** A place of the event that a policy withholds. */
export interface Withheld {
  readonly path: string;
  /** The same in the form used to compare. */
  readonly steps: readonly string[];
  /** The list that withholds it, such as `policy.traits.deny`. */
  readonly by: string;
}

/** A trait that replaced another one, since a policy gave it that name. */
export interface Collision {
  path: string;
  name: string;
}

/** What a policy makes of an event. */
export interface Judged {
  payload: JsonObject;
  withheld: readonly Withheld[];
  collisions: readonly Collision[];
}

/** Where an event has what a policy decides on. */
export interface Layout {
  /** Where the group's traits are. */
  traitsAt: 'traits' | 'properties' | 'context.traits';
  /** The trait that is the id of the group, which no policy withholds. */
  id: string | undefined;
}

/** Events of a sender have the same keys again and again. */
const folds = new LRUCache<string, string>({ max: 5_000 });

/** A key in the form used to compare: `billing_iban`, `Billing-IBAN` and `billingIban` are one name. */
function fold(key: string): string {
  const known = folds.get(key);
  if (known !== undefined) return known;
  // Only the upper case of ß shows that it is SS.
  const plain = key.normalize('NFKC').toUpperCase().toLowerCase();
  const folded = plain.replace(/[^\p{L}\p{N}]+/gu, '') || key;
  folds.set(key, folded);
  return folded;
}

const foldedSpellings = (table: Readonly<Record<string, ReservedTrait>>): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(table).flatMap(([name, { spellings }]) =>
      spellings.map((spelling) => [fold(spelling), fold(name)] as const),
    ),
  );

const partAliases = foldedSpellings(addressParts);
const traitAliases = foldedSpellings(reservedTraits);
/** The person has one id, whatever its place. A RudderStack id is made of the anonymous one. */
const personAliases: typeof traitAliases = new Map([...traitAliases, ['id', 'userid'], ['rudderid', 'anonymousid']]);

/** The steps of a key or a path below others. Names that mean the same become one. */
function stepsOf(path: string, above: readonly string[], aliases: typeof traitAliases): readonly string[] {
  const steps = [...above];
  for (const part of path.split('.')) {
    const step = fold(part);
    const names = steps.length === 0 ? aliases : steps.length === 1 && steps[0] === 'address' ? partAliases : undefined;
    steps.push(names?.get(step) ?? step);
  }
  return steps;
}

/** The steps of a source of lineage, as in `Withheld`. `properties` may be the group's traits. */
export function stepsOfSource(source: string): readonly string[] {
  const [root = '', ...rest] = source.replace(/\.\*$/, '').split('.');
  if (root === 'traits' || root === 'properties') return ['traits', ...below(rest, traitAliases)];
  if (root !== 'context') return below([root, ...rest], personAliases);
  return rest[0] === 'traits'
    ? ['context', 'traits', ...below(rest.slice(1), personAliases)]
    : ['context', ...rest.map(fold)];
}

const below = (steps: readonly string[], aliases: typeof traitAliases): readonly string[] =>
  steps.length === 0 ? [] : stepsOf(steps.join('.'), [], aliases);

/** Paths that share their first steps, as a tree. */
interface Node {
  readonly named: Map<string, Node>;
  any?: Node;
  /** The list of a path that ends here. */
  ends?: string;
  /** The list of a path that leads here. */
  readonly by: string;
  /** Whether the last step is a name. */
  readonly isNamed: boolean;
  /** Whether a next step is an index. */
  namesIndex: boolean;
}

const nodeOf = (by: string, isNamed: boolean): Node => ({ named: new Map(), by, isNamed, namesIndex: false });

function grow(root: Node, steps: readonly string[], by: string): void {
  const end = steps.reduce((node, step) => {
    if (step === '*') return (node.any ??= nodeOf(by, false));
    const next = node.named.get(step) ?? nodeOf(by, true);
    node.named.set(step, next);
    node.namesIndex ||= /^\d+$/.test(step);
    return next;
  }, root);
  end.ends ??= by;
}

function treeOf(paths: readonly string[] | undefined, by: string, aliases: typeof traitAliases): Node {
  const root = nodeOf(by, false);
  for (const path of paths ?? []) grow(root, stepsOf(path, [], aliases), by);
  return root;
}

const after = (nodes: readonly Node[], step: string): readonly Node[] =>
  nodes.flatMap(({ named, any }) => _.compact([named.get(step), any]));

/** What the rest of a place is judged by. */
interface Rules {
  /** What leads to something denied. */
  readonly deny: readonly Node[];
  /** For each list that allows nothing yet: what leads to something that it allows. */
  readonly allow: readonly Allowing[];
}

interface Allowing {
  readonly nodes: readonly Node[];
  readonly by: string;
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();

const NO_RULES: Rules = { deny: [], allow: [] };

const isDone = ({ deny, allow }: Rules): boolean => deny.length === 0 && allow.length === 0;

/** The rules below one more step, or the list that withholds what is there. */
function judge({ deny, allow }: Rules, step: string): Rules | string {
  const denied = after(deny, step);
  const ends = denied.find((node) => node.ends !== undefined)?.ends;
  if (ends !== undefined) return ends;
  const allowing: Allowing[] = [];
  for (const { nodes, by } of allow) {
    const next = after(nodes, step);
    if (next.some((node) => node.ends !== undefined)) continue;
    if (next.length === 0) return by;
    allowing.push({ nodes: next, by });
  }
  return denied.length + allowing.length === 0 ? NO_RULES : { deny: denied, allow: allowing };
}

/** The rules of an element of a list. Its index is a step, which a path may leave out. */
function judgeElement({ deny, allow }: Rules, step: string): Rules | string {
  const denied = after(deny, step);
  const ends = denied.find((node) => node.ends !== undefined)?.ends;
  if (ends !== undefined) return ends;
  const allowing = allow
    .map(({ nodes, by }) => ({ nodes: _.union(nodes, after(nodes, step)), by }))
    .filter(({ nodes }) => nodes.every((node) => node.ends === undefined));
  return { deny: _.union(deny, denied), allow: allowing };
}

/** The person's ids at the root of an event and in its context, and in the group's traits. */
const rootIds = ['userid', 'anonymousid', 'rudderid', 'email', 'phone'];
const strayIds = ['userid', 'anonymousid'];

/** The person's traits in properties, for some vendors. */
const USER_PROPERTIES = 'userproperties';

/** The policies of a destination, as one. */
export class Policy {
  /** Equal for equal policies. */
  readonly key: string;
  readonly #group: Rules;
  readonly #person: Rules;
  /** What the group's traits have of the person. */
  readonly #stray: Rules;
  readonly #names: ReadonlyMap<string, string>;

  /** @param given each tightens the others, and the last one decides on new names */
  constructor(given: readonly NamedRules[]) {
    this.key = JSON.stringify(given);
    const denied = given.map(([name, { traits }]) => treeOf(traits?.deny, `${name}.traits.deny`, traitAliases));
    const allowed = given.flatMap(([name, { traits }]): Allowing[] => {
      if (traits?.allow === undefined) return [];
      const by = `${name}.traits.allow`;
      return [{ nodes: [treeOf(traits.allow, by, traitAliases)], by }];
    });
    const people = given.map(([name, { person }]) => treeOf(person?.deny, `${name}.person.deny`, personAliases));
    this.#group = { deny: denied.filter(isGrown), allow: allowed };
    this.#person = { deny: people.filter(isGrown), allow: [] };
    this.#stray = { deny: this.#person.deny.map(strayOf).filter(isGrown), allow: [] };
    const names = Object.assign({}, ...given.map(([, { rename }]) => rename)) as Record<string, string>;
    this.#names = new Map(
      Object.entries(names).map(([from, to]) => [stepsOf(from, [], traitAliases).join('.'), to] as const),
    );
  }

  /** Withholds only. The given event stays unchanged. */
  withhold(payload: JsonObject, layout: Layout): JsonObject {
    return new Judgement(layout, this.#group, this.#person, this.#stray, NO_NAMES).event(payload);
  }

  /** Withholds and renames. The given event stays unchanged. */
  judge(payload: JsonObject, layout: Layout): Judged {
    const judgement = new Judgement(layout, this.#group, this.#person, this.#stray, this.#names);
    return { payload: judgement.event(payload), withheld: judgement.withheld, collisions: judgement.collisions };
  }
}

const isGrown = ({ named, any }: Node): boolean => named.size > 0 || any !== undefined;

function strayOf({ named, any, by }: Node): Node {
  const root = nodeOf(by, false);
  for (const id of strayIds) {
    const node = named.get(id) ?? any;
    if (node !== undefined) root.named.set(id, node);
  }
  return root;
}

/** A container in an event. */
interface Place {
  /** As lineage writes it. */
  readonly path: string;
  /** What comes before the steps in `Withheld`. */
  readonly root: readonly string[];
  readonly steps: readonly string[];
  readonly aliases: typeof traitAliases;
}

/** One event under one policy. */
class Judgement {
  readonly withheld: Withheld[] = [];
  readonly collisions: Collision[] = [];
  readonly #layout: Layout;
  readonly #group: Rules;
  readonly #person: Rules;
  readonly #stray: Rules;
  readonly #names: ReadonlyMap<string, string>;

  constructor(layout: Layout, group: Rules, person: Rules, stray: Rules, names: ReadonlyMap<string, string>) {
    this.#layout = layout;
    this.#group = group;
    this.#person = person;
    this.#stray = stray;
    this.#names = names;
  }

  event(payload: JsonObject): JsonObject {
    return mapFields(payload, (value, key) => {
      switch (fold(key)) {
        case 'traits':
          // Without traits, others would be read in their place.
          return this.#groupTraits(value, key, key === this.#layout.traitsAt) ?? {};
        case 'properties':
          return this.#properties(value, key);
        case 'context':
          return this.#context(value, key);
        default:
          return this.#personal(value, key, []);
      }
    });
  }

  /** @param isRead whether they are read as the group's traits, and not only passed on with the event */
  #groupTraits(value: Json, path: string, isRead: boolean): Json | undefined {
    const place: Place = { path: isRead ? 'traits' : path, root: ['traits'], steps: [], aliases: traitAliases };
    const rules = both(this.#group, this.#stray);
    const kept = this.#root(value, place, rules, isRead ? this.#layout.id : undefined);
    return isRead && isJsonObject(kept) ? this.#renamed(kept, place) : kept;
  }

  /** They may describe the group or the person. */
  #properties(value: Json, key: string): Json | undefined {
    const isRead = key === this.#layout.traitsAt;
    const place: Place = { path: isRead ? 'traits' : key, root: ['traits'], steps: [], aliases: traitAliases };
    const kept = this.#root(value, place, both(this.#group, this.#person), isRead ? this.#layout.id : undefined);
    if (!isJsonObject(kept)) return kept;
    const ofPerson = mapFields(kept, (field, name) => {
      if (fold(name) !== USER_PROPERTIES) return field;
      const path = `${place.path}.${name}`;
      return this.#root(
        field,
        { path, root: ['traits', USER_PROPERTIES], steps: [], aliases: personAliases },
        this.#person,
      );
    });
    return isRead ? this.#renamed(ofPerson, place) : ofPerson;
  }

  #context(value: Json, path: string): Json | undefined {
    const isOfGroup = this.#layout.traitsAt === 'context.traits';
    if (!isJsonObject(value))
      return this.#root(value, { path, root: ['context'], steps: [], aliases: personAliases }, this.#person);
    if (!isOfGroup && isDone(this.#person)) return value;
    return mapFields(value, (field, key) => {
      const at = `${path}.${key}`;
      switch (fold(key)) {
        case 'traits':
          return isOfGroup
            ? this.#groupTraits(field, at, key === 'traits')
            : this.#root(
                field,
                { path: at, root: ['context', 'traits'], steps: [], aliases: personAliases },
                this.#person,
              );
        case 'externalid':
        case 'externalids':
          return this.#externalIds(field, at);
        default:
          return this.#personal(field, key, ['context']);
      }
    });
  }

  /** A field beside the traits. Some are ids of the person. */
  #personal(value: Json, key: string, root: readonly string[]): Json | undefined {
    if (isDone(this.#person)) return value;
    const name = fold(key);
    if (name === 'externalid' || name === 'externalids') return this.#externalIds(value, [...root, key].join('.'));
    if (!rootIds.includes(name)) return value;
    const place: Place = { path: root.join('.'), root, steps: [], aliases: personAliases };
    return this.#field(value, key, place, this.#person);
  }

  /** Ids that vendors gave to the person, by their types. */
  #externalIds(value: Json, path: string): Json | undefined {
    const rules = judge(this.#person, 'externalid');
    const steps = ['context', 'externalid'];
    if (typeof rules === 'string') return this.#withhold(path, steps, rules);
    const ids = _.castArray(value);
    const kept = ids.map((id, index): Json => {
      const type = isJsonObject(id) && typeof id.type === 'string' ? id.type : undefined;
      if (type === undefined) return id;
      const step = personAliases.get(fold(type)) ?? fold(type);
      const by = [judge(rules, step), judge(this.#person, step)].find((verdict) => typeof verdict === 'string');
      if (by === undefined) return id;
      this.#withhold(`${path}[${String(index)}]`, steps, by);
      // The others keep their positions, since some vendors get the first one.
      return {};
    });
    return kept.every((id, index) => id === ids[index]) ? value : kept;
  }

  /** What is not an object has no names to judge. An emptied object stays, since other places are read without one. */
  #root(value: Json, place: Place, rules: Rules, id?: string): Json | undefined {
    if (isDone(rules) || !isPresent(value)) return value;
    if (!isJsonObject(value)) return this.#withhold(place.path, place.root, byOf(rules));
    return mapFields(value, (field, key) => (key === id ? field : this.#field(field, key, place, rules)));
  }

  /** The part of a field that may be sent, or undefined. */
  #field(value: Json, key: string, { path, root, steps, aliases }: Place, rules: Rules): Json | undefined {
    const inner: Place = {
      path: path === '' ? key : `${path}.${key}`,
      root,
      steps: stepsOf(key, steps, aliases),
      aliases,
    };
    let left = rules;
    for (const step of inner.steps.slice(steps.length)) {
      const verdict = judge(left, step);
      if (typeof verdict === 'string') return this.#withhold(inner.path, [...root, ...inner.steps], verdict);
      left = verdict;
      if (isDone(left)) break;
    }
    return this.#value(value, inner, left);
  }

  #value(value: Json, place: Place, rules: Rules): Json | undefined {
    if (isDone(rules)) return value;
    if (Array.isArray(value)) return this.#list(value, place, rules);
    if (isJsonObject(value)) {
      const kept = mapFields(value, (field, key) => this.#field(field, key, place, rules));
      return kept !== value && _.isEmpty(kept) ? undefined : kept;
    }
    // Text may contain what the policy expects below it, as an address on one line does.
    const suspect =
      isPresent(value) && typeof value === 'string' ? rules.deny.find(({ isNamed }) => isNamed) : undefined;
    const by = rules.allow[0]?.by ?? suspect?.by;
    return by === undefined ? value : this.#withhold(place.path, [...place.root, ...place.steps], by);
  }

  #list(list: readonly Json[], place: Place, rules: Rules): Json | undefined {
    const { deny, allow } = rules;
    const namesIndex = deny.concat(...allow.map(({ nodes }) => nodes)).some((node) => node.namesIndex);
    const ofAny = judgeElement(rules, '*');
    const kept = list.map((element, index) => {
      const inner = { ...place, path: `${place.path}[${String(index)}]` };
      const verdict = namesIndex ? judgeElement(rules, String(index)) : ofAny;
      return typeof verdict === 'string'
        ? this.#withhold(inner.path, [...inner.root, ...inner.steps], verdict)
        : this.#value(element, inner, verdict);
    });
    if (kept.every((element, index) => element === list[index])) return list as Json[];
    const present = kept.filter((element) => element !== undefined);
    return present.length > 0 ? present : undefined;
  }

  /** Records a place that is not sent. */
  #withhold(path: string, steps: readonly string[], by: string): Json | undefined {
    this.withheld.push({ path, steps, by });
    return undefined;
  }

  /** Gives traits their new names. They come after the others, so that they win. */
  #renamed(object: JsonObject, place: Place): JsonObject {
    if (this.#names.size === 0) return object;
    const renamed: [key: string, name: string, value: Json][] = [];
    const rest = mapFields(object, (value, key) => {
      const steps = stepsOf(key, place.steps, place.aliases);
      const path = `${place.path}.${key}`;
      const field = isJsonObject(value) ? this.#renamed(value, { ...place, path, steps }) : value;
      const name = this.#names.get(steps.join('.'));
      if (name === undefined || name === key) return field;
      renamed.push([key, name, field]);
      return undefined;
    });
    if (renamed.length === 0) return rest;
    const result = { ...rest };
    for (const [key, name, value] of renamed) {
      if (Object.hasOwn(result, name)) this.collisions.push({ path: `${place.path}.${key}`, name });
      setOwn(result, name, value);
    }
    return result;
  }
}

const both = (one: Rules, other: Rules): Rules => ({
  deny: [...one.deny, ...other.deny],
  allow: [...one.allow, ...other.allow],
});

const byOf = ({ deny, allow }: Rules): string => deny[0]?.by ?? allow[0]?.by ?? '';

/** The object with each field changed, or left out if the change is undefined. The same object if none changes. */
function mapFields(object: JsonObject, change: (value: Json, key: string) => Json | undefined): JsonObject {
  const result: JsonObject = {};
  let isSame = true;
  for (const key of Object.keys(object)) {
    const value = object[key] as Json;
    const changed = change(value, key);
    isSame &&= changed === value;
    if (changed !== undefined) setOwn(result, key, changed);
  }
  return isSame ? object : result;
}
