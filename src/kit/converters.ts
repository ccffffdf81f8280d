import { isMatch, isValid, parseISO } from 'date-fns';
import type { Json } from '../core/json.ts';

/**
 * Turns a JSON value into what a vendor's field takes.
 * The examples are executed by the tests and shown in the docs.
 */
export interface Converter<out T> {
  readonly name: string;
  /** What it yields and what it takes, in a phrase. */
  readonly summary: string;
  /** Pairs of a value and what becomes of it; undefined where it cannot be converted. */
  readonly examples: readonly (readonly [value: Json, result: T | undefined])[];
  /** @returns the converted value, or undefined; never throws */
  convert(value: Json): T | undefined;
}

/** Text as it is; numbers and booleans in digits and words. */
export const text: Converter<string> = {
  name: 'text',
  summary: 'text, a number or a boolean',
  examples: [
    ['Initech', 'Initech'],
    [42, '42'],
    [false, 'false'],
    [['a'], undefined],
    [{ a: 1 }, undefined],
  ],
  convert: (value) => {
    if (typeof value === 'string') return value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  },
};

const WHOLE_NUMBER = /^-?(\d+|\d{1,3}(,\d{3})+)$/;
const DECIMAL_NUMBER = /^-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/;

/** A whole number. Ranges, decimals, dotted groups and exponents are not guessed at. */
export const integer: Converter<number> = {
  name: 'integer',
  summary: 'a whole number, or its digits, with or without commas between groups of three',
  examples: [
    [63, 63],
    ['63', 63],
    ['1,000', 1000],
    ['-5', -5],
    ['1.000', undefined],
    ['51-200', undefined],
    ['1e3', undefined],
    [12.5, undefined],
    ['9007199254740993', undefined],
    [true, undefined],
  ],
  convert: (value) => {
    const number = readNumber(value, WHOLE_NUMBER);
    return Number.isSafeInteger(number) ? number : undefined;
  },
};

/** A number with or without decimals, written with a point. */
export const decimal: Converter<number> = {
  name: 'decimal',
  summary: 'a number, or its digits, with a decimal point, with or without commas between groups of three',
  examples: [
    [12.5, 12.5],
    ['12.5', 12.5],
    ['1,000.25', 1000.25],
    ['12,5', undefined],
    ['1e3', undefined],
    ['about 3', undefined],
    [null, undefined],
  ],
  convert: (value) => {
    const number = readNumber(value, DECIMAL_NUMBER);
    return Number.isFinite(number) ? number : undefined;
  },
};

function readNumber(value: Json, grammar: RegExp): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > 40 || !grammar.test(value)) return undefined;
  return Number(value.replaceAll(',', ''));
}

/** A boolean, or its English word. */
export const boolean: Converter<boolean> = {
  name: 'boolean',
  summary: 'true or false, or one of the two as text',
  examples: [
    [true, true],
    ['true', true],
    ['False', false],
    [1, undefined],
    ['yes', undefined],
  ],
  convert: (value) => {
    if (typeof value === 'boolean') return value;
    const word = typeof value === 'string' ? value.toLowerCase() : undefined;
    return word === 'true' ? true : word === 'false' ? false : undefined;
  },
};

const DATE_SUMMARY = 'an ISO 8601 date or date-time, YYYYMMDD, or a Unix time in seconds or milliseconds';

/** A point in time as seconds since 1970, whole. */
export const unixSeconds: Converter<number> = {
  name: 'unixSeconds',
  summary: DATE_SUMMARY,
  examples: [
    ['2019-03-04T05:06:07.890Z', 1551675967],
    ['2019-03-04T05:06:07+02:00', 1551668767],
    ['1969-12-31T23:59:58.500Z', -2],
    [1551675967, 1551675967],
    ['1551675967000', 1551675967],
    ['soon', undefined],
  ],
  convert: (value) => mapTime(value, (milliseconds) => Math.floor(milliseconds / 1000)),
};

/** A point in time as milliseconds since 1970. */
export const unixMillis: Converter<number> = {
  name: 'unixMillis',
  summary: DATE_SUMMARY,
  examples: [
    ['2019-03-04T05:06:07.890Z', 1551675967890],
    ['2019-03-04', 1551657600000],
    [1551675967, 1551675967000],
    ['20190304', 1551657600000],
    ['2019', undefined],
    ['2019-02-30', undefined],
  ],
  convert: (value) => mapTime(value, (milliseconds) => milliseconds),
};

/** A point in time as an ISO 8601 date-time in UTC, with milliseconds. */
export const isoDateTime: Converter<string> = {
  name: 'isoDateTime',
  summary: DATE_SUMMARY,
  examples: [
    ['2019-03-04T05:06:07+02:00', '2019-03-04T03:06:07.000Z'],
    ['2019-03-04T05:06:07', '2019-03-04T05:06:07.000Z'],
    [1551675967000, '2019-03-04T05:06:07.000Z'],
    ['04/03/2019', undefined],
    [true, undefined],
  ],
  convert: (value) => mapTime(value, (milliseconds) => new Date(milliseconds).toISOString()),
};

/** The day of a point in time, in UTC, as YYYY-MM-DD. */
export const isoDate: Converter<string> = {
  name: 'isoDate',
  summary: DATE_SUMMARY,
  examples: [
    ['2019-03-04T23:30:00-02:00', '2019-03-05'],
    ['20190304', '2019-03-04'],
    [-86400, '1969-12-31'],
    ['1899-12-31', undefined],
    ['2201-01-01', undefined],
  ],
  convert: (value) => mapTime(value, (milliseconds) => new Date(milliseconds).toISOString().slice(0, 10)),
};

const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);
/** Unix times below this in absolute value count seconds, others milliseconds. */
const SECONDS_BELOW = 1e11;
const ISO_TIME = /^(\d{4}-\d{2}-\d{2}|\d{8})(?:[T ]([\d:.,]+)(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const DIGITS = /^-?\d+(\.\d+)?$/;

function mapTime<T>(value: Json | Date, convert: (milliseconds: number) => T): T | undefined {
  const milliseconds = readTime(value);
  const inRange = milliseconds !== undefined && milliseconds >= EARLIEST && milliseconds < LATEST;
  return inRange ? convert(milliseconds) : undefined;
}

function readTime(value: Json | Date): number | undefined {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'number') return readUnixTime(String(value));
  if (typeof value !== 'string' || value.length > 40) return undefined;
  return DIGITS.test(value) ? readUnixTime(value) : readIsoTime(value);
}

function readUnixTime(digits: string): number | undefined {
  if (/^\d{4}$/.test(digits)) return undefined;
  if (/^\d{8}$/.test(digits) && isMatch(digits, 'yyyyMMdd')) return readIsoTime(digits);
  const number = Number(digits);
  return Math.floor(Math.abs(number) < SECONDS_BELOW ? number * 1000 : number);
}

/** A date or time without an offset is in UTC; date-fns would read it in the zone of the machine. */
function readIsoTime(value: string): number | undefined {
  const [, date, time = '00:00', offset = 'Z'] = ISO_TIME.exec(value) ?? [];
  const parsed = date === undefined ? undefined : parseISO(`${date}T${time}${offset.toUpperCase()}`);
  return parsed !== undefined && isValid(parsed) ? parsed.getTime() : undefined;
}

/** One of the words that a vendor's field takes, exactly. */
export function oneOf<const Word extends string>(...words: [Word, Word, ...Word[]]): Converter<Word> {
  return {
    name: 'oneOf',
    summary: `one of ${words.join(', ')}`,
    examples: [
      [words[0], words[0]],
      [`not ${words[0]}`, undefined],
    ],
    convert: (value) => words.find((word) => word === value),
  };
}

/**
 * Takes a value as it is if it is of a kind, and not otherwise.
 * @param kind what is taken, in a phrase
 * @param guard tells whether a value is of the kind
 */
export function only<T extends Json>(kind: string, guard: (value: unknown) => value is T): Converter<T> {
  return {
    name: 'only',
    summary: kind,
    examples: [],
    convert: (value) => (guard(value) ? value : undefined),
  };
}
