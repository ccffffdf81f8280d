import { isAscii, isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';

import { type Json, type JsonObject, tryParseJson } from '../core/json.ts';

/** V8 keeps texts of more than 128 kB apart, in memory that must be mapped for each. This stays below. */
const PIECE_BYTES = 64 * 1024;

/** The placeholder for what was parsed before. No client can guess it. */
const STAND_IN = randomBytes(6).toString('hex');

/** Parsed JSON text. */
export interface Parsed {
  value: Json;
  /** The maximum size of an event's text in it, in bytes. If the value itself is an event, it may be longer. */
  byteLength: number;
}

/** Reads the text between two positions of some bytes. */
export type TextBetween = (start: number, end: number) => string;

/**
 * Parses JSON text in UTF-8, with or without a byte order mark.
 * @param textBetween may read another text of the same structure, cut between elements of a list
 * @throws {SyntaxError | NotUtf8}
 */
export function parseUtf8(bytes: Buffer, textBetween: TextBetween = decoderOf(bytes)): Parsed {
  const inPieces = bytes.length > 2 * PIECE_BYTES ? parseInPieces(bytes, textBetween) : undefined;
  if (inPieces !== undefined) return inPieces;
  const text = textBetween(0, bytes.length);
  return { value: JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json, byteLength: bytes.length };
}

/** Thrown if bytes are not UTF-8. Reading them anyway would replace some characters. */
export class NotUtf8 extends Error {}

/**
 * Decodes parts of UTF-8 text. ASCII, which most text is, takes a tenth of the time.
 * @returns throws `NotUtf8`
 */
export function decoderOf(bytes: Buffer): TextBetween {
  if (isAscii(bytes)) return (start, end) => bytes.toString('latin1', start, end);
  return (start, end) => {
    const part = bytes.subarray(start, end);
    if (isAscii(part)) return part.toString('latin1');
    if (!isUtf8(part)) throw new NotUtf8();
    return part.toString('utf8');
  };
}

/** A list of objects, by itself or as the first field of an object: what precedes the objects, and how the first starts. */
const LIST = /^(\[|\{"(\w+)":\[)(\{"\w+":)/;

/**
 * Parses a long list of objects in pieces, cut where an object starts like the first one. A cut inside an element does
 * no harm: if all pieces are lists once they are in brackets, together they are the list. The last piece is the rest of
 * the text, with a stand-in for the pieces before.
 * @returns undefined if a piece is not a list, or if the text does not start with such a list
 */
function parseInPieces(bytes: Buffer, textBetween: TextBetween): Parsed | undefined {
  const match = LIST.exec(bytes.toString('latin1', 0, 100));
  if (match === null) return undefined;
  const [, start, field, opening] = match as unknown as [string, string, string | undefined, string];
  const elements: Json[] = [];
  let byteLength = 0;
  let from = start.length;
  for (let cut = nextCut(); cut !== -1; cut = nextCut()) {
    const piece = tryParseJson(`[${textBetween(from, cut + 1)}]`);
    if (!Array.isArray(piece)) return undefined;
    for (const element of piece) elements.push(element);
    byteLength = Math.max(byteLength, cut + 1 - from);
    from = cut + '},'.length;
  }
  const last = tryParseJson(`${start}"${STAND_IN}",${textBetween(from, bytes.length)}`);
  const value = withElements(last, field, elements);
  return value === undefined ? undefined : { value, byteLength: Math.max(byteLength, bytes.length - from) };

  function nextCut(): number {
    return bytes.indexOf(`},${opening}`, from + PIECE_BYTES, 'latin1');
  }
}

/** Adds the last elements, and puts all of them in their place; undefined if another field has replaced the list. */
function withElements(last: Json | undefined, field: string | undefined, elements: Json[]): Json | undefined {
  const body = field === undefined ? undefined : (last as JsonObject | undefined);
  const list = field === undefined ? last : body?.[field];
  if (!Array.isArray(list) || list[0] !== STAND_IN) return undefined;
  for (const element of list.slice(1)) elements.push(element);
  return field === undefined ? elements : { ...body, [field]: elements };
}
