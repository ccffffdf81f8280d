import { isMatch } from 'date-fns/isMatch';
import { parseISO } from 'date-fns/parseISO';
import { LRUCache } from 'lru-cache';
import type { Json } from './json.ts';

const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);
/** Unix times below this in absolute value count seconds, others milliseconds. */
const SECONDS_BELOW = 1e11;
/** The longest text that is looked at. */
const MAX_LENGTH = 200;
/** The zone stands after the time with or without a blank; a name after an offset has to mean the same. */
const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2}|\d{8})(?:[T ]([\d:.,]+)(?: ?(?:Z|UTC|GMT|([+-]\d{2}(?::?\d{2})?)|[+-]00:?00 ?(?:UTC|GMT)))?)?$/i;
/** A fraction of a second and what stands before it; the first group ends with the milliseconds. */
const FRACTION = /^(\d{2}:?\d{2}:?\d{2}[.,]\d{3})\d+$/;
const DIGITS = /^-?\d+(\.\d+)?$/;

/** Reads a point in time as milliseconds since 1970; undefined for what is none, or is outside of the years 1900 to 2200. */
export function readTime(value: Json | Date | undefined): number | undefined {
  const milliseconds = toMilliseconds(value);
  const inRange = milliseconds !== undefined && milliseconds >= EARLIEST && milliseconds < LATEST;
  return inRange ? milliseconds : undefined;
}

function toMilliseconds(value: Json | Date | undefined): number | undefined {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'number') return readUnixTime(String(value));
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  return DIGITS.test(value) ? readUnixTime(value) : isoTimes.memo(value);
}

function readUnixTime(digits: string): number | undefined {
  if (/^\d{4}$/.test(digits)) return undefined;
  if (/^\d{8}$/.test(digits) && isMatch(digits, 'yyyyMMdd')) return isoTimes.memo(digits);
  const number = Number(digits);
  return Math.floor(Math.abs(number) < SECONDS_BELOW ? number * 1000 : number);
}

/** Rules, fields and further destinations read the times of an event again. */
const isoTimes = new LRUCache<string, number>({ max: 1_000, memoMethod: readIsoTime });

/**
 * A date or time without an offset is in UTC; date-fns would read it in the zone of the machine, and round fractions up
 * into the next year.
 * @returns not a number for what is no time
 */
function readIsoTime(value: string): number {
  const [, date, time = '00:00', offset = 'Z'] = ISO_TIME.exec(value) ?? [];
  return date === undefined ? Number.NaN : parseISO(`${date}T${time.replace(FRACTION, '$1')}${offset}`).getTime();
}
