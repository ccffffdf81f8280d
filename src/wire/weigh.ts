import { Problem } from './problem.ts';

/** The most that the values of a body may take once they are parsed, in bytes as far as they can be told. */
const MAX_PARSED_BYTES = 400_000_000;

/** What a list or an object takes, and what any value in one takes in it. */
const CONTAINER_BYTES = 40;
const SLOT_BYTES = 24;

/** A shorter body cannot come to too much. */
const LIGHT_LENGTH = MAX_PARSED_BYTES / CONTAINER_BYTES;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;

/**
 * Refuses a body of which the parser would make many times its length: one of sixty million characters that are empty
 * lists takes more than a gigabyte.
 * @throws {Problem} BODY_TOO_LARGE
 */
export function refuseHeavy(bytes: Buffer): void {
  if (bytes.length <= LIGHT_LENGTH || parsedBytes(bytes) <= MAX_PARSED_BYTES) return;
  throw new Problem('BODY_TOO_LARGE', 'the body has more values than this service takes');
}

function parsedBytes(bytes: Buffer): number {
  let containers = 0;
  let slots = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isText = !isText;
    else if (isText) {
      if (byte === BACKSLASH) at++;
    } else if (byte === COMMA) slots++;
    else if (byte === BRACE || byte === BRACKET) containers++;
  }
  return containers * CONTAINER_BYTES + (containers + slots) * SLOT_BYTES;
}
