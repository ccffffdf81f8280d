import fc from 'fast-check';

import { isTime, readTime } from '../../src/core/time.ts';

const two = (number: number) => String(number).padStart(2, '0');

/** The parts of a time in the form that most SDKs write, in and out of their ranges. */
const parts = fc.record({
  year: fc.integer({ min: 1898, max: 2202 }),
  month: fc.integer({ min: 0, max: 13 }),
  day: fc.oneof(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 28, max: 32 })),
  hour: fc.integer({ min: 0, max: 23 }),
  minute: fc.integer({ min: 0, max: 61 }),
  second: fc.integer({ min: 0, max: 61 }),
  fraction: fc.option(fc.integer({ min: 0, max: 999 })),
});

it('the usual form is read if every part is in its range, leap days included', () => {
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(parts, ({ year, month, day, hour, minute, second, fraction }) => {
      const date = [year, two(month), two(day)].join('-');
      const clock = [hour, minute, second].map(two).join(':');
      const text = `${date}T${clock}${fraction === null ? '' : `.${String(fraction).padStart(3, '0')}`}Z`;
      const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
      const isValid =
        year >= 1900 &&
        year < 2200 &&
        month >= 1 &&
        month <= 12 &&
        day >= 1 &&
        day <= lastDay &&
        minute < 60 &&
        second < 60;
      seen.add(isValid);
      const expected = Date.UTC(year, month - 1, day, hour, minute, second, fraction ?? 0);
      expect([text, readTime(text), isTime(text)]).toEqual([text, isValid ? expected : undefined, isValid]);
    }),
    { numRuns: 20_000 },
  );
  expect(seen.size).toBe(2);
});

it.each([
  ['a leap day', '2024-02-29T10:00:00Z', Date.UTC(2024, 1, 29, 10)],
  ['no leap day', '2025-02-29T10:00:00Z', undefined],
  ['a century without a leap day', '2100-02-29T10:00:00Z', undefined],
  ['the end of the day', '2025-06-30T24:00:00Z', Date.UTC(2025, 6, 1)],
  ['an offset', '2025-06-30T01:00:00+02:00', Date.UTC(2025, 5, 29, 23)],
  ['more digits than milliseconds', '2025-06-30T10:00:00.123999Z', Date.UTC(2025, 5, 30, 10, 0, 0, 123)],
  ['seconds since 1970', '1751277600', Date.UTC(2025, 5, 30, 10)],
  ['a year alone', '2025', undefined],
  ['text around a time', ' 2025-06-30T10:00:00Z', undefined],
])('%s', (_name, text, expected) => {
  expect([readTime(text), isTime(text)]).toEqual([expected, expected !== undefined]);
  // Reading another text in between changes nothing.
  readTime('2001-01-01');
  expect(readTime(text)).toBe(expected);
});
