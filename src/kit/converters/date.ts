import type { Json } from '../../core/json.ts';
import { readTime } from '../../core/time.ts';
import type { Converter } from './converter.ts';

const DATE_SUMMARY = 'an ISO 8601 date or date-time, YYYYMMDD, or a Unix time in seconds or milliseconds';

/**
 * A point in time as whole seconds since 1970.
 * @example
 * trait.createdAt.as(unixSeconds) // 1551675967
 */
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

/**
 * A point in time as milliseconds since 1970.
 * @example
 * trait.createdAt.as(unixMillis) // 1551675967000
 */
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

/**
 * A point in time as microseconds since 1970, truncated to whole seconds.
 * @example
 * trait.createdAt.as(unixMicros) // 1551675967000000
 */
export const unixMicros: Converter<number> = {
  name: 'unixMicros',
  summary: DATE_SUMMARY,
  examples: [
    ['2019-03-04T05:06:07.890Z', 1551675967000000],
    [1551675967, 1551675967000000],
    ['now', undefined],
  ],
  convert: (value) => mapTime(value, (milliseconds) => Math.floor(milliseconds / 1000) * 1_000_000),
};

/**
 * A point in time as an ISO 8601 date-time in UTC, with milliseconds.
 * @example
 * trait.createdAt.as(isoDateTime) // '2019-03-04T05:06:07.000Z'
 */
export const isoDateTime: Converter<string> = {
  name: 'isoDateTime',
  summary: DATE_SUMMARY,
  examples: [
    ['2019-03-04T05:06:07+02:00', '2019-03-04T03:06:07.000Z'],
    ['2019-03-04T05:06:07', '2019-03-04T05:06:07.000Z'],
    ['2019-03-04 05:06:07 +0200', '2019-03-04T03:06:07.000Z'],
    ['2019-03-04 05:06:07 UTC', '2019-03-04T05:06:07.000Z'],
    ['2018-12-31T23:59:59.999999999Z', '2018-12-31T23:59:59.999Z'],
    ['2019-03-04T24:00:00.000Z', '2019-03-05T00:00:00.000Z'],
    [1551675967000, '2019-03-04T05:06:07.000Z'],
    ['04/03/2019', undefined],
    [true, undefined],
  ],
  convert: (value) => mapTime(value, (milliseconds) => isoOf(value, milliseconds)),
};

/**
 * A point in time as an ISO 8601 date-time in UTC, truncated to whole seconds.
 * @example
 * trait.createdAt.as(isoSeconds) // '2019-03-04T05:06:07Z'
 */
export const isoSeconds: Converter<string> = {
  name: 'isoSeconds',
  summary: DATE_SUMMARY,
  examples: [
    ['2019-03-04T05:06:07.890Z', '2019-03-04T05:06:07Z'],
    ['2019-03-04', '2019-03-04T00:00:00Z'],
    ['1551675967', '2019-03-04T05:06:07Z'],
    ['2019', undefined],
  ],
  convert: (value) => mapTime(value, (milliseconds) => `${isoOf(value, milliseconds).slice(0, 19)}Z`),
};

/**
 * The day of a point in time, in UTC, as YYYY-MM-DD.
 * @example
 * trait.createdAt.as(isoDate) // '2019-03-04'
 */
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
  convert: (value) => mapTime(value, (milliseconds) => isoOf(value, milliseconds).slice(0, 10)),
};

const ISO_DATE_TIME = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2}\.\d{3}Z$/;

/** A value that was read as a time, as an ISO date-time. What SDKs write is one already, and needs no conversion. */
function isoOf(value: Json | Date, milliseconds: number): string {
  return typeof value === 'string' && ISO_DATE_TIME.test(value) ? value : new Date(milliseconds).toISOString();
}

function mapTime<T>(value: Json | Date, convert: (milliseconds: number) => T): T | undefined {
  const milliseconds = readTime(value);
  return milliseconds === undefined ? undefined : convert(milliseconds);
}
