import _ from 'lodash';
import type { BatchRule, IndexedRequest } from './definition.ts';

/** A request for one or several events. `events` are positions in the input. */
export interface Batch<Sent> {
  request: Sent;
  events: number[];
}

/**
 * Events that go out together, since they have requests in common, and those requests in the order in which they must
 * be sent.
 */
export interface Shipment<Sent> {
  events: number[];
  /** Whether further events could have joined. */
  isMerged: boolean;
  batches: Batch<Sent>[];
}

/** A batch that can still grow. */
interface OpenBatch<Sent> extends Batch<Sent> {
  index: number;
  at: string;
  list: unknown[];
  bytes: number;
  seen: Set<unknown>;
}

/**
 * Merges the requests of events for one destination. Requests become one only if they stand at the same index of the
 * definition and are equal in everything but the list that their rule names. An event is merged as a whole or not at
 * all, so that a request that cannot be merged never fails those of another event.
 * @param sends the requests of each event; events that are to stay alone have `isAlone`
 * @returns every event in exactly one shipment, shipments in the order of their first events
 */
export function shipmentsOf<Sent extends object>(
  sends: readonly { requests: readonly IndexedRequest<Sent>[]; isAlone?: boolean }[],
): Shipment<Sent>[] {
  const batcher = new Batcher<Sent>();
  for (const [event, { requests, isAlone = false }] of sends.entries()) {
    const lists = isAlone ? [] : requests.map(listOf);
    if (isAlone || lists.includes(undefined)) batcher.addAlone(event, requests);
    else batcher.add(event, requests, lists as unknown[][]);
  }
  return batcher.shipments();
}

/** The list of a request that those of others may be added to. */
function listOf<Sent extends object>({ request, batch }: IndexedRequest<Sent>): unknown[] | undefined {
  if (batch === undefined) return undefined;
  const list = listAt(request, batch.at);
  if (batch.unwrapped === true) return [list];
  return Array.isArray(list) ? list : undefined;
}

class Batcher<Sent extends object> {
  /** The batch of each kind that takes further elements. */
  readonly #open = new Map<string, OpenBatch<Sent>>();
  readonly #merged: OpenBatch<Sent>[] = [];
  readonly #alone: Shipment<Sent>[] = [];

  addAlone(event: number, requests: readonly IndexedRequest<Sent>[]): void {
    this.#alone.push({
      events: [event],
      isMerged: false,
      batches: requests.map(({ request }) => ({ request, events: [event] })),
    });
  }

  /** @param lists those of the requests */
  add(event: number, requests: readonly IndexedRequest<Sent>[], lists: readonly unknown[][]): void {
    for (const [position, merged] of (requests as Required<IndexedRequest<Sent>>[]).entries()) {
      const { index, request, batch: rule } = merged;
      const list = lists[position] as unknown[];
      const kind = `${String(index)} ${JSON.stringify(withList(request, rule.at, []))}`;
      for (const element of list) {
        let batch = this.#open.get(kind);
        const bytes = sizeOf(element);
        if (batch === undefined || !hasRoom(batch, element, bytes, rule)) {
          batch = this.#start(kind, index, request, rule);
        }
        batch.bytes += growth(batch, bytes);
        batch.list.push(element);
        if (rule.uniqueBy !== undefined) batch.seen.add(_.get(element, rule.uniqueBy));
        if (batch.events.at(-1) !== event) batch.events.push(event);
      }
      if (list.length === 0) this.#start(kind, index, request, rule).events.push(event);
    }
  }

  #start(kind: string, index: number, request: Sent, { at }: BatchRule): OpenBatch<Sent> {
    const bytes = sizeOf(bodyOf(withList(request, at, [])));
    const batch: OpenBatch<Sent> = { index, request, at, list: [], bytes, seen: new Set(), events: [] };
    this.#open.set(kind, batch);
    this.#merged.push(batch);
    return batch;
  }

  shipments(): Shipment<Sent>[] {
    const ofEvent = new Map<number, Shipment<Sent>>();
    // Requests of one event keep the order of the definition, whatever they were merged with.
    for (const { request, at, list, events } of _.sortBy(this.#merged, 'index')) {
      const shipment = join(_.uniq(events.flatMap((event) => ofEvent.get(event) ?? [])));
      shipment.batches.push({ request: withList(request, at, list), events });
      shipment.events = _.union(shipment.events, events);
      for (const event of shipment.events) ofEvent.set(event, shipment);
    }
    const merged = new Set(ofEvent.values());
    for (const shipment of merged) shipment.events.sort((a, b) => a - b);
    return _.sortBy([...merged, ...this.#alone], ({ events: [first] }) => first);
  }
}

/** One shipment of several that turn out to have an event in common. */
function join<Sent>(shipments: readonly Shipment<Sent>[]): Shipment<Sent> {
  return {
    isMerged: true,
    events: shipments.flatMap(({ events }) => events),
    batches: shipments.flatMap(({ batches }) => batches),
  };
}

/** @param bytes the size of the element */
function hasRoom(batch: OpenBatch<unknown>, element: unknown, bytes: number, rule: BatchRule): boolean {
  const { items, bytes: limit, uniqueBy } = rule;
  if (batch.list.length >= items || batch.bytes + growth(batch, bytes) > limit) return batch.list.length === 0;
  return uniqueBy === undefined || !batch.seen.has(_.get(element, uniqueBy));
}

/** The bytes that an element of a size adds to a body, with the comma before it. */
function growth({ list }: OpenBatch<unknown>, bytes: number): number {
  return bytes + (list.length > 0 ? 1 : 0);
}

/** The list at a path; where a request carries it as JSON text, it is read from that. */
function listAt(request: object, at: string): unknown {
  const value: unknown = _.get(request, at);
  return typeof value === 'string' ? JSON.parse(value) : value;
}

/** A request with another list, as text where the list was text; only the objects on the way to it are copied. */
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
