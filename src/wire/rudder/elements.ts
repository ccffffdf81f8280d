import { dequal } from 'dequal/lite';
import _ from 'lodash';

import type { Drop, Fail, Warning } from '../../contract/results.ts';
import { shipmentsOf } from '../../core/batch.ts';
import { GroupEvent, type ReadEvent, readEvent } from '../../core/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { eventLimits, isLongerThan } from '../../core/limits.ts';
import { fail } from '../../core/outcome.ts';
import type { Governed } from '../../core/policies.ts';
import type { Policy } from '../../core/policy.ts';
import { settle, type VendorCalls } from '../../core/settle.ts';
import { bytesOf, type Mapping, type Outcome, type Sending, type Transformer } from '../../core/transform.ts';
import { chain, inWindows, mapWindows, type Windows } from '../../core/turns.ts';
import { deliveryOf, type Item, misshapen, readName } from './decode.ts';
import type { BoundItem } from './destinations.ts';
import type { Echo } from './echo.ts';
import { type Feature, type Refused, toOutput, toRefused } from './encode.ts';

/** One element of a processor's answer: a request, or why there is none. */
export type ProcessorElement = { metadata: Json | undefined } & ({ output: unknown; statusCode: 200 } | Refused);

/** One element of a router's answer: all requests of one or several events, in order, or why there are none. */
export type RouterElement = { metadata: Json[]; batched: boolean; destination?: Echo | JsonObject } & (
  { batchedRequest: unknown; statusCode: 200 } | Refused
);

/** What the answers to one call depend on. */
export interface Adapter {
  transformer: Transformer;
  /** Calls vendors. Without it, events whose vendor must be asked first fail. */
  calls: VendorCalls | undefined;
  /** The token that came with the call for all of its items. */
  secret?: Json | undefined;
  /** Called with the outcome of each item. */
  onOutcome: OnOutcome;
  now: Date;
}

/**
 * @param warnings the warnings of the item's event
 * @param type the destination, as the call or the item names it
 */
export type OnOutcome = (outcome: Settled, warnings: readonly Warning[], type: string, item: Item) => void;

/** The final outcome of an item. */
type Settled = Sending | Drop | Fail;

/**
 * Answers a processor's call: for each item, in order, one element per request, or one that says why there is none.
 * @param type the destination that the call names
 */
export function process(adapter: Adapter, type: string, items: readonly Item[]): Windows<ProcessorElement> {
  return elementsInWindows(
    items,
    () => type,
    adapter,
    (window) => {
      const elements: ProcessorElement[] = [];
      for (const settled of window) {
        for (const element of processed(settled, type, adapter)) elements.push(element);
      }
      return elements;
    },
  );
}

/** The elements of one item. */
function processed(
  { item, outcome, warnings }: SettledItem,
  type: string,
  { onOutcome, now }: Adapter,
): ProcessorElement[] {
  const { metadata } = item;
  const refuse = (refusal: Drop | Fail): ProcessorElement[] => {
    onOutcome(refusal, warnings, type, item);
    return [{ metadata, ...toRefused(refusal, item, type, 'processor') }];
  };
  return ownFailure(() => {
    const settled = outcome.outcome === 'send' ? repeatable(outcome, metadata) : outcome;
    if (settled.outcome !== 'send') return refuse(settled);
    const elements = settled.requests.map(({ request }): ProcessorElement => ({
      output: toOutput(request, now),
      metadata,
      statusCode: 200,
    }));
    onOutcome(settled, warnings, type, item);
    return elements;
  }, refuse);
}

/** The maximum number of bytes that an item's metadata may take in all of its elements together. */
const REPEATED_METADATA_BYTES = 10_000_000;

/** Up to this many requests, metadata of any accepted size can be repeated with each. */
const FEW = REPEATED_METADATA_BYTES / eventLimits.bytes;

/** An item is not sent if repeating its metadata with each request would take too much. */
function repeatable(sending: Sending, metadata: Json | undefined): Settled {
  const { length } = sending.requests;
  if (length <= FEW || !isLongerThan(metadata, REPEATED_METADATA_BYTES / length)) return sending;
  return fail('OUTPUT_TOO_LARGE', `the metadata is too large to return with each of ${String(length)} requests`);
}

/** An item, its position in the call, and its outcome. */
interface SettledItem {
  index: number;
  item: Item;
  outcome: Settled;
  warnings: readonly Warning[];
}

/** An item whose event is sent, and its position in the call. */
interface SentItem extends Omit<Sending, 'outcome'> {
  index: number;
  item: Item;
  isAlone: boolean;
}

/**
 * Answers a router's call: each item is in one element, and items whose requests merge share one. Elements are in the
 * order of their first items. If a call is too long to hold in memory, only items near each other are merged.
 * @param type the destination that the call names; without it, each item's own applies
 */
export function route(adapter: Adapter, type: string | undefined, items: readonly Item[]): Windows<RouterElement> {
  const nameOf = (item: Item) => type ?? definitionName(item) ?? '';
  return elementsInWindows(items, nameOf, adapter, (window) => elementsOf(window, nameOf, adapter), true);
}

function elementsOf(window: readonly SettledItem[], nameOf: (item: Item) => string, adapter: Adapter): RouterElement[] {
  const elements: { first: number; element: RouterElement }[] = [];
  const sent = new Map<string, SentItem[]>();
  const numberOf = numbering();
  for (const { index, item, outcome, warnings } of window) {
    const name = nameOf(item);
    adapter.onOutcome(outcome, warnings, name, item);
    if (outcome.outcome === 'send') {
      const isAlone = isJsonObject(item.metadata) && item.metadata.dontBatch === true;
      // Equal requests may belong to two destinations, each of which must learn its own outcome.
      const isMergeable = outcome.requests.some(({ batch: rule }) => rule !== undefined);
      const key = isMergeable ? `${name} ${String(numberOf(item.echo))}` : String(index);
      const ofDestination = sent.get(key) ?? [];
      sent.set(key, ofDestination);
      const { requests, event } = outcome;
      ofDestination.push({ index, item, requests, event, isAlone });
    } else {
      elements.push({ first: index, element: { ...echoOf([item]), ...toRefused(outcome, item, name, 'router') } });
    }
  }
  for (const ofDestination of sent.values()) {
    const shipped = ownFailure(
      () => ship(ofDestination, adapter.now),
      (failure) =>
        ofDestination.map(({ index: first, item }) => ({
          first,
          element: { ...echoOf([item]), ...toRefused(failure, item, nameOf(item), 'router') },
        })),
    );
    for (const element of shipped) elements.push(element);
  }
  return _.sortBy(elements, 'first').map(({ element }) => element);
}

/** Numbers destinations, so that equal ones share a number. */
function numbering(): (echo: Echo | undefined) => number {
  const byText = new Map<string, number>();
  const byEcho = new Map<Echo | undefined, number>();
  return (echo) => {
    let number = byEcho.get(echo);
    if (number === undefined) {
      const text = echo?.source.text ?? '';
      number = byText.get(text) ?? byText.size;
      byText.set(text, number);
      byEcho.set(echo, number);
    }
    return number;
  };
}

/** The elements of the items for one destination. */
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
 * Answers a call to batch requests that were transformed before: each is sent unchanged, on its own.
 * @param type the destination that the call names
 */
export function batch(type: string | undefined, items: readonly Item[]): Windows<RouterElement> {
  const elementOf = (item: Item): RouterElement => {
    const refused = item.rejected ?? misshapen(item.message, 'message');
    if (refused !== undefined) return { ...echoOf([item]), ...toRefused(refused, item, type ?? '', 'batch') };
    return { ...echoOf([item]), batchedRequest: item.message ?? {}, statusCode: 200 };
  };
  return inWindows(
    items.length,
    (index) => elementOf(items[index] as Item),
    () => 1,
  );
}

/**
 * The fields of items that are returned in their element of a router's answer, whatever the outcome. The items share a
 * destination.
 */
export function echoOf(items: readonly Item[]) {
  const destination = items[0]?.echo?.repeated;
  return {
    // The server rejects all items of a call if one has no metadata.
    metadata: items.map(({ metadata }) => metadata ?? {}),
    batched: false,
    ...(destination === undefined ? {} : { destination }),
  };
}

/** The stand-in for an element, ours or the upstream's, that cannot become text. */
export function refuseElement<Given extends { metadata?: Json | undefined }>(
  element: Given,
  type: string,
  feature: Feature,
): Given & Refused {
  const { metadata } = element;
  const [first] = _.castArray(metadata);
  const item: Item = { message: undefined, metadata: first, destination: undefined, echo: undefined };
  return {
    ...(_.pick(element, ['metadata', 'batched', 'destination']) as Given),
    ...toRefused(tooLarge, item, type, feature),
  };
}

function definitionName({ destination }: Item): string | undefined {
  const definition = destination?.DestinationDefinition;
  return isJsonObject(definition) ? readName(definition.Name) : undefined;
}

/** The results of items, including dialogues, turned into elements in windows. */
function elementsInWindows<Element>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  adapter: Adapter,
  encode: (window: readonly SettledItem[]) => Element[],
  inBatches = false,
): Windows<Element> {
  const { calls } = adapter;
  const map = itemMapper(adapter, inBatches);
  const mapAt = (index: number) => {
    const item = items[index] as Item;
    return ownFailure(
      () => map(item, nameOf(item)),
      (failure) => mappingOf(failure),
    );
  };
  let start = 0;
  const encodeWindow = (mappings: readonly Mapping[]): Element[] => {
    const first = start;
    start += mappings.length;
    return encode(
      mappings.map((mapping, at) => {
        const index = first + at;
        return { index, item: items[index] as Item, outcome: settledOf(mapping), warnings: mapping.warnings };
      }),
    );
  };
  return mapWindows(inWindows(items.length, mapAt, bytesOf), (mappings) =>
    calls === undefined || !mappings.some(({ outcome }) => outcome.outcome === 'ask')
      ? encodeWindow(mappings)
      : chain(settle(mappings, calls), encodeWindow),
  );
}

/** A pipeline cannot ask vendors itself. */
function settledOf({ outcome }: Mapping): Settled {
  if (outcome.outcome !== 'ask') return outcome;
  return fail('DIALOGUE_NEEDED', 'the vendor must be asked first; set VENDOR_CALLS=inline to let the service do it');
}

/**
 * An item that the engine cannot process, because it is too long or too deep, fails on its own and not with its call.
 */
function ownFailure<T>(work: () => T, instead: (failure: Fail) => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return instead(tooLarge);
  }
}

const tooLarge = fail('OUTPUT_TOO_LARGE', 'the item is larger than the service can process or answer');

/**
 * Maps items, which bring their own config. Only the config decides whether a destination is bound again: ids, names
 * and revisions may be those of another tenant.
 */
function itemMapper({ transformer, secret, now }: Adapter, inBatches: boolean): (item: Item, type: string) => Mapping {
  const misshapenSecret = misshapen(secret, 'delivery');
  let last: BoundItem | undefined;
  const bind = (
    governed: Governed,
    policy: Policy | undefined,
    config: unknown,
    delivery: unknown,
    isFilled: boolean,
  ): BoundItem => {
    const { id, name } = governed;
    const target = {
      id,
      name,
      config: config ?? {},
      delivery,
      enabled: true,
      isForPipeline: true,
      inBatches,
      isPassing: isFilled,
    };
    return { type: name, policy, config, delivery, bound: transformer.bind(target) };
  };
  return (item, type) => {
    const { echo, rejected } = item;
    if (rejected !== undefined) return mappingOf(rejected);
    if (echo === undefined) return noDestination;
    const { source } = echo;
    const governed = governedOf(item, type);
    const policy = transformer.policyOf(governed);
    const judged = policy && readUnder(policy, item.message);
    const sent = judged instanceof GroupEvent ? judged.payload : item.message;
    const { config, message, isFilled } = source.fillTemplates(sent);
    const delivery = deliveryOf(item, secret);
    if (misshapenSecret !== undefined && delivery === secret)
      return mappingOf({ ...misshapenSecret, code: 'DELIVERY_INVALID' });
    const isBound = (known: BoundItem | undefined): known is BoundItem =>
      known?.type === type &&
      known.policy?.key === policy?.key &&
      dequal(known.config, config) &&
      dequal(known.delivery, delivery);
    const known = source.bound;
    if (isBound(known)) last = known;
    else if (!isBound(last)) last = bind(governed, policy, config, delivery, isFilled);
    source.bound = last;
    const event = judged instanceof GroupEvent ? judged.reduced(message as JsonObject) : (judged ?? readEvent(message));
    return last.bound.map(event, { now });
  };
}

/** Templates must not read what a policy withholds, so the policy comes before them. */
function readUnder(policy: Policy, message: Json | undefined): ReadEvent {
  const read = readEvent(message);
  return read instanceof GroupEvent ? read.under(policy) : read;
}

/** What decides on the policy of an item. @param type the destination, as the call or the item names it */
export const governedOf = (item: Item, type: string): Governed => ({ id: destinationId(item) ?? type, name: type });

/** The id of the item's destination, if it has one. */
function destinationId({ destination, metadata }: Item): string | undefined {
  const given = destination?.ID ?? (isJsonObject(metadata) ? metadata.destinationId : undefined);
  return typeof given === 'string' ? given : undefined;
}

const mappingOf = (outcome: Outcome): Mapping => ({ outcome, warnings: [] });

const noDestination = mappingOf(fail('CONFIG_INVALID', 'the item has no destination', 'destination'));
