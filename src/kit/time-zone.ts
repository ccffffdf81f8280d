import _ from 'lodash';
import type { Json } from '../core/json.ts';
import type { Converter } from './converters/converter.ts';
import { unixMillis } from './converters/date.ts';
import type { Expr } from './expression.ts';
import { compute } from './structure.ts';

/** Making a format takes long. Names of zones are read in any case, and there are only so many of them. */
const offsetFormat = _.memoize(
  (zone: string) => new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }),
  (zone) => zone.toLowerCase(),
);

function isZone(name: string): boolean {
  // An offset would be one, too, and there are thousands of those.
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
  summary: 'the name of a time zone, as IANA has them',
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
 * By how many minutes the clocks of a time zone are ahead of UTC at a time; absent where either cannot be read.
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
