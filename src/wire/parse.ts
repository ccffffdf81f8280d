import { isAscii, isUtf8 } from 'node:buffer';
import { tryParseJson, type Json } from '../core/json.ts';

/** V8 keeps text of more than 128 kB apart, in memory that has to be mapped anew for each; this much is no such text. */
const PIECE_BYTES = 64 * 1024;

/** Reads the text that stands between two places of some bytes. */
export type TextBetween = (start: number, end: number) => string;

/**
 * Parses JSON text in UTF-8, with or without a byte order mark.
 * @param textBetween may read another text of the same structure, as far as it is cut between elements of a list
 * @throws {SyntaxError | NotUtf8}
 */
export function parseUtf8(bytes: Buffer, textBetween: TextBetween = (start, end) => decode(bytes, start, end)): Json {
  const list = bytes.length > 2 * PIECE_BYTES ? parseInPieces(bytes, textBetween) : undefined;
  if (list !== undefined) return list;
  const text = textBetween(0, bytes.length);
  return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json;
}

/** Thrown where bytes are not UTF-8; to read them all the same would put other characters in the place of some. */
export class NotUtf8 extends Error {}

/**
 * Decodes UTF-8; what is ASCII, as most text is, in a tenth of the time.
 * @throws {NotUtf8}
 */
export function decode(bytes: Buffer, start: number, end: number): string {
  const part = bytes.subarray(start, end);
  if (isAscii(part)) return part.toString('latin1');
  if (!isUtf8(part)) throw new NotUtf8();
  return part.toString('utf8');
}

/**
 * Parses a list of objects piece by piece, cut where an object begins as the first one does. It does not matter that
 * such a place may be inside of an element: pieces that are lists once they are in brackets are together the list.
 * @returns undefined where a piece is none, and where the text is no such list at all
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
