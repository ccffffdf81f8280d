import { isAscii, isUtf8 } from 'node:buffer';

import { type Json, tryParseJson } from '../core/json.ts';

/** V8 keeps texts of more than 128 kB apart, in memory that must be mapped for each. This stays below. */
const PIECE_BYTES = 64 * 1024;

/** Reads the text between two positions of some bytes. */
export type TextBetween = (start: number, end: number) => string;

/**
 * Parses JSON text in UTF-8, with or without a byte order mark.
 * @param textBetween may read another text of the same structure, cut between elements of a list
 * @throws {SyntaxError | NotUtf8}
 */
export function parseUtf8(bytes: Buffer, textBetween: TextBetween = (start, end) => decode(bytes, start, end)): Json {
  const list = bytes.length > 2 * PIECE_BYTES ? parseInPieces(bytes, textBetween) : undefined;
  if (list !== undefined) return list;
  const text = textBetween(0, bytes.length);
  return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json;
}

/** Thrown if bytes are not UTF-8. Reading them anyway would replace some characters. */
export class NotUtf8 extends Error {}

/**
 * Decodes UTF-8. ASCII, which most text is, takes a tenth of the time.
 * @throws {NotUtf8}
 */
export function decode(bytes: Buffer, start: number, end: number): string {
  const part = bytes.subarray(start, end);
  if (isAscii(part)) return part.toString('latin1');
  if (!isUtf8(part)) throw new NotUtf8();
  return part.toString('utf8');
}

/**
 * Parses a list of objects in pieces, cut where an object starts like the first one. A cut inside an element does no
 * harm: if all pieces are lists once they are in brackets, together they are the list.
 * @returns undefined if a piece is not a list, or if the text is not such a list at all
 */
function parseInPieces(bytes: Buffer, textBetween: TextBetween): Json[] | undefined {
  const [, opening] = /^\[(\{"\w+":)/.exec(bytes.toString('latin1', 0, 100)) ?? [];
  if (opening === undefined || bytes.at(-1) !== ']'.charCodeAt(0)) return undefined;
  const list: Json[] = [];
  let start = 1;
  while (start < bytes.length) {
    const cut = bytes.indexOf(`},${opening}`, start + PIECE_BYTES, 'latin1');
    const end = cut === -1 ? bytes.length - 1 : cut + 1;
    const piece = tryParseJson(`[${textBetween(start, end)}]`);
    if (!Array.isArray(piece)) return undefined;
    for (const element of piece) list.push(element);
    start = end + 1;
  }
  return list;
}
