import _ from 'lodash';

import type { BatchRule, IndexedRequest } from './definition.ts';
import type { Subject } from './event.ts';

/** A request for one or several events. `events` are positions in the input. */
export interface Batch<Sent> {
  request: Sent;
  events: number[];
}

/** Events that go out together because they share requests, with those requests in sending order. */
export interface Shipment<Sent> {
  events: number[];
  /** Whether more events could have joined. */
  isMerged: boolean;
  batches: Batch<Sent>[];
}

/** The requests of one event. */
export interface Shippable<Sent> {
  requests: readonly IndexedRequest<Sent>[];
  event: { readonly subject: Subject };
  /** Whether the event must not be merged with others. */
  isAlone?: boolean;
}

/**
 * Merges the requests of events for one destination. Requests merge only if they are equal except for the list that
 * their rule names. An event is merged as a whole or not at all, so that a request that cannot be merged never fails
 * those of another event. No event moves past another one that writes the same record with a different request.
 * @returns every event in exactly one shipment; shipments in sending order, which is the order of their first events
 */
export function shipmentsOf<Sent extends object>(sends: readonly Shippable<Sent>[]): Shipment<Sent>[] {
  const all = new Shipments<Sent>();
  for (const [position, send] of sends.entries()) all.add(position, send);
  return all.shipments();
}

/** A request with its list, and a number that identifies everything but the list. */
interface Part<Sent> {
  index: number;
  request: Sent;
  kind: number;
  rule: BatchRule;
  elements: readonly Element[];
}

interface Element {
  value: unknown;
  bytes: number;
}

const measured = (value: unknown): Element => ({ value, bytes: sizeOf(value) });

/** What an event writes: each record, with the kinds of requests that write it. */
type Records = ReadonlyMap<string, ReadonlySet<number>>;

/** All shipments to one destination, in order of creation. */
class Shipments<Sent extends object> {
  readonly #open: OpenShipment<Sent>[] = [];
  readonly #kinds = new Map<string, number>();
  /** For each kind of request, the number of the last shipment that has one. */
  readonly #current = new Map<number, number>();
  /** Where each record was last written, and by which kinds of requests. */
  readonly #written = new Map<string, { shipment: number; kinds: ReadonlySet<number> }>();

  add(position: number, { requests, event, isAlone = false }: Shippable<Sent>): void {
    const parts = _.compact(requests.map((indexed) => this.#partOf(indexed)));
    const isMerged = !isAlone && parts.length === requests.length;
    const records = recordsOf(parts, event.subject, requests.length);
    const number = isMerged ? this.#numberFor(parts, records) : this.#open.length;
    const shipment = (this.#open[number] ??= new OpenShipment(isMerged));
    shipment.events.push(position);
    if (!isMerged)
      shipment.batches.push(...requests.map(({ index, request }) => ({ index, request, events: [position] })));
    for (const part of isMerged ? parts : []) {
      shipment.add(position, part);
      this.#current.set(part.kind, number);
    }
    for (const [record, kinds] of records) this.#written.set(record, { shipment: number, kinds });
  }

  /** A request whose list may grow, or undefined if it has none. */
  #partOf({ index, request, batch: rule }: IndexedRequest<Sent>): Part<Sent> | undefined {
    const list = rule && listOf(request, rule);
    if (rule === undefined || list === undefined) return undefined;
    const text = JSON.stringify([rule, withList(request, rule.at, [])]);
    const kind = this.#kinds.get(text) ?? this.#kinds.size;
    this.#kinds.set(text, kind);
    return { index, request, kind, rule, elements: list.map(measured) };
  }

  /**
   * The last shipment that has requests of these kinds. Returns a new one if none has room, or if the event must come
   * after a later shipment or after another kind of request in it.
   */
  #numberFor(parts: readonly Part<Sent>[], records: Records): number {
    const next = this.#open.length;
    const number = _.max(parts.map(({ kind }) => this.#current.get(kind) ?? -1)) ?? -1;
    for (const [record, kinds] of records) {
      const last = this.#written.get(record);
      if (last === undefined || last.shipment < number) continue;
      if (last.shipment > number || !_.isEqual(last.kinds, kinds)) return next;
    }
    return parts.some((part) => this.#open[number]?.takes(part)) ? number : next;
  }

  shipments(): Shipment<Sent>[] {
    return this.#open.map(({ events, isMerged, batches }) => ({
      events,
      isMerged,
      // Requests of one event keep the order of the definition, however they were merged.
      batches: _.sortBy(batches, 'index').map((batch) => ({ request: requestOf(batch), events: batch.events })),
    }));
  }
}

/**
 * What an event writes: all of its groups, and the person, by every identifier in the event. If a rule names other
 * identifiers of a record, only that person in those groups.
 * @param count the number of requests, including those that are not parts
 */
function recordsOf(parts: readonly Part<object>[], { groups, people }: Subject, count: number): Records {
  const records = new Map<string, Set<number>>();
  const write = (record: string, kind: number) => {
    const kinds = records.get(record);
    if (kinds === undefined) records.set(record, new Set([kind]));
    else kinds.add(kind);
  };
  const writeSubject = (kind: number) => {
    for (const group of groups) write(`group ${group}`, kind);
    for (const person of people) write(`person ${person}`, kind);
  };
  for (const { kind, rule, elements } of parts) {
    const { record: paths } = rule;
    if (paths === undefined) writeSubject(kind);
    const known = paths === undefined ? [] : [...people, ...elements.flatMap(({ value }) => valuesOf(value, paths))];
    for (const value of known) write(`record ${JSON.stringify([groups, value])}`, kind);
  }
  if (parts.length < count) writeSubject(NO_KIND);
  return records;
}

/** The key of a request without a list. */
const NO_KIND = -1;

/** A batch of a shipment. Its list is in the request if the batch cannot grow. */
interface Placed<Sent> extends Batch<Sent> {
  index: number;
  at?: string;
  list?: unknown[];
}

/** A batch that can still grow. */
interface OpenBatch<Sent> extends Placed<Sent> {
  at: string;
  list: unknown[];
  bytes: number;
  seen: Set<unknown>;
}

/** A shipment under construction. */
class OpenShipment<Sent extends object> {
  readonly events: number[] = [];
  readonly batches: Placed<Sent>[] = [];
  readonly isMerged: boolean;
  /** For each kind, the batch that accepts more elements. */
  readonly #open = new Map<number, OpenBatch<Sent>>();

  constructor(isMerged: boolean) {
    this.isMerged = isMerged;
  }

  /** Whether an existing batch has room for the first element of a request. */
  takes(part: Part<Sent>): boolean {
    const [element] = part.elements;
    return element !== undefined && this.#roomFor(part, element) !== undefined;
  }

  #roomFor({ kind, rule }: Part<Sent>, element: Element): OpenBatch<Sent> | undefined {
    const batch = this.#open.get(kind);
    return batch !== undefined && hasRoom(batch, element, rule) ? batch : undefined;
  }

  add(event: number, part: Part<Sent>): void {
    const { rule, elements } = part;
    for (const element of elements) {
      const { value, bytes } = element;
      const batch = this.#roomFor(part, element) ?? this.#start(part);
      batch.bytes += growth(batch, bytes);
      batch.list.push(value);
      if (rule.uniqueBy !== undefined) batch.seen.add(_.get(value, rule.uniqueBy));
      if (batch.events.at(-1) !== event) batch.events.push(event);
    }
    if (elements.length === 0) this.#start(part).events.push(event);
  }

  #start({ index, request, kind, rule: { at } }: Part<Sent>): OpenBatch<Sent> {
    const bytes = sizeOf(bodyOf(withList(request, at, [])));
    const batch: OpenBatch<Sent> = { index, request, at, list: [], bytes, seen: new Set(), events: [] };
    this.#open.set(kind, batch);
    this.batches.push(batch);
    return batch;
  }
}

/** The values that identify an element's record. */
const valuesOf = (element: unknown, paths: readonly string[]): unknown[] =>
  paths.map((path) => (path === '' ? element : _.get(element, path)) as unknown).filter((value) => value !== undefined);

const requestOf = <Sent extends object>({ request, at, list }: Placed<Sent>): Sent =>
  at === undefined || list === undefined ? request : withList(request, at, list);

function hasRoom(batch: OpenBatch<unknown>, { value, bytes }: Element, rule: BatchRule): boolean {
  const { items, bytes: limit, uniqueBy } = rule;
  if (batch.list.length >= items || batch.bytes + growth(batch, bytes) > limit) return batch.list.length === 0;
  return uniqueBy === undefined || !batch.seen.has(_.get(value, uniqueBy));
}

/** The bytes that an element adds to a body, including the comma in front of it. */
function growth({ list }: OpenBatch<unknown>, bytes: number): number {
  return bytes + (list.length > 0 ? 1 : 0);
}

/** The list that a rule lets grow, if there is one. */
function listOf(request: object, { at, unwrapped }: BatchRule): unknown[] | undefined {
  const found = listAt(request, at);
  if (unwrapped === true) return [found];
  return Array.isArray(found) ? found : undefined;
}

/** The list at a path. If a request has it as JSON text, it is parsed. */
function listAt(request: object, at: string): unknown {
  const value: unknown = _.get(request, at);
  return typeof value === 'string' ? JSON.parse(value) : value;
}

/** A request with another list, as text if the list was text. Only the objects on the way to it are copied. */
function withList<Sent extends object>(request: Sent, at: string, list: unknown[]): Sent {
  const isText = typeof _.get(request, at) === 'string';
  const copy = (value: unknown): unknown => _.clone(value);
  return _.setWith({ ...request }, at, isText ? JSON.stringify(list) : list, copy);
}

function bodyOf(request: object): unknown {
  const body: unknown = _.get(request, 'body.json', request);
  return body;
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
