/** Any value that JSON can carry. */
export type Json = string | number | boolean | null | Json[] | JsonObject;

/** A JSON object; its keys come from outside and may be any text, `__proto__` included. */
export interface JsonObject {
  [key: string]: Json;
}

/** Whether a parsed JSON value is an object, as opposed to a list, a scalar or nothing. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads JSON text; undefined if it is none. */
export function tryParseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** V8 keeps text of more than 128 kB apart, in memory that has to be mapped anew for each; this much is no such text. */
const PIECE_BYTES = 64 * 1024;

/**
 * Parses JSON text in UTF-8, with or without a byte order mark.
 * @throws {SyntaxError}
 */
export function parseUtf8(bytes: Buffer): Json {
  const list = bytes.length > 2 * PIECE_BYTES ? parseInPieces(bytes) : undefined;
  if (list !== undefined) return list;
  const text = bytes.toString('utf8');
  return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json;
}

/**
 * Parses a list of objects piece by piece, cut where an object begins as the first one does. It does not matter that
 * such a place may be inside of an element: pieces that are lists once they are in brackets are together the list.
 * @returns undefined where a piece is none, and where the text is no such list at all
 */
function parseInPieces(bytes: Buffer): Json[] | undefined {
  const [, opening] = /^\[(\{"\w+":)/.exec(bytes.toString('latin1', 0, 100)) ?? [];
  if (opening === undefined || bytes.at(-1) !== ']'.charCodeAt(0)) return undefined;
  const list: Json[] = [];
  let start = 1;
  while (start < bytes.length) {
    const cut = bytes.indexOf(`},${opening}`, start + PIECE_BYTES, 'latin1');
    const end = cut === -1 ? bytes.length - 1 : cut + 1;
    const piece = tryParseJson(`[${bytes.toString('utf8', start, end)}]`);
    if (!Array.isArray(piece)) return undefined;
    for (const element of piece) list.push(element);
    start = end + 1;
  }
  return list;
}

/** Reads an own property; what `Object.prototype` offers under the same name is not data. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * Writes a property whose key comes from outside. A plain assignment to `__proto__` would replace the object's
 * prototype instead of storing the value.
 */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/**
 * Reads a path (`['externalId', '0', 'id']`) through own properties and the elements of lists; anything else on the way
 * ends it.
 * @param start how many of the keys have been followed already
 */
export function atPath(root: unknown, keys: readonly string[], start = 0): Json | undefined {
  let value = root;
  for (let i = start; i < keys.length; i++) {
    const key = keys[i] as string;
    if (isJsonObject(value)) value = own(value, key);
    else if (Array.isArray(value) && /^\d+$/.test(key)) value = value[Number(key)];
    else return undefined;
  }
  return value as Json | undefined;
}

/** Whether a value counts in a mapped field: undefined, null and empty text do not. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
