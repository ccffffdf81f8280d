import _ from 'lodash';
import satisfies from 'semver/functions/satisfies.js';

import type { Drop, Fail } from '../contract/results.ts';
import { foldIntegrations, type Integrations } from './integrations.ts';
import { atPath, isJsonObject, isPresent, type Json, type JsonObject, own } from './json.ts';
import { checkShape } from './limits.ts';
import { drop, fail, MappingFailure } from './outcome.ts';
import { type Collision, type Judged, type Policy, stepsOfSource, type Withheld } from './policy.ts';
import { isTime } from './time.ts';
import { type AddressPart, addressParts, type ReservedTraitName, reservedTraits } from './traits.ts';
import type { Warn } from './warnings.ts';

/**
 * The fields of the canonical event that have several places in a payload, and those places in the order of look-up.
 * Lineage names the field; this table says what may feed it.
 */
export const canonicalFields = {
  groupId: ['groupId', 'traits.groupId', 'traits.group_id', 'traits.id'],
  'person.id': ['userId', 'context.traits.userId', 'context.traits.id'],
  'person.email': ['context.traits.email'],
  time: ['timestamp', 'originalTimestamp', 'sentAt', 'receivedAt'],
} as const;

/** The places in a payload that a source of lineage names. The first one gives it its name. */
export function placesOf(source: string): readonly [string, ...string[]] {
  return Object.hasOwn(canonicalFields, source) ? canonicalFields[source as keyof typeof canonicalFields] : [source];
}

const fieldPlaces = (field: keyof typeof canonicalFields) =>
  canonicalFields[field].map((path) => ({ path, keys: path.split('.') }));

const groupIdPlaces = fieldPlaces('groupId');
const personIdPlaces = fieldPlaces('person.id');
const timePlaces = fieldPlaces('time');

/**
 * Whether a value in one of a source's places is usable, so that later places are not looked at. An unusable value is
 * skipped.
 */
export function isOfUse(source: string, value: Json | undefined): boolean {
  switch (source) {
    case 'groupId':
      return Array.isArray(value) ? value.length > 0 : isIdLike(value);
    case 'person.id':
      return isIdLike(value);
    case 'time':
      return isTime(value);
    default:
      return isPresent(value);
  }
}

const isBlank = (text: string): boolean => text.trim() === '';

/** Blank text is not an id. Tabs and no-break spaces count as blank. */
const isIdLike = (value: Json | undefined): boolean =>
  typeof value === 'string' ? !isBlank(value) : typeof value === 'number';

/**
 * Reads an id as text. Blank text, booleans, lists and objects are not ids.
 * @throws {MappingFailure} ID_NOT_EXACT for a number that is not a safe integer, since its digits are already lost
 */
function readId(value: Json | undefined, path: string): string | undefined {
  if (typeof value === 'string') return isBlank(value) ? undefined : value;
  if (typeof value !== 'number') return undefined;
  if (Number.isSafeInteger(value)) return String(value);
  throw new MappingFailure('ID_NOT_EXACT', `${path} is a number that is not exact; send ids as text`, path);
}

function readIds(value: Json | undefined, path: string): readonly string[] {
  if (!Array.isArray(value)) {
    const id = readId(value, path);
    return id === undefined ? [] : [id];
  }
  return value.map((element, index) => {
    const at = `${path}[${String(index)}]`;
    const id = readId(element, at);
    if (id === undefined) throw new MappingFailure('GROUP_ID_INVALID', `${at} is not an id`, at);
    return id;
  });
}

/** The root fields of a group event in canonical form. */
const rootFields = ['type', 'groupId', 'traits', 'context'] as const;

/** A field that is ignored because it has the wrong type. */
export interface MalformedField {
  path: string;
  kind: string;
}

const isObjectIfAny = (value: Json | undefined): boolean => isJsonObject(value) || !isPresent(value);
const isIdIfAny = (value: Json | undefined): boolean =>
  typeof value === 'string' || typeof value === 'number' || !isPresent(value);

const NOTHING_MALFORMED: readonly MalformedField[] = [];

/** The fields that have the wrong type. */
function findMalformed({
  traits,
  context,
  groupId,
  userId,
  anonymousId,
}: Partial<JsonObject>): readonly MalformedField[] {
  let found = NOTHING_MALFORMED;
  const expect = (path: string, kind: string, isExpected: boolean): void => {
    if (!isExpected) found = [...found, { path, kind }];
  };
  expect('traits', 'an object', isObjectIfAny(traits));
  expect('context', 'an object', isObjectIfAny(context));
  expect('context.traits', 'an object', !isJsonObject(context) || isObjectIfAny(context.traits));
  expect('groupId', 'an id or a list of ids', Array.isArray(groupId) || isIdIfAny(groupId));
  expect('userId', 'an id', isIdIfAny(userId));
  expect('anonymousId', 'an id', isIdIfAny(anonymousId));
  return found;
}

/** A number in the traits that JSON cannot carry exactly. */
export interface InexactNumber {
  /** The trait that contains it. */
  key: string;
  path: string;
}

const NONE: readonly InexactNumber[] = [];

/** The maximum number of reported numbers. More would add nothing. */
const MAX_INEXACT = 100;

/** The numbers beyond 2^53 in the traits. */
function inexactIn(traits: JsonObject): readonly InexactNumber[] {
  let found: InexactNumber[] | undefined;
  const search = (container: JsonObject, at: string | undefined, trait?: string): void => {
    for (const key in container) {
      const value = container[key];
      if (typeof value === 'number' ? Math.abs(value) <= Number.MAX_SAFE_INTEGER : !isContainer(value)) continue;
      const path = at === undefined ? key : Array.isArray(container) ? `${at}[${key}]` : `${at}.${key}`;
      if (isContainer(value)) search(value, path, trait ?? key);
      else if ((found ??= []).length < MAX_INEXACT) found.push({ key: trait ?? key, path: `traits.${path}` });
    }
  };
  search(traits, undefined);
  return found ?? NONE;
}

/** Whether a value has fields. The elements of a list count as fields. */
const isContainer = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null;

/** Finds the key under which a sender wrote a name: exactly, by a listed spelling, or in another case. */
export class KeyFinder {
  readonly #object: JsonObject;
  #folded: Map<string, string[]> | undefined;

  constructor(object: JsonObject) {
    this.#object = object;
  }

  /** @param onAmbiguous is called with the keys if several differ only in case; then none is used */
  find(name: string, spellings: readonly string[], onAmbiguous?: (keys: readonly string[]) => void): Json | undefined {
    if (Object.hasOwn(this.#object, name)) return this.#object[name];
    const keys = this.keysOf(name, spellings);
    if (keys.length > 1) onAmbiguous?.(keys);
    return keys.length === 1 ? this.#object[keys[0] as string] : undefined;
  }

  /** The key for a name, or the keys that make it ambiguous. */
  keysOf(name: string, spellings: readonly string[]): string[] {
    if (Object.hasOwn(this.#object, name)) return [name];
    const spelling = spellings.find((candidate) => Object.hasOwn(this.#object, candidate));
    return spelling === undefined
      ? [name, ...spellings].flatMap((candidate) => this.#inAnyCase(candidate))
      : [spelling];
  }

  #inAnyCase(name: string): string[] {
    if (this.#folded === undefined) {
      this.#folded = new Map();
      for (const key of Object.keys(this.#object)) {
        const folded = key.toLowerCase();
        const keys = this.#folded.get(folded);
        if (keys === undefined) this.#folded.set(folded, [key]);
        else keys.push(key);
      }
    }
    return this.#folded.get(name.toLowerCase()) ?? [];
  }
}

/**
 * Whether the group's traits are in `context.traits`: these versions of the Ruby SDK sent none at the root. From any
 * other sender, `context.traits` describes the person.
 */
function hasTraitsInContext({ traits, context }: JsonObject): boolean {
  if (isPresent(traits) || !isJsonObject(context) || !isJsonObject(context.library)) return false;
  const { name, version } = context.library;
  return name === 'rudderanalytics-ruby' && typeof version === 'string' && satisfies(version, '>=3.0.0 <3.1.1');
}

/** The SDK that adds keys to the group's traits which don't describe the group, and the keys. */
const straying = { library: 'com.rudderstack.android.sdk.core', keys: ['anonymousId', 'userId'] };

/** The group's traits as sent, wherever the SDK put them, without the keys that the SDK added. */
function findTraits({ traits, properties }: JsonObject, context: JsonObject | undefined): Json | undefined {
  const found = isPresent(traits) ? traits : properties;
  const library = isJsonObject(context?.library) ? context.library.name : undefined;
  if (library !== straying.library || !isJsonObject(found)) return found;
  const { createdat, ...own }: Record<string, Json | undefined> = _.omit(found, straying.keys);
  return { ...(createdat === undefined ? {} : { createdAt: createdat }), ...own };
}

/** An email address in the form used to compare. */
const readAddress = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value.trim().toLowerCase() : undefined;

/** The maximum number of views that an event keeps. */
const MAX_VIEWS = 16;

const NOTHING_WITHHELD: readonly Withheld[] = [];
const NO_COLLISIONS: readonly Collision[] = [];

/** Whether a path is another one, or below it. */
const isWithin = (steps: readonly string[], outer: readonly string[]): boolean =>
  outer.every((step, index) => step === steps[index]);

/** Whom an event is about. */
export interface Subject {
  groups: readonly string[];
  /** All identifiers of the person. */
  people: readonly string[];
}

/** The result of `read`, or nothing if an id cannot be used. */
function usable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MappingFailure) return undefined;
    throw error;
  }
}

/** What policies made of an event, and which. */
interface Judgement extends Omit<Judged, 'payload'> {
  readonly key: string;
}

/**
 * A group event as every destination sees it. It is a view over the payload that is read once, lazily, for all
 * destinations. Nothing of the payload is copied or changed. Destinations with a policy see another view.
 */
export class GroupEvent {
  readonly payload: JsonObject;
  /** The group's traits as sent, or undefined if the event has none. */
  readonly traits: JsonObject | undefined;
  /** The event's context; its `traits` describe the person. */
  readonly context: JsonObject | undefined;
  /** Whether the traits were found in the context, where the person's traits belong. */
  readonly traitsAreFromContext: boolean;
  #traitKeys: KeyFinder | undefined;
  #addressKeys: KeyFinder | undefined;
  #groupIds: readonly string[] | undefined;
  #malformed: readonly MalformedField[] | undefined;
  #isOdd: boolean | undefined;
  #integrations: Integrations | undefined;
  #subject: Subject | undefined;
  #byteLength: number | undefined;
  #inexactNumbers: readonly InexactNumber[] | undefined;
  /** The views for destinations with a policy, by the keys of the policies. */
  #views: Map<string, GroupEvent> | undefined;
  /** Absent if the event is as sent. */
  readonly #judgement: Judgement | undefined;
  /** The place of the group ids, if there are any. */
  readonly #groupIdPlace: (typeof groupIdPlaces)[number] | undefined;

  /** @param hasInexactNumber whether the payload has a number that JSON cannot carry exactly */
  constructor(payload: JsonObject, hasInexactNumber = true, judgement?: Judgement) {
    if (!hasInexactNumber) this.#inexactNumbers = NONE;
    this.#judgement = judgement;
    const context = isJsonObject(payload.context) ? payload.context : undefined;
    this.payload = payload;
    this.traitsAreFromContext = hasTraitsInContext(payload);
    const traits = this.traitsAreFromContext ? context?.traits : findTraits(payload, context);
    this.traits = isJsonObject(traits) ? traits : undefined;
    this.context = this.traitsAreFromContext ? _.omit(context, 'traits') : context;
    this.#groupIdPlace = groupIdPlaces.find(({ keys }) => isOfUse('groupId', this.at(keys)));
  }

  /** The event as a destination with a policy sees it. Made once for all destinations with an equal policy. */
  under(policy: Policy): GroupEvent {
    if (this.#judgement?.key === policy.key) return this;
    const views = (this.#views ??= new Map<string, GroupEvent>());
    const known = views.get(policy.key);
    if (known !== undefined) return known;
    const { payload, ...judged } = policy.judge(this.payload, this.#layout);
    const view = new GroupEvent(payload, this.#inexactNumbers !== NONE, { key: policy.key, ...judged });
    // An event may have thousands of destinations, each with a policy of its own.
    if (views.size >= MAX_VIEWS) views.clear();
    views.set(policy.key, view);
    return view;
  }

  /** The payload without what policies withhold. Traits keep their names. */
  without(policies: readonly Policy[]): JsonObject {
    return policies.reduce((payload, policy) => policy.withhold(payload, this.#layout), this.payload);
  }

  /** The same event with less in its payload. What policies made of it stays known. */
  reduced(payload: JsonObject): GroupEvent {
    return payload === this.payload ? this : new GroupEvent(payload, this.#inexactNumbers !== NONE, this.#judgement);
  }

  get #layout() {
    const { traits } = this.payload;
    const place = this.#groupIdPlace;
    const id = place?.keys.at(-1);
    return {
      traitsAt: this.traitsAreFromContext ? 'context.traits' : isPresent(traits) ? 'traits' : 'properties',
      id: place?.keys.length === 2 && id !== 'id' ? id : undefined,
    } as const;
  }

  /** What policies withhold of the event. */
  get withheld(): readonly Withheld[] {
    return this.#judgement?.withheld ?? NOTHING_WITHHELD;
  }

  /** What policies withhold of what a source of lineage names, if anything. */
  withheldFrom(source: string): Withheld | undefined {
    if (this.withheld.length === 0) return undefined;
    const places = placesOf(source).map(stepsOfSource);
    return this.withheld.find(({ steps }) => places.some((place) => isWithin(steps, place) || isWithin(place, steps)));
  }

  /** The traits that a policy has given the name of another one. */
  get collisions(): readonly Collision[] {
    return this.#judgement?.collisions ?? NO_COLLISIONS;
  }

  /** Reads a field by its path through own properties. `traits` and `context` are the canonical ones. */
  at(keys: readonly string[]): Json | undefined {
    if (keys[0] === 'traits') return atPath(this.traits, keys, 1);
    if (keys[0] === 'context') return atPath(this.context, keys, 1);
    return atPath(this.payload, keys);
  }

  /**
   * The group ids of the event: usually one, or empty if there is none.
   * @throws {MappingFailure} ID_NOT_EXACT or GROUP_ID_INVALID, with the place
   */
  get groupIds(): readonly string[] {
    this.#groupIds ??= this.#readGroupIds();
    return this.#groupIds;
  }

  #readGroupIds(): readonly string[] {
    const place = this.#groupIdPlace;
    return place === undefined ? [] : readIds(this.at(place.keys), place.path);
  }

  /** The number of groups, counted without reading their ids. */
  get groupCount(): number {
    const place = this.#groupIdPlace;
    if (place === undefined) return 0;
    const value = this.at(place.keys);
    return Array.isArray(value) ? value.length : 1;
  }

  /** The size of the event as JSON text, in bytes. */
  get byteLength(): number {
    this.#byteLength ??= Buffer.byteLength(JSON.stringify(this.payload));
    return this.#byteLength;
  }

  /** The event's instructions to destinations. */
  get integrations(): Integrations {
    this.#integrations ??= foldIntegrations(this.payload.integrations);
    return this.#integrations;
  }

  /** Whom the event is about, as far as its ids are usable. */
  get subject(): Subject {
    this.#subject ??= {
      groups: usable(() => this.groupIds) ?? [],
      people: _.compact([
        usable(() => this.personId),
        usable(() => this.id('anonymousId')),
        readAddress(this.at(['context', 'traits', 'email'])),
      ]),
    };
    return this.#subject;
  }

  /** The numbers in the traits that JSON cannot carry exactly, usually none. */
  get inexactNumbers(): readonly InexactNumber[] {
    return (this.#inexactNumbers ??= this.traits === undefined ? NONE : inexactIn(this.traits));
  }

  /** The fields that are ignored because they have the wrong type. */
  get malformed(): readonly MalformedField[] {
    this.#malformed ??= findMalformed(this.payload);
    return this.#malformed;
  }

  /** Whether there is anything to warn about, which is rare. */
  get isOdd(): boolean {
    this.#isOdd ??=
      this.traitsAreFromContext || this.inexactNumbers.length + this.collisions.length + this.malformed.length > 0;
    return this.#isOdd;
  }

  /** An id at the root of the event, as text. @throws {MappingFailure} ID_NOT_EXACT */
  id(field: 'userId' | 'anonymousId' | 'messageId'): string | undefined {
    return readId(own(this.payload, field), field);
  }

  /** The id of the person. @throws {MappingFailure} ID_NOT_EXACT */
  get personId(): string | undefined {
    for (const { path, keys } of personIdPlaces) {
      const id = readId(this.at(keys), path);
      if (id !== undefined) return id;
    }
    return undefined;
  }

  /**
   * When the event happened: the first readable time, as sent, or else the time of receipt.
   * @param now the time at which the request arrived
   */
  time(now: Date, warn: Warn): Json {
    for (const { path, keys } of timePlaces) {
      const time = this.at(keys);
      if (time !== undefined && isOfUse('time', time)) return time;
      if (isPresent(time)) warn('FIELD_NOT_CONVERTED', path, `${path} is not a time; the next source is read`);
    }
    warn('TIME_OF_RECEIPT', 'timestamp', 'the event has no time; the time of receipt is used');
    return now.toISOString();
  }

  /** A reserved trait of the group, as sent, in any spelling. */
  trait(name: ReservedTraitName, warn: Warn): Json | undefined {
    if (this.traits === undefined) return undefined;
    this.#traitKeys ??= new KeyFinder(this.traits);
    return this.#traitKeys.find(name, reservedTraits[name].spellings, (keys) => {
      warnAmbiguous(`traits.${name}`, keys, warn);
    });
  }

  /** A part of the group's address, as sent, or undefined if the address is text. */
  addressPart(part: AddressPart, warn: Warn): Json | undefined {
    const address = this.trait('address', warn);
    if (!isJsonObject(address)) return undefined;
    this.#addressKeys ??= new KeyFinder(address);
    return this.#addressKeys.find(part, addressParts[part].spellings, (keys) => {
      warnAmbiguous(`traits.address.${part}`, keys, warn);
    });
  }

  /**
   * The payload with its canonical `type`, `groupId`, `traits` and `context`, and without the sender's write key. It is
   * copied only if it differs.
   * @throws {MappingFailure} ID_NOT_EXACT for a person's id
   */
  canonical(groupId: string | undefined): JsonObject {
    const { payload, traits, context } = this;
    this.id('userId');
    this.id('anonymousId');
    const canonical = { type: 'group', groupId, traits, context };
    const changed = rootFields.filter((key) => canonical[key] !== undefined && canonical[key] !== payload[key]);
    if (changed.length === 0 && !Object.hasOwn(payload, 'writeKey')) return payload;
    const result = { ...payload, ..._.pick(canonical, changed) } as JsonObject;
    delete result.writeKey;
    return result;
  }
}

/** The spellings of a reserved trait's name, in lower case. Empty for other names. */
export const spellingsOf = (name: string): string[] =>
  Object.hasOwn(reservedTraits, name)
    ? [name, ...reservedTraits[name as ReservedTraitName].spellings].map((spelling) => spelling.toLowerCase())
    : [];

const reservedNames: ReadonlyMap<string, ReservedTraitName> = new Map(
  (Object.keys(reservedTraits) as ReservedTraitName[]).flatMap((name) =>
    spellingsOf(name).map((spelling) => [spelling, name] as const),
  ),
);

/** The reserved trait that a key of the traits may mean. */
export const reservedTraitOf = (key: string): ReservedTraitName | undefined => reservedNames.get(key.toLowerCase());

function warnAmbiguous(path: string, keys: readonly string[], warn: Warn): void {
  warn('TRAIT_AMBIGUOUS', path, `${path} is given as ${keys.join(' and ')}; none is used`);
}

/** Whether an event says that it is a group event. The word may be in any case, without blanks around it. */
export const isGroupEvent = ({ type }: JsonObject): boolean =>
  typeof type === 'string' && type.toLowerCase() === 'group';

/** A group event, or why it is not one. */
export type ReadEvent = GroupEvent | Drop | Fail;

/** Reads any JSON as a group event, or says why it is not one. */
export function readEvent(payload: unknown): ReadEvent {
  if (!isJsonObject(payload)) {
    if (payload === undefined) return fail('EVENT_INVALID', 'the event is missing', 'event');
    const what = payload === null ? 'null' : Array.isArray(payload) ? 'a list' : `a ${typeof payload}`;
    return fail('EVENT_INVALID', `the event is ${what}, not an object`, 'event');
  }
  const notes = { inexactNumber: false };
  const misshapen = checkShape(payload, 'event', notes);
  if (misshapen !== undefined) return misshapen;

  if (isGroupEvent(payload)) return new GroupEvent(payload, notes.inexactNumber);
  const { type } = payload;
  if (Array.isArray(payload.batch) && (!isPresent(type) || type === 'batch')) {
    return fail('EVENT_INVALID', 'the event is the body of an SDK’s call; send it as sdkBatch', 'event.batch');
  }
  if (!isPresent(type)) return fail('EVENT_TYPE_MISSING', 'the event has no type; a group event has "group"', 'type');
  return drop('NOT_A_GROUP_EVENT', `the event is of type ${JSON.stringify(type).slice(0, 100)}, not group`);
}
