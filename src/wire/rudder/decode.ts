import { isJsonObject, own, type Json, type JsonObject } from '../../core/json.ts';
import { checkShape, checkSize, eventLimits } from '../../core/limits.ts';
import type { Drop, Fail } from '../../contract/results.ts';

/** One event on its way to one destination, as a pipeline hands it in. */
export interface Item {
  message: Json | undefined;
  /** Echoed as it came; undefined if the item has none. */
  metadata: Json | undefined;
  destination: JsonObject | undefined;
  /** What is known already to stand in the item's way. */
  rejected?: Drop | Fail;
}

/** The list of items in the body of a call, in either form; undefined if there is none. */
export function listOf(body: Json): Json[] | undefined {
  const list = isJsonObject(body) ? body.input : body;
  return Array.isArray(list) ? list : undefined;
}

/**
 * Reads the items of a call, in either form: whole items, or items that refer to destinations given once. What is no
 * object becomes an item without anything, so that it has an answer of its own.
 * @param byteLength the length of the body; no item of it can be larger
 * @returns undefined if the body has no list of items
 */
export function readItems(body: Json, byteLength: number): Item[] | undefined {
  const list = listOf(body);
  if (list === undefined) return undefined;
  const destinations = isJsonObject(body) && isJsonObject(body.destinations) ? body.destinations : {};
  return list.map((entry) => {
    const item = readItem(isJsonObject(entry) ? entry : {}, destinations);
    const tooLarge = byteLength > eventLimits.bytes ? checkSize(item.message, 'message') : undefined;
    const rejected = misshapen(item.metadata, 'metadata') ?? misshapen(item.destination, 'destination') ?? tooLarge;
    return rejected === undefined ? item : { ...echoable(item), rejected };
  });
}

/** What surrounds an event is held to the limits of events: deeper, it could be neither read nor echoed. */
export function misshapen(value: Json | undefined, root: string): Fail | undefined {
  return typeof value === 'object' && value !== null ? checkShape(value, root) : undefined;
}

/** The item without what cannot be echoed. */
function echoable({ message, metadata, destination }: Item): Item {
  return {
    message,
    metadata: misshapen(metadata, 'metadata') === undefined ? metadata : undefined,
    destination: misshapen(destination, 'destination') === undefined ? destination : undefined,
  };
}

function readItem({ message, metadata, destination }: Partial<JsonObject>, destinations: JsonObject): Item {
  const id = isJsonObject(metadata) ? metadata.destinationId : undefined;
  const given = destination ?? (typeof id === 'string' ? own(destinations, id) : undefined);
  return { message, metadata, destination: isJsonObject(given) ? given : undefined };
}
