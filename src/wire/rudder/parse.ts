import { randomBytes } from 'node:crypto';

import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { decode, parseUtf8 } from '../parse.ts';
import { listOf } from './decode.ts';
import { CallDestination, type KnownDestinations } from './destinations.ts';

/** The start of an item's destination: the end of what precedes it, the key, and a brace. */
const OPENING = '},"destination":{';
const VALUE_AT = OPENING.length - 1;

/** The placeholder for a destination while a body is parsed. No client can guess it. */
const STAND_IN = randomBytes(6).toString('hex');

/** The body of a call, and the destination that its items share, if any. */
export interface ParsedCall {
  body: Json;
  shared?: CallDestination;
}

/**
 * Parses the body of a call. A server repeats the destination with every item, which is half of a typical one. Where
 * its text equals that of the first, or that of an earlier call, it isn't parsed again: the items share one object.
 * @param known the destinations of earlier calls
 * @throws {SyntaxError}
 */
export function parseCall(bytes: Buffer, known?: KnownDestinations): ParsedCall {
  const first = findFirst(bytes);
  if (first === undefined) return { body: parseUtf8(bytes) };
  const parseFirst = () => JSON.parse(decode(first, VALUE_AT, first.length)) as JsonObject;
  const shared = known?.get(first.toString('latin1', VALUE_AT), parseFirst) ?? new CallDestination(parseFirst());
  let replaced = 0;
  const body = parseUtf8(bytes, (start, end) => {
    const part = bytes.subarray(0, end);
    let text = '';
    let from = start;
    for (let at = part.indexOf(first, from); at !== -1; at = part.indexOf(first, from)) {
      text += `${decode(bytes, from, at + VALUE_AT)}"${STAND_IN}"`;
      from = at + first.length;
      replaced++;
    }
    return text + decode(bytes, from, end);
  });
  // If something other than a destination was replaced, it is still missing there.
  return putBack(body, shared.value) === replaced ? { body, shared } : { body: parseUtf8(bytes) };
}

/** The first destination, with all of `OPENING`. */
function findFirst(bytes: Buffer): Buffer | undefined {
  const start = bytes.indexOf(OPENING);
  const end = start === -1 ? undefined : endOfObject(bytes, start + VALUE_AT);
  return end === undefined ? undefined : bytes.subarray(start, end);
}

const [QUOTE, BACKSLASH, OPEN, CLOSE] = Buffer.from('"\\{}') as unknown as [number, number, number, number];

/** The position after the object that starts at a position, if the text is JSON. */
function endOfObject(bytes: Buffer, start: number): number | undefined {
  let depth = 0;
  let isText = false;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isText = !isText;
    else if (byte === BACKSLASH) at++;
    else if (isText) continue;
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return at + 1;
  }
  return undefined;
}

/** @returns the number of items that share the destination */
function putBack(body: Json, destination: JsonObject): number {
  let count = 0;
  for (const entry of listOf(body) ?? []) {
    if (!isJsonObject(entry) || entry.destination !== STAND_IN) continue;
    entry.destination = destination;
    count++;
  }
  return count;
}
