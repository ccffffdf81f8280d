import type { Drop, Fail } from '../../contract/results.ts';
import { dequal } from 'dequal/lite';
import _ from 'lodash';
import { isJsonObject, type Json } from '../../core/json.ts';
import { shipmentsOf } from '../../core/batch.ts';
import type { IndexedRequest } from '../../core/definition.ts';
import { readEvent } from '../../core/event.ts';
import { fail } from '../../core/outcome.ts';
import { settle, type VendorCalls } from '../../core/settle.ts';
import type { BoundTarget, Mapping, Outcome, Sending, Transformer } from '../../core/transform.ts';
import { chain, mapInTurns } from '../../core/turns.ts';
import { misshapen, type Item } from './decode.ts';
import { toOutput, toRefused, type Refused } from './encode.ts';
import { resolveTemplates } from './template.ts';

/** One element of a processor's answer: a request, or why there is none. */
export type ProcessorElement = { metadata: Json | undefined } & ({ output: unknown; statusCode: 200 } | Refused);

/** One element of a router's answer: all requests of one or several events, in order, or why there are none. */
export type RouterElement = { metadata: Json[]; batched: boolean; destination?: Json } & (
  { batchedRequest: unknown; statusCode: 200 } | Refused
);

/** What the answers to one call depend on. */
export interface Adapter {
  transformer: Transformer;
  /** Calls vendors; without it, events whose vendor must be asked first fail. */
  calls: VendorCalls | undefined;
  /** The token that came with the call for all of its items. */
  secret?: Json | undefined;
  /** Told what becomes of each item. */
  onOutcome: OnOutcome;
  now: Date;
}

/** @param type the destination, as the call or the item names it */
export type OnOutcome = (outcome: Settled, type: string, item: Item) => void;

/** What becomes of an item in the end. */
type Settled = Sending | Drop | Fail;

/**
 * Answers a processor's call: for each item, in order, one element per request, or one that says why there is none.
 * @param type the destination that the call names
 */
export function process(
  adapter: Adapter,
  type: string,
  items: readonly Item[],
): ProcessorElement[] | Promise<ProcessorElement[]> {
  return chain(
    outcomesOf(items, () => type, adapter),
    (outcomes) => {
      const elements: ProcessorElement[] = [];
      items.forEach((item, index) => {
        const outcome = outcomes[index] as Settled;
        const { metadata } = item;
        adapter.onOutcome(outcome, type, item);
        if (outcome.outcome === 'send') {
          for (const { request } of outcome.requests) {
            elements.push({ output: toOutput(request, adapter.now), metadata, statusCode: 200 });
          }
        } else {
          elements.push({ metadata, ...toRefused(outcome, item, type, 'processor') });
        }
      });
      return elements;
    },
  );
}

/** An item whose event goes out, and its place in the call. */
interface SentItem {
  index: number;
  item: Item;
  requests: IndexedRequest[];
  isAlone: boolean;
}

/**
 * Answers a router's call: each item is in one element, and those whose requests can be merged share one. Elements come
 * in the order of their first items.
 * @param type the destination that the call names; without it, each item's own is taken
 */
export function route(
  adapter: Adapter,
  type: string | undefined,
  items: readonly Item[],
): RouterElement[] | Promise<RouterElement[]> {
  const nameOf = (item: Item) => type ?? definitionName(item) ?? '';
  return chain(outcomesOf(items, nameOf, adapter), (outcomes) => elementsOf(items, nameOf, outcomes, adapter));
}

function elementsOf(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  outcomes: readonly Settled[],
  adapter: Adapter,
): RouterElement[] {
  const elements: { first: number; element: RouterElement }[] = [];
  const sent = new Map<string, SentItem[]>();
  for (const [index, item] of items.entries()) {
    const name = nameOf(item);
    const outcome = outcomes[index] as Settled;
    adapter.onOutcome(outcome, name, item);
    if (outcome.outcome === 'send') {
      const isAlone = isJsonObject(item.metadata) && item.metadata.dontBatch === true;
      // Requests may be equal and yet belong to two destinations, each of which is to be told what became of its own.
      const mayMerge = !isAlone && outcome.requests.some(({ batch: rule }) => rule !== undefined);
      const key = mayMerge ? `${name} ${JSON.stringify(item.destination)}` : String(index);
      const ofDestination = sent.get(key) ?? [];
      sent.set(key, ofDestination);
      ofDestination.push({ index, item, requests: outcome.requests, isAlone });
    } else {
      elements.push({ first: index, element: { ...echoOf([item]), ...toRefused(outcome, item, name, 'router') } });
    }
  }
  for (const ofDestination of sent.values()) elements.push(...ship(ofDestination, adapter.now));
  return _.sortBy(elements, 'first').map(({ element }) => element);
}

/** The elements of the items that go to one destination. */
function ship(sent: readonly SentItem[], now: Date): { first: number; element: RouterElement }[] {
  return shipmentsOf(sent).map(({ events, batches, isMerged }) => {
    const members = events.flatMap((event) => sent[event] ?? []);
    const outputs = batches.map(({ request }) => toOutput(request, now));
    const batchedRequest: unknown = outputs.length === 1 ? outputs[0] : outputs;
    const echo = echoOf(members.map(({ item }) => item));
    return {
      first: members[0]?.index ?? 0,
      element: { ...echo, batched: isMerged, batchedRequest, statusCode: 200 },
    };
  });
}

/**
 * Answers a call to batch requests that were transformed before: each goes out as it is, on its own.
 * @param type the destination that the call names
 */
export function batch(type: string | undefined, items: readonly Item[]): RouterElement[] {
  return items.map((item): RouterElement => {
    const refused = item.rejected ?? misshapen(item.message, 'message');
    if (refused !== undefined) return { ...echoOf([item]), ...toRefused(refused, item, type ?? '', 'batch') };
    return { ...echoOf([item]), batchedRequest: item.message ?? {}, statusCode: 200 };
  });
}

/** What of items comes back in their element of a router's answer, whatever became of them; they are for one destination. */
export function echoOf(items: readonly Item[]) {
  const destination = items[0]?.destination;
  return {
    // The server takes back all items of a call if one has no metadata.
    metadata: items.map(({ metadata }) => metadata ?? {}),
    batched: false,
    ...(destination === undefined ? {} : { destination }),
  };
}

function definitionName({ destination }: Item): string | undefined {
  const definition = destination?.DestinationDefinition;
  return isJsonObject(definition) && typeof definition.Name === 'string' ? definition.Name : undefined;
}

/** What comes of items, dialogues included. */
function outcomesOf(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  adapter: Adapter,
): Settled[] | Promise<Settled[]> {
  const { calls } = adapter;
  const map = itemMapper(adapter);
  return chain(
    mapInTurns(items, (item) => map(item, nameOf(item))),
    (mappings) =>
      calls === undefined || !mappings.some(({ outcome }) => outcome.outcome === 'ask')
        ? mappings.map(settledOf)
        : settle(mappings, calls).then((settled) => settled.map(settledOf)),
  );
}

/** A pipeline cannot ask vendors itself. */
function settledOf({ outcome }: Mapping): Settled {
  if (outcome.outcome !== 'ask') return outcome;
  return fail(
    'DIALOGUE_NEEDED',
    'the vendor must be asked first, which the service does with VENDOR_CALLS=inline only',
  );
}

/** What a call's items bring along, and what it was bound to. */
interface BoundItem {
  type: string;
  config: unknown;
  delivery: unknown;
  bound: BoundTarget;
}

/**
 * Maps items, which bring their config with them. Nothing that an item says of its destination but the config itself
 * decides whether it is bound anew: ids, names and revisions may be those of another tenant.
 */
function itemMapper({ transformer, secret, now }: Adapter): (item: Item, type: string) => Mapping {
  let last: BoundItem | undefined;
  return (item, type) => {
    const { destination, rejected } = item;
    if (rejected !== undefined) return mappingOf(rejected);
    if (destination === undefined) {
      return mappingOf(fail('CONFIG_INVALID', 'the item has no destination', 'destination'));
    }
    const { config, message } =
      destination.hasDynamicConfig === false
        ? { config: destination.Config, message: item.message }
        : resolveTemplates(destination.Config, item.message);
    const delivery = secret ?? (isJsonObject(item.metadata) ? item.metadata.secret : undefined);
    if (last?.type !== type || !dequal(last.config, config) || !dequal(last.delivery, delivery)) {
      const target = {
        id: type,
        name: type,
        config: config ?? {},
        delivery,
        enabled: true,
        isForPipeline: true as const,
      };
      last = { type, config, delivery, bound: transformer.bind(target) };
    }
    return last.bound.map(readEvent(message), { now });
  };
}

const mappingOf = (outcome: Outcome): Mapping => ({ outcome, warnings: [] });
