import { randomBytes } from 'node:crypto';

import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { decoderOf, parseUtf8, type TextBetween } from '../parse.ts';
import { listOf, type ParsedCall } from './decode.ts';
import { CallDestination, type KnownDestinations } from './destinations.ts';

/** The start of an item's destination: the end of what precedes it, the key, and a brace. */
const OPENING = Buffer.from('},"destination":{');
const VALUE_AT = OPENING.length - 1;

/** The placeholder for a destination while a body is parsed. No client can guess it. */
const STAND_IN = randomBytes(6).toString('hex');

/**
 * Parses the body of a call. A server repeats the destination with every item, which is half of a typical one. Where
 * its text equals that of the first, or that of an earlier call, it isn't parsed again: the items share one object.
 * @param known the destinations of earlier calls
 * @throws {SyntaxError}
 */
export function parseCall(bytes: Buffer, known?: KnownDestinations): ParsedCall {
  const decode = decoderOf(bytes);
  const first = findFirst(bytes, decode, known);
  if (first === undefined) return parseUtf8(bytes, decode);
  const { text, destination: shared } = first;
  let replaced = 0;
  const parsed = parseUtf8(bytes, (start, end) => {
    const part = bytes.subarray(0, end);
    let written = '';
    let from = start;
    // No destination is before the first one.
    let at = Math.max(start, first.at - VALUE_AT);
    while ((at = part.indexOf(OPENING, at)) !== -1) {
      at += VALUE_AT;
      if (!startsWith(part, text, at)) continue;
      written += `${decode(from, at)}"${STAND_IN}"`;
      from = at += text.length;
      replaced++;
    }
    return written + decode(from, end);
  });
  // If something other than a destination was replaced, it is still missing there.
  return putBack(parsed.value, shared.value) === replaced ? { ...parsed, shared } : parseUtf8(bytes, decode);
}

/** The first destination of a call, where it is, and its text. */
interface First {
  at: number;
  text: Buffer;
  destination: CallDestination;
}

function findFirst(bytes: Buffer, decode: TextBetween, known: KnownDestinations | undefined): First | undefined {
  const at = bytes.indexOf(OPENING) + VALUE_AT;
  if (at < VALUE_AT) return undefined;
  const last = known?.last;
  if (last !== undefined && startsWith(bytes, last.text, at)) return { at, ...last };
  const end = endOfObject(bytes, at);
  if (end === undefined) return undefined;
  const text = bytes.subarray(at, end);
  const parse = () => JSON.parse(decode(at, end)) as JsonObject;
  return { at, text, destination: known?.get(text, parse) ?? new CallDestination(parse()) };
}

/** Whether a text is at a position in some bytes. */
const startsWith = (bytes: Buffer, text: Buffer, at: number): boolean =>
  at + text.length <= bytes.length && bytes.compare(text, 0, text.length, at, at + text.length) === 0;

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
