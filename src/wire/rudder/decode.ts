import type { Drop, Fail } from '../../contract/results.ts';
import { isJsonObject, type Json, type JsonObject, own } from '../../core/json.ts';
import { checkShape, checkSizeWithin } from '../../core/limits.ts';
import type { Parsed } from '../parse.ts';
import { shorten } from '../text.ts';
import { CallDestination } from './destinations.ts';
import { Echo } from './echo.ts';

/** The body of a call, and the destination that its items share, if any. */
export interface ParsedCall extends Parsed {
  shared?: CallDestination;
}

/** One event for one destination, as a pipeline sends it. */
export interface Item {
  message: Json | undefined;
  /** Echoed unchanged; undefined if the item has none. */
  metadata: Json | undefined;
  destination: JsonObject | undefined;
  /** The part of the destination that is returned. */
  echo: Echo | undefined;
  /** A known fault of the item. */
  rejected?: Drop | Fail;
}

/** The stand-in for an item that is not an object. There may be millions of them. */
const NOTHING: Item = { message: undefined, metadata: undefined, destination: undefined, echo: undefined };

/** The maximum length of a destination's name that is returned with every item. Longer names match no destination. */
const NAME_LENGTH = 64;

/** Reads the name of a destination in a call. */
export function readName(value: unknown): string | undefined {
  return typeof value === 'string' ? shorten(value.trim(), NAME_LENGTH) : undefined;
}

/** The token for an item: that of its call, or else its own. */
export const deliveryOf = ({ metadata }: Item, secret: Json | undefined): Json | undefined =>
  secret ?? (isJsonObject(metadata) ? metadata.secret : undefined);

/** The list of items in the body of a call, in either form; undefined if there is none. */
export function listOf(body: Json): Json[] | undefined {
  const list = isJsonObject(body) ? body.input : body;
  return Array.isArray(list) ? list : undefined;
}

/**
 * Reads the items of a call, in either form: whole items, or items that refer to destinations given once. Something
 * that is not an object becomes an empty item, so that it gets its own answer.
 * @param callBytes the size of the body
 * @returns undefined if the body has no list of items
 */
export function readItems({ value: body, byteLength, shared }: ParsedCall, callBytes: number): Item[] | undefined {
  const list = listOf(body);
  if (list === undefined) return undefined;
  const destinations = isJsonObject(body) && isJsonObject(body.destinations) ? body.destinations : {};
  const echoes = new Map<JsonObject, Echo>();
  const echoOf = (destination: JsonObject) => {
    const known = echoes.get(destination);
    if (known !== undefined) return known;
    const read = destination === shared?.value ? shared : new CallDestination(destination);
    const echo = new Echo(read, callBytes);
    echoes.set(destination, echo);
    return echo;
  };
  return list.map((entry) => (isJsonObject(entry) ? readItem(entry, destinations, echoOf, byteLength) : NOTHING));
}

/** What surrounds an event has the same limits as events: if it were deeper, it could neither be read nor echoed. */
export function misshapen(value: Json | undefined, root: string): Fail | undefined {
  return typeof value === 'object' && value !== null ? checkShape(value, root) : undefined;
}

function readItem(
  { message, metadata, destination }: Partial<JsonObject>,
  destinations: JsonObject,
  echoOf: (destination: JsonObject) => Echo,
  byteLength: number,
): Item {
  if (message === undefined && metadata === undefined && destination === undefined) return NOTHING;
  const id = isJsonObject(metadata) ? metadata.destinationId : undefined;
  const given = destination ?? (typeof id === 'string' ? own(destinations, id) : undefined);
  const echo = isJsonObject(given) ? echoOf(given) : undefined;
  if (echo !== undefined) echo.uses++;
  const source = echo?.source;
  const metadataFailure = misshapen(metadata, 'metadata') ?? checkSizeWithin(byteLength, metadata, 'metadata');
  const rejected = metadataFailure ?? source?.misshapen ?? checkSizeWithin(byteLength, message, 'message');
  const item: Item = { message, metadata, destination: source?.value, echo };
  if (rejected === undefined) return item;
  // What is too deep or too large cannot be echoed.
  return {
    ...item,
    rejected,
    metadata: metadataFailure === undefined ? metadata : undefined,
    destination: source?.misshapen === undefined ? source?.value : undefined,
  };
}
