import { randomInt } from 'node:crypto';

import { Problem } from './problem.ts';

/** The maximum size of a body's parsed values, in estimated bytes. */
const MAX_PARSED_BYTES = 400_000_000;

/** The size of a list or an object, of a value in one, of a numeric key, and of a key that no other object has. */
const CONTAINER_BYTES = 40;
const SLOT_BYTES = 24;
const NUMBER_KEY_BYTES = 120;
const NEW_KEY_BYTES = 100;

/** Keys are told from each other by at most this many bits of their hash. A client cannot know the hash, and provoke equal ones. */
const HASH_BITS = 23;
const HASH_BASE = randomInt(2 ** 16, 2 ** 31) * 2 + 1;

/** The maximum ratio between the parsed and the original size: that of `[[[[`, and of many `{"99":1}`. */
export const MOST_PARSED = 30;

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;

/**
 * Refuses a body that would grow too much when parsed: sixty million characters of empty lists take more than a
 * gigabyte.
 * @throws {Problem} BODY_TOO_LARGE
 */
export function refuseHeavy(bytes: Buffer): void {
  if (bytes.length * MOST_PARSED <= MAX_PARSED_BYTES || parsedBytes(bytes) <= MAX_PARSED_BYTES) return;
  throw new Problem('BODY_TOO_LARGE', 'the body has more values than the service accepts');
}

/** The estimated size of a body's values after parsing, in bytes. */
export function parsedBytes(bytes: Buffer): number {
  let containers = 0;
  let slots = 0;
  let numberKeys = 0;
  let newKeys = 0;
  let isText = false;
  /** Where the last text started, and its hash. */
  let start = 0;
  let hash = 0;
  // A bit for each key, and at least as many bytes as the body, up to a megabyte.
  const hashBits = Math.min(HASH_BITS, 3 + Math.ceil(Math.log2(bytes.length + 1)));
  const seen = new Uint8Array(2 ** (hashBits - 3));
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      isText = !isText;
      if (isText) {
        start = at + 1;
        hash = 0;
      }
    } else if (isText) {
      if (byte === BACKSLASH) at++;
      hash = Math.imul(hash ^ (byte as number), HASH_BASE);
    } else if (byte === COMMA) slots++;
    else if (byte === COLON) {
      if (isDigit(bytes[start])) numberKeys++;
      const bit = hash >>> (32 - hashBits);
      const group = seen[bit >> 3] as number;
      seen[bit >> 3] = group | (1 << (bit & 7));
      if (seen[bit >> 3] !== group) newKeys++;
    } else if (byte === BRACE || byte === BRACKET) containers++;
  }
  return (
    containers * CONTAINER_BYTES +
    (containers + slots) * SLOT_BYTES +
    numberKeys * NUMBER_KEY_BYTES +
    newKeys * NEW_KEY_BYTES
  );
}

const isDigit = (byte = 0): boolean => byte >= ZERO && byte <= NINE;
