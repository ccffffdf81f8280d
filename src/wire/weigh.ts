import { Problem } from './problem.ts';

/** The most that the values of a body may take once they are parsed, in bytes as far as they can be told. */
const MAX_PARSED_BYTES = 400_000_000;

/** What a list or an object takes, what any value in one takes in it, and what a key does that is a number. */
const CONTAINER_BYTES = 40;
const SLOT_BYTES = 24;
const NUMBER_KEY_BYTES = 120;

/** How many times its length the parser makes of a body at the most: of `[[[[`, and of many `{"99":1}`. */
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
 * Refuses a body of which the parser would make many times its length: one of sixty million characters that are empty
 * lists takes more than a gigabyte.
 * @throws {Problem} BODY_TOO_LARGE
 */
export function refuseHeavy(bytes: Buffer): void {
  if (bytes.length * MOST_PARSED <= MAX_PARSED_BYTES || parsedBytes(bytes) <= MAX_PARSED_BYTES) return;
  throw new Problem('BODY_TOO_LARGE', 'the body has more values than this service takes');
}

/** About how many bytes the values of a body take once they are parsed. */
export function parsedBytes(bytes: Buffer): number {
  let containers = 0;
  let slots = 0;
  let numberKeys = 0;
  let isText = false;
  /** Where the last text began. */
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
