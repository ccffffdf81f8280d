import { isMatch } from 'date-fns/isMatch';
import { parseISO } from 'date-fns/parseISO';

import type { Json } from './json.ts';
import { remembered } from './remembered.ts';

const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);
/** Unix times below this absolute value are in seconds, others in milliseconds. */
const SECONDS_BELOW = 1e11;
/** The maximum length of a text to parse. */
const MAX_LENGTH = 200;
/** The zone follows the time with or without a blank. A name after an offset must mean the same offset. */
const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2}|\d{8})(?:[T ]([\d:.,]+)(?: ?(?:Z|UTC|GMT|([+-]\d{2}(?::?\d{2})?)|[+-]00:?00 ?(?:UTC|GMT)))?)?$/i;
/** A fraction of a second and the text in front of it. The first group ends with the milliseconds. */
const FRACTION = /^(\d{2}:?\d{2}:?\d{2}[.,]\d{3})\d+$/;
const DIGITS = /^-?\d+(\.\d+)?$/;
/** A time as most SDKs write it. All that match are valid and in range; leap days don't match. */
const USUAL_TIME =
  /^(?:19|2[01])\d\d-(?!02-(?:29|3)|(?:0[469]|11)-31)(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;

/**
 * Reads a point in time, in milliseconds since 1970. Undefined if it is not a time, or is outside the years 1900 to
 * 2200.
 */
export function readTime(value: Json | Date | undefined): number | undefined {
  const milliseconds = toMilliseconds(value);
  const inRange = milliseconds !== undefined && milliseconds >= EARLIEST && milliseconds < LATEST;
  return inRange ? milliseconds : undefined;
}

/** Whether a value is a time that `readTime` can read. */
export function isTime(value: Json | undefined): boolean {
  return (typeof value === 'string' && USUAL_TIME.test(value)) || readTime(value) !== undefined;
}

function toMilliseconds(value: Json | Date | undefined): number | undefined {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'number') return readUnixTime(String(value));
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  return USUAL_TIME.test(value) ? Date.parse(value) : readTextTime(value);
}

function readUnixTime(digits: string): number | undefined {
  if (/^\d{4}$/.test(digits)) return undefined;
  if (/^\d{8}$/.test(digits) && isMatch(digits, 'yyyyMMdd')) return readIsoTime(digits);
  const number = Number(digits);
  return Math.floor(Math.abs(number) < SECONDS_BELOW ? number * 1000 : number);
}

/** Reads text, or returns NaN. Rules, fields and other destinations read an event's times again. */
const readTextTime = remembered((text): number => (DIGITS.test(text) ? readUnixTime(text) : readIsoTime(text)) ?? NaN);

/**
 * Reads a date or time, or NaN if it is neither. Without an offset, it is in UTC: date-fns would use the machine's zone,
 * and would round fractions up into the next year.
 */
function readIsoTime(text: string): number {
  const [, date, time = '00:00', offset = 'Z'] = ISO_TIME.exec(text) ?? [];
  return date === undefined ? Number.NaN : parseISO(`${date}T${time.replace(FRACTION, '$1')}${offset}`).getTime();
}
