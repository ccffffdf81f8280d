import _ from 'lodash';

import type { Json } from '../core/json.ts';
import type { Converter } from './converters/converter.ts';
import { unixMillis } from './converters/date.ts';
import type { Expr } from './expression.ts';
import { compute } from './structure.ts';

/** Creating a format takes long. Zone names are read in any case, and their number is limited. */
const offsetFormat = _.memoize(
  (zone: string) => new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }),
  (zone) => zone.toLowerCase(),
);

function isZone(name: string): boolean {
  // An offset would be accepted too, and there are thousands of them.
  if (!/^[a-z]/i.test(name)) return false;
  try {
    offsetFormat(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The name of a time zone in IANA's database.
 * @example
 * trait('nothing').default('Asia/Tokyo').as(timeZone) // 'Asia/Tokyo'
 * trait.name.as(timeZone) // undefined
 */
export const timeZone: Converter<string> = {
  name: 'timeZone',
  summary: 'the name of an IANA time zone',
  examples: [
    ['Europe/Amsterdam', 'Europe/Amsterdam'],
    ['UTC', 'UTC'],
    ['Mars/Gusev', undefined],
    ['+02:00', undefined],
    [120, undefined],
  ],
  convert: (value) => (typeof value === 'string' && isZone(value) ? value : undefined),
};

/**
 * The number of minutes by which a time zone is ahead of UTC at a time. Absent if either cannot be read.
 * @example
 * utcOffset(trait('nothing').default('Asia/Kolkata'), event.time) // 330
 * utcOffset(context('timezone'), event.time) // undefined
 */
export const utcOffset = (zone: Expr<Json | undefined>, time: Expr<Json>): Expr<number | undefined> =>
  compute('offset from UTC', [zone.as(timeZone), time.as(unixMillis)], (name, milliseconds) => {
    if (typeof name !== 'string' || typeof milliseconds !== 'number') return undefined;
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(offsetFormat(name).format(milliseconds)) ?? [];
    return sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
  });
