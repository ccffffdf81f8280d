import _ from 'lodash';

import { Binder } from '../../src/core/bind.ts';
import { isRejecting } from '../../src/core/definition.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import { reservedTraits } from '../../src/core/traits.ts';
import type { Target } from '../../src/core/transform.ts';
import { fixtures, registry } from './project.ts';

/*
 * Events that are made to cost as much as they can: one kind of value that is long, deep or many, wherever a destination
 * reads something.
 */

/** What of an event a destination reads by name. */
export interface Reads {
  name: string;
  traits: readonly string[];
  personTraits: readonly string[];
  options: readonly string[];
}

/** Makes the fields of an event that have some bytes of a kind. */
export type Hostile = (bytes: number, reads: Reads) => JsonObject;

const binder = new Binder();

/** Where a destination looks with a config. */
export function readsOf({ name, config, delivery }: Target): Reads {
  const destination = registry.get(name);
  if (destination === undefined || isRejecting(destination)) throw new Error(`${name} sends nothing`);
  const { bound } = binder.bind(destination, { config, delivery, isForPipeline: false });
  if ('outcome' in bound) throw new Error(bound.message);
  const sources = _.uniq(bound.compiled.lineage.flatMap(({ from }) => from)).filter((source) => !source.endsWith('.*'));
  const below = (root: string) =>
    _.uniq(sources.filter((source) => source.startsWith(root)).map((source) => _.toPath(source.slice(root.length))[0]));
  const names = (root: string) => below(root).filter((field): field is string => field !== undefined);
  return {
    name,
    traits: names('traits.'),
    personTraits: names('context.traits.'),
    options: _.union(names('options.'), ['JSONAttributes', 'removeAttributes']),
  };
}

const repeat = (unit: string, bytes: number) => unit.repeat(Math.max(1, Math.floor(bytes / unit.length)));

/** A list of as many values as have the bytes. */
const listOf = (make: (index: number) => Json, bytes: number): Json[] =>
  _.times(Math.max(1, Math.floor(bytes / (JSON.stringify(make(1_000)).length + 1))), make);

/** An object of as many fields as have the bytes. */
const fieldsOf = (key: (index: number) => string, make: (index: number) => Json, bytes: number): JsonObject => {
  const each = key(1_000).length + JSON.stringify(make(1_000)).length + 4;
  return Object.fromEntries(_.times(Math.max(1, Math.floor(bytes / each)), (index) => [key(index), make(index)]));
};

/** Objects or lists in one another. */
const chainOf = (depth: number, key: string | undefined, leaf: Json): Json =>
  _.times(depth).reduce<Json>((inner) => (key === undefined ? [inner] : { [key]: inner }), leaf);

/** What a value has at least where there are several. */
const LEAST_SHARE = 4_000;

/** One value in every trait that is read, of the group and of the person, or in as many as there is room for. */
const everywhere =
  (make: (bytes: number) => Json): Hostile =>
  (bytes, { traits, personTraits }) => {
    const places = [...traits.map((name) => ['traits', name]), ...personTraits.map((name) => ['context.traits', name])];
    const some = [['traits', 'other'], ...places].slice(0, Math.max(1, bytes / LEAST_SHARE));
    const event = {};
    for (const [root = '', name = ''] of some) _.set(event, [...root.split('.'), name], make(bytes / some.length));
    return event;
  };

const inTraits =
  (make: (bytes: number) => JsonObject): Hostile =>
  (bytes) => ({ traits: make(bytes) });

const inContext =
  (make: (bytes: number) => JsonObject): Hostile =>
  (bytes) => ({ context: make(bytes) });

/** All spellings of a name that differ in case only. */
const spellings = (name: string) =>
  _.times(2 ** Math.min(name.length, 12), (bits) =>
    Array.from(name, (letter, at) => ((bits >> at) & 1 ? letter.toUpperCase() : letter.toLowerCase())).join(''),
  ).filter((spelling) => spelling !== name);

export const hostileKinds: Readonly<Record<string, Hostile>> = {
  'ids: a list': (bytes) => ({ groupId: listOf((index) => `g${String(index)}`, bytes) }),
  'ids: a list of long ones': (bytes) => ({
    groupId: listOf((index) => repeat('g', bytes / 50) + String(index), bytes),
  }),
  'ids: a hundred, and traits': (bytes) => ({
    groupId: _.times(100, (index) => `g${String(index)}`),
    traits: { other: repeat('a', bytes) },
  }),
  'ids: a hundred, and many traits': (bytes) => ({
    groupId: _.times(100, (index) => `g${String(index)}`),
    traits: fieldsOf(
      (index) => `k${String(index)}`,
      () => [],
      bytes,
    ),
  }),
  'ids: long ones': (bytes) => ({
    groupId: repeat('g', bytes / 4),
    userId: repeat('%', bytes / 4),
    anonymousId: repeat('é', bytes / 8),
    messageId: repeat('m', bytes / 4),
  }),
  'keys: many': inTraits((bytes) =>
    fieldsOf(
      (index) => `k${String(index)}`,
      () => 1,
      bytes,
    ),
  ),
  'keys: many that are true': inTraits((bytes) =>
    fieldsOf(
      (index) => `k${String(index)}`,
      () => true,
      bytes,
    ),
  ),
  'keys: many that are empty': inTraits((bytes) =>
    fieldsOf(
      (index) => `k${String(index)}`,
      () => ({}),
      bytes,
    ),
  ),
  'keys: long': inTraits((bytes) =>
    fieldsOf(
      (index) => String(index).padEnd(1_000, 'k'),
      () => 1,
      bytes,
    ),
  ),
  'keys: dotted': inTraits((bytes) =>
    fieldsOf(
      (index) => `k.${String(index)}`,
      () => 'a',
      bytes,
    ),
  ),
  'keys: ones that collide': inTraits((bytes) => {
    const pairs = fieldsOf(
      (index) => `k.${String(index)}`,
      (index) => index,
      bytes / 2,
    );
    return { ...pairs, ..._.mapKeys(pairs, (_value, key) => key.replace('.', '_')) };
  }),
  'keys: spellings of reserved names': inTraits((bytes) => {
    const keys = Object.keys(reservedTraits).flatMap(spellings);
    return Object.fromEntries(keys.slice(0, bytes / 16).map((key) => [key, 1]));
  }),
  'lists: of texts': everywhere((bytes) => listOf((index) => `t${String(index)}`, bytes)),
  'lists: of short texts': everywhere((bytes) => listOf(() => 'a', bytes)),
  'lists: of numbers': everywhere((bytes) => listOf((index) => index % 10, bytes)),
  'lists: of booleans': everywhere((bytes) => listOf((index) => index % 2 === 0, bytes)),
  'lists: of nulls': everywhere((bytes) => listOf(() => null, bytes)),
  'lists: of empty lists': everywhere((bytes) => listOf(() => [], bytes)),
  'lists: of objects': everywhere((bytes) => listOf((index) => ({ a: index }), bytes)),
  'lists: of dates': everywhere((bytes) => listOf((index) => new Date(index * 1e9).toISOString(), bytes)),
  'chains: deep': everywhere((bytes) => chainOf(90, repeat('k', Math.min(1_000, bytes / 100)), 1)),
  'chains: many': everywhere((bytes) => listOf(() => chainOf(20, 'k', 1), bytes)),
  'chains: deep, with many leaves': everywhere((bytes) =>
    chainOf(
      90,
      repeat('k', Math.min(1_000, bytes / 200)),
      listOf(() => 1, bytes / 2),
    ),
  ),
  'chains: deep, with an object of leaves': everywhere((bytes) =>
    chainOf(
      90,
      repeat('k', Math.min(1_000, bytes / 200)),
      fieldsOf(
        (index) => `k${String(index)}`,
        () => 1,
        bytes / 2,
      ),
    ),
  ),
  'chains: deep, with many that are empty': everywhere((bytes) =>
    chainOf(
      90,
      repeat('k', Math.min(1_000, bytes / 200)),
      listOf(() => ({}), bytes / 2),
    ),
  ),
  'chains: of lists': everywhere((bytes) =>
    chainOf(
      90,
      undefined,
      listOf(() => 1, bytes),
    ),
  ),
  'texts: long': everywhere((bytes) => repeat('a', bytes)),
  'texts: of control characters': everywhere((bytes) => repeat('\u0001', bytes / 6)),
  'texts: Chinese': everywhere((bytes) => repeat('日', bytes / 3)),
  'numbers: long': everywhere((bytes) => listOf(() => 1.234567890123456e-300, bytes)),
  'dates: of all kinds': inTraits((bytes) =>
    fieldsOf(
      (index) => `d${String(index)}`,
      (index) => 20_190_304 + (index % 20),
      bytes,
    ),
  ),
  'dates: instead of the time': (bytes) => ({
    timestamp: repeat('2019-03-04T', bytes / 3),
    originalTimestamp: listOf(() => '2019-03-04', bytes / 3),
    traits: { createdAt: repeat('1', bytes / 3) },
  }),
  'phones: long': everywhere((bytes) => listOf((index) => `+49 30 ${String(index)}`.padEnd(58, '1'), bytes)),
  'URLs: long': everywhere((bytes) =>
    listOf((index) => `https://a.example/${String(index)}`.padEnd(2_000, '/'), bytes),
  ),
  'addresses: with many keys': inTraits((bytes) => ({
    address: fieldsOf(
      (index) => `CITY${String(index)}`,
      () => 1,
      bytes,
    ),
  })),
  'options: many destinations': (bytes) => ({
    integrations: fieldsOf(
      (index) => `Vendor${String(index)}`,
      () => 1,
      bytes,
    ),
  }),
  'options: one destination in many ways': (bytes, { name }) => ({
    integrations: Object.fromEntries(
      spellings(name)
        .slice(0, bytes / 20)
        .map((key) => [key, 7]),
    ),
  }),
  'options: lists': (bytes, { name, options }) => ({
    integrations: {
      [name]: Object.fromEntries(
        options.map((option) => [option, listOf((index) => [index], bytes / options.length)] as const),
      ),
    },
  }),
  'options: objects, and nested traits': (bytes, { name, options }) => ({
    integrations: {
      [name]: Object.fromEntries(
        options.map((option) => [
          option,
          fieldsOf(
            (index) => `zz${String(index)}#1`,
            () => 1,
            bytes / 2 / options.length,
          ),
        ]),
      ),
    },
    traits: {
      a: fieldsOf(
        (index) => `b${String(index)}`,
        () => 1,
        bytes / 2,
      ),
    },
  }),
  'consent: many categories': inContext((bytes) => ({
    consent: {
      optOut: fieldsOf(
        (index) => `c${String(index)}`,
        () => false,
        bytes / 2,
      ),
    },
    consentManagement: { deniedConsentIds: listOf((index) => `c${String(index)}`, bytes / 2) },
  })),
  'consent: lists': everywhere((bytes) => listOf((index) => [`consent${String(index)}`], bytes)),
  'context: many keys': inContext((bytes) =>
    fieldsOf(
      (index) => `k${String(index)}`,
      () => 1,
      bytes,
    ),
  ),
  'context: many traits': inContext((bytes) => ({
    traits: fieldsOf(
      (index) => `k.${String(index)}`,
      () => [1],
      bytes,
    ),
  })),
  'context: many ids': inContext((bytes) => ({ externalId: listOf((index) => ({ type: 'x', id: index }), bytes) })),
  'context: long texts': inContext((bytes) => ({
    ip: repeat('1.', bytes / 4),
    userAgent: repeat('x', bytes / 4),
    locale: repeat('en-', bytes / 4),
    page: { url: `https://a.example/${repeat('?', bytes / 4)}` },
  })),
  'root: many fields': (bytes) => ({
    properties: fieldsOf(
      (index) => `k${String(index)}`,
      () => 1,
      bytes / 2,
    ),
    session_id: repeat('1:', bytes / 4),
    name: repeat('a ', bytes / 4),
  }),
};

const full = fixtures.find(({ name }) => name === 'full')?.event ?? {};

/** Two objects as one, and so the objects in them, as deep as events have fields of their own. */
function merged(one: JsonObject, other: JsonObject, levels: number): JsonObject {
  const both = { ...one, ...other };
  if (levels === 0) return both;
  for (const key of Object.keys(other)) {
    const [before, after] = [one[key], other[key]];
    if (isJsonObject(before) && isJsonObject(after)) both[key] = merged(before, after, levels - 1);
  }
  return both;
}

/** An event that has, beside what every event has, what kinds of hostile values make of it; no larger than is taken. */
export function hostileEvent(kinds: readonly Hostile[], bytes: number, reads: Reads): JsonObject {
  for (let room = bytes - JSON.stringify(full).length; ; room *= 0.9) {
    const parts = kinds.map((kind) => kind(room / kinds.length, reads));
    const event = parts.reduce((whole, part) => merged(whole, part, 2), full);
    if (Buffer.byteLength(JSON.stringify(event)) <= bytes) return event;
  }
}
