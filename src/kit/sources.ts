import _ from 'lodash';

import { atPath, isJsonObject, isPresent, type Json, own } from '../core/json.ts';
import { type AddressPart, addressParts, type ReservedTraitName, reservedTraits } from '../core/traits.ts';
import { type Expr, EXPRESSION, Expression, field, type Node } from './expression.ts';
import { type Fields, fieldsOf } from './fields.ts';
import type { Read, Scope } from './scope.ts';

type Maybe<T> = Expr<T | undefined>;

/** A root whose whole object everything below it feeds. */
function objectRoot(source: string, read: Read): Node {
  return {
    sources: [`${source}.*`],
    via: [],
    compile: (binding) => binding.reads(`${source}.*`, read),
    origin: (scope) => (isPresent(read(scope)) ? source : undefined),
  };
}

/** Reads own properties along a path of the definition. */
function reader(path: string, root: (scope: Scope) => unknown): Read {
  const keys = path.split('.');
  return (scope) => atPath(root(scope), keys);
}

/**
 * The event itself: whom it is about and when it happened.
 * @example
 * event.groupId // 'acme-42'
 * event.userId // 'u-7'
 * event.at('request_ip') // undefined
 * event.named('limits.users') // 5
 * event.mapped([['limits.users', 'seats']], (value) => value.as(text)) // { seats: '5' }
 */
export const event = {
  /** The group's id as text. If the event has a list, one id at a time. */
  groupId: field('groupId', (scope) => scope.groupId) as Maybe<string>,
  /** All ids of the event's groups, for mappers that declare `groups: 'list'`. */
  groupIds: field('groupId', ({ event: { groupIds } }) => (groupIds.length > 0 ? groupIds : undefined)) as Maybe<
    string[]
  >,
  userId: field('userId', (scope) => scope.event.id('userId')) as Maybe<string>,
  anonymousId: field('anonymousId', (scope) => scope.event.id('anonymousId')) as Maybe<string>,
  messageId: field('messageId', (scope) => scope.event.id('messageId')) as Maybe<string>,
  /** When the event happened, as sent, or else when it arrived. Converters turn it into a date. */
  time: field<Json>('time', (scope) => scope.event.time(scope.now, scope.warn)),
  /** Any other root field of the event, such as `request_ip`, by its dotted path. */
  at: (path: string): Maybe<Json> => {
    const keys = path.split('.');
    return field(path, (scope) => scope.event.at(keys));
  },
  /**
   * The value that a config names by its path: a root field of the event, or else a trait of the group. The person's
   * traits are available as `context.traits`.
   */
  named: (path: string): Maybe<Json> => {
    if (path === 'groupId') return event.groupId;
    return /^(traits|context|properties)(\.|$)/.test(path) ? event.at(path) : event.at(path).or(trait(path));
  },
  /**
   * The fields that rows of a config select: each row has the path of a value and the name to send it under.
   * @param convert converts each value
   */
  mapped: <T>(
    rows: readonly (readonly [path: string, name: string])[],
    convert: (value: Maybe<Json>) => Expr<T>,
  ): Record<string, Expr<T>> => Object.fromEntries(rows.map(([path, name]) => [name, convert(event.named(path))])),
  /** The whole event, with canonical `type` and `groupId`. */
  payload: new Expression(objectRoot('event', (scope) => scope.event.canonical(scope.groupId))) as Expr<
    Record<string, Json>
  >,
};

/**
 * A field of the event's context by its dotted path. `context.all` is the whole context.
 * @example
 * context('os.name') // 'iOS'
 * context.all.pick('ip') // { ip: '192.0.2.1' }
 */
export const context: ((path: string) => Maybe<Json>) & { readonly all: Fields<Json> } = Object.assign(
  (path: string) =>
    field<Json | undefined>(
      `context.${path}`,
      reader(path, (scope) => scope.event.context),
    ),
  { all: fieldsOf(objectRoot('context', (scope) => scope.event.context)) },
);

/**
 * The fields of an object that an expression yields. Absent if it yields anything else.
 * @example
 * fields(trait('limits')).omit('users') // { apps: 3 }
 */
export const fields = (object: Maybe<Json>): Fields<Json> => fieldsOf(object[EXPRESSION]);

/**
 * The person in the group. The group's traits never describe the person.
 * @example
 * person.id // 'u-7'
 * person.email // 'kim@acme.example'
 * person.trait('plan') // 'free'
 * person.traits.omit('email') // { plan: 'free' }
 * person.externalId('crmId') // 'c-9'
 */
export const person = {
  /** `userId`, or else the id in `context.traits`. */
  id: field('person.id', (scope) => scope.event.personId) as Maybe<string>,
  email: field(
    'person.email',
    reader('traits.email', (scope) => scope.event.context),
  ) as Maybe<Json>,
  /** A trait of the person, from `context.traits`, by its dotted path. */
  trait: (path: string): Maybe<Json> => context(`traits.${path}`),
  /** All of the person's traits. */
  traits: fields(context('traits')),
  /** The id in `context.externalId` for a vendor. */
  externalId: (type: string): Maybe<Json> =>
    field('context.externalId', (scope) => {
      const ids = scope.event.context?.externalId;
      const entry = Array.isArray(ids) ? ids.find((id) => isJsonObject(id) && id.type === type) : undefined;
      return isJsonObject(entry) ? own(entry, 'id') : undefined;
    }),
};

type ReservedTraits = Readonly<Record<Exclude<ReservedTraitName, 'address'>, Maybe<Json>>> & {
  readonly address: Maybe<Json> & Readonly<Record<AddressPart, Maybe<Json>>>;
};

const reserved = (name: ReservedTraitName): Maybe<Json> =>
  field(`traits.${name}`, (scope) => scope.event.trait(name, scope.warn));

const address = Object.assign(
  reserved('address'),
  _.mapValues(addressParts, (_spec, part: AddressPart) =>
    field<Json | undefined>(`traits.address.${part}`, (scope) => scope.event.addressPart(part, scope.warn)),
  ),
);

/**
 * A trait of the group. As a property, a reserved trait in any spelling. As a call, any trait by its exact name: first
 * as a literal key, then as a dotted path.
 * @example
 * trait.name // 'Acme'
 * trait.address.city // 'Berlin'
 * trait('seats') // '63'
 * trait('limits.users') // 5
 */
export const trait: ReservedTraits & ((name: string) => Maybe<Json>) = Object.defineProperties(
  (name: string): Maybe<Json> => {
    const keys = name.split('.');
    return field(`traits.${name}`, ({ event: { traits: all } }) => {
      const found = all && own(all, name);
      return found === undefined && keys.length > 1 ? atPath(all, keys) : found;
    });
  },
  _.mapValues(
    { ..._.mapValues(reservedTraits, (_spec, name: ReservedTraitName) => reserved(name)), address },
    (value) => ({
      value,
      enumerable: true,
    }),
  ),
) as never;

/**
 * All of the group's traits, as sent.
 * @example
 * traits.pick('plan', 'seats').rename([['plan', 'tier']]) // { seats: '63', tier: 'pro' }
 * traits.pick('limits').flatten('underscores') // { limits_users: 5, limits_apps: 3 }
 * traits.pick('tags').flatten('dots', { lists: 'joined' }) // { tags: 'crm, eu' }
 * traits.pick('tags').flatten('dots', { lists: 'kept' }) // { tags: ['crm', 'eu'] }
 * traits.pick('plan', 'seats').keepKeys((key) => key.length < 5, 'has a long name') // { plan: 'pro' }
 */
export const traits: Fields<Json> = fieldsOf(objectRoot('traits', (scope) => scope.event.traits));

/**
 * An option for this destination in the event's `integrations`, by its dotted path.
 * @example
 * option('list') // 'news'
 */
export function option(path: string): Maybe<Json> {
  const read = reader(path, (scope) => scope.options?.values);
  return new Expression({
    sources: [`options.${path}`],
    via: [],
    compile: () => read,
    origin: (scope) =>
      scope.options !== undefined && isPresent(read(scope)) ? `${scope.options.path}.${path}` : undefined,
  });
}

/**
 * The current time, an input of every mapping.
 * @example
 * now.as(isoDateTime) // '2026-01-02T03:04:05.678Z'
 */
export const now: Expr<Date> = field('now', (scope) => scope.now);
