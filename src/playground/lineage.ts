import type { ExplainedField, Explanation } from '../contract/lineage.ts';
import type { Request } from '../contract/requests.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { Outcome } from './service.ts';

/** A place in the event that feeds a place in a request. Places are written as `traits.name` and `docks[0]`. */
export interface Link {
  from: string;
  /** The key of the request. */
  request: string;
  to: string;
  via: readonly string[];
}

/** What is sent, or asked, by keys that tell the requests of a result apart. */
export interface KeyedRequest {
  key: string;
  request: Request;
  /** Its position in the answer; absent where the vendor is asked it first. */
  position?: number;
}

/** The requests that are sent. */
export const requestsOf = (outcome: Outcome | undefined): readonly Request[] =>
  outcome?.result.outcome === 'send' ? outcome.result.requests : [];

/** The requests of an outcome, those included that the vendor is asked first. */
export function keyedRequests(outcome: Outcome): KeyedRequest[] {
  const { result, exchanges } = outcome;
  const asks = [...exchanges.map(({ ask }) => ask), ...(result.outcome === 'ask' ? result.asks : [])];
  return [
    ...requestsOf(outcome).map((request, position) => ({ key: String(position), request, position })),
    ...asks.map(({ key, request }) => ({ key, request })),
  ];
}

/** The place within its request that a row of lineage is about; empty if it is about the request itself. */
export const insideOf = (to: string): string => to.replace(/^requests\[\d+\]\.?/, '');

/** The way to an element: a name in an object, a number in a list. */
export function step(place: string, key: string | number): string {
  if (typeof key === 'number') return `${place}[${String(key)}]`;
  return place === '' ? key : `${place}.${key}`;
}

/** Whether a place is another one or lies in it. */
export function isWithin(place: string, outer: string): boolean {
  return place === outer || (place.startsWith(outer) && '.['.includes(place.charAt(outer.length)));
}

/** The links between an event and its requests, each between the smallest places that are known to belong together. */
export function linksOf({ fields }: Explanation, requests: readonly KeyedRequest[]): Link[] {
  const links = fields.flatMap((field) => {
    const { to, from, via, status } = field;
    const [target] = targetsOf(field, fields, requests);
    const inside = insideOf(to);
    if (status !== 'sent' || target === undefined || inside === '') return [];
    const targets = find(target.request, inside.replace(/\.\*$/, ''));
    return Object.entries(field.in)
      .map(([key, value]) => ({ place: key === 'event' ? '' : key, value, isOpen: from.includes(`${key}.*`) }))
      .flatMap((source) => targets.flatMap((found) => pair(source, found, inside.endsWith('.*'))))
      .map(([origin, end]): Link => ({ from: origin, request: target.key, to: end, via }));
  });
  const distinct = new Map(links.map((link) => [`${link.from}\n${link.request}\n${link.to}`, link]));
  return [...distinct.values()];
}

/**
 * The requests that a field may belong to. Those that are asked first are told by their URL, and not at all where that
 * is a secret.
 */
export function targetsOf(
  { to, request }: ExplainedField,
  fields: readonly ExplainedField[],
  requests: readonly KeyedRequest[],
): KeyedRequest[] {
  if (request !== undefined) return requests.filter(({ position }) => position === request);
  const place = `${/^requests\[\d+\]/.exec(to)?.[0] ?? ''}.url`;
  const urls = fields.filter((field) => field.to === place && field.request === undefined);
  const isAt = (url: string) => urls.some(({ isSecret, out }) => isSecret === true || out === url);
  return requests.filter((one) => one.position === undefined && isAt(one.request.url));
}

interface Found {
  place: string;
  value: Json;
  /** Whether it is everything in there that counts, and not the object itself. */
  isOpen?: boolean;
}

/** The places in a value that a path names; `[]` and a missing index are every element of a list. */
function find(root: Json, path: string): Found[] {
  const steps = path.match(/[^.[\]]+|\[\d*\]/g) ?? [];
  let found: Found[] = [{ place: '', value: root }];
  for (const [index, key] of steps.entries()) {
    found = found.flatMap(({ place, value }) => {
      if (/^\[\d+\]$/.test(key)) return child(place, value, Number(key.slice(1, -1)));
      if (key === '[]') return Array.isArray(value) ? value.flatMap((_, at) => child(place, value, at)) : [];
      if (!Array.isArray(value)) return child(place, value, key);
      return value.flatMap((element, at) => child(step(place, at), element, key));
    });
    // A key with dots in it, as those of flattened traits are.
    if (found.length === 0) return findWhole(root, steps.slice(0, index), steps.slice(index));
  }
  return found;
}

function findWhole(root: Json, before: readonly string[], rest: readonly string[]): Found[] {
  const [outer] = before.length === 0 ? [{ place: '', value: root }] : find(root, before.join('.'));
  return outer === undefined || rest.length < 2 ? [] : child(outer.place, outer.value, rest.join('.'));
}

function child(place: string, value: Json, key: string | number): Found[] {
  const inner = isJsonObject(value) || Array.isArray(value) ? (value as JsonObject)[key] : undefined;
  return inner === undefined ? [] : [{ place: step(place, key), value: inner }];
}

/** The places inside two that belong together: those of one name, and those of one value. */
function pair(source: Found, target: Found, intoKeys: boolean): [string, string][] {
  if (source.isOpen !== true && !intoKeys) return same(source, target);
  if (!isJsonObject(source.value)) return [[source.place, target.place]];
  const leaves = leavesOf(target);
  return Object.entries(source.value).flatMap(([key, value]) => {
    const from = { place: step(source.place, key), value };
    const [to] = child(target.place, target.value, key);
    if (to !== undefined) return same(from, to);
    return leavesOf(from).flatMap((leaf) => {
      const alike = leaves.filter((other) => isAlike(leaf, other, source.place));
      return alike.length === 1 ? alike.map((other): [string, string] => [leaf.place, other.place]) : [];
    });
  });
}

/** Pairs what is inside two values as far as they are of one shape. */
function same(source: Found, target: Found): [string, string][] {
  const [from, to] = [source.value, target.value];
  const isDeep = (isJsonObject(from) && isJsonObject(to)) || (Array.isArray(from) && Array.isArray(to));
  const keys = isDeep ? Object.keys(from).filter((key) => Object.hasOwn(to, key)) : [];
  if (keys.length === 0) return [[source.place, target.place]];
  return keys.flatMap((name) => {
    const key = Array.isArray(from) ? Number(name) : name;
    const [inFrom] = child(source.place, from, key);
    const [inTo] = child(target.place, to, key);
    return inFrom === undefined || inTo === undefined ? [] : same(inFrom, inTo);
  });
}

/** Whether a leaf went to another under a name of its own: the same path in another spelling, or a telling value. */
function isAlike(leaf: Found, other: Found, root: string): boolean {
  const plain = (text: string) => text.replace(/[^a-z0-9]/gi, '').toLowerCase();
  if (plain(other.place).endsWith(plain(leaf.place.slice(root.length)))) return true;
  return leaf.value === other.value && typeof leaf.value !== 'boolean' && leaf.value !== null && leaf.value !== '';
}

function leavesOf({ place, value }: Found): Found[] {
  if (typeof value !== 'object' || value === null) return [{ place, value }];
  return Object.keys(value).flatMap((name) =>
    child(place, value, Array.isArray(value) ? Number(name) : name).flatMap(leavesOf),
  );
}
