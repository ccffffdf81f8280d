import { Problem } from './problem.ts';

/** The maximum size of a body's parsed values, in estimated bytes. */
const MAX_PARSED_BYTES = 400_000_000;

/** The size of a list or an object, of a value in one, and of a numeric key. */
const CONTAINER_BYTES = 40;
const SLOT_BYTES = 24;
const NUMBER_KEY_BYTES = 120;

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
  let isText = false;
  /** Where the last text started. */
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      isText = !isText;
      if (isText) start = at + 1;
    } else if (isText) {
      if (byte === BACKSLASH) at++;
    } else if (byte === COMMA) slots++;
    else if (byte === COLON) numberKeys += isDigit(bytes[start]) ? 1 : 0;
    else if (byte === BRACE || byte === BRACKET) containers++;
  }
  return containers * CONTAINER_BYTES + (containers + slots) * SLOT_BYTES + numberKeys * NUMBER_KEY_BYTES;
}

const isDigit = (byte = 0): boolean => byte >= ZERO && byte <= NINE;
