import type { Converter } from '../../src/kit/index.ts';
import * as kit from '../../src/kit/index.ts';

const isConverter = (value: unknown): value is Converter<unknown> =>
  typeof value === 'object' && value !== null && 'convert' in value && 'summary' in value;
const converters = Object.values<unknown>({ ...kit }).filter(isConverter);
const examples = converters.flatMap((converter) =>
  converter.examples.map(([value, result]) => [converter.name, value, result, converter] as const),
);

it.each(examples)('%s of %j is %j', (_name, value, result, converter) => {
  expect(converter.convert(value)).toEqual(result);
});

it.each(converters.map((converter) => [converter.name, converter] as const))(
  '%s shows by example what it takes and what it does not',
  (name, { examples: pairs, summary }) => {
    expect(pairs.some(([, result]) => result !== undefined)).toBe(true);
    expect(pairs.some(([, result]) => result === undefined)).toBe(true);
    expect(kit).toHaveProperty(name);
    expect(summary).not.toBe('');
  },
);

describe('dates', () => {
  it.each([
    ['2019-03-04T05:06:07Z', '2019-03-04T05:06:07.000Z'],
    ['2019-03-04t05:06:07z', '2019-03-04T05:06:07.000Z'],
    ['2019-03-04 05:06:07', '2019-03-04T05:06:07.000Z'],
    ['2019-03-04T05:06', '2019-03-04T05:06:00.000Z'],
    ['2019-03-04T05:06:07.123456+05:30', '2019-03-03T23:36:07.123Z'],
    ['2019-03-04T05:06:07-0800', '2019-03-04T13:06:07.000Z'],
    ['2019-03-04T05:06:07+02', '2019-03-04T03:06:07.000Z'],
    ['20190304T050607Z', '2019-03-04T05:06:07.000Z'],
    ['2025-03-27 16:00:48 +0100', '2025-03-27T15:00:48.000Z'],
    ['2025-03-27 16:00:48 -05:30', '2025-03-27T21:30:48.000Z'],
    ['2025-03-27 16:00:48 UTC', '2025-03-27T16:00:48.000Z'],
    ['2025-03-27 16:00:48GMT', '2025-03-27T16:00:48.000Z'],
    ['2025-03-27 16:00:48.25 +0000 utc', '2025-03-27T16:00:48.250Z'],
    // Fractions are cut, whatever their length.
    ['2024-12-31T23:59:59.999999999Z', '2024-12-31T23:59:59.999Z'],
    ['2024-12-31T23:59:59,9999-01', '2025-01-01T00:59:59.999Z'],
    [`20241231T235959.${'9'.repeat(60)}`, '2024-12-31T23:59:59.999Z'],
    ['2024-12-31T23:59:59.001Z', '2024-12-31T23:59:59.001Z'],
    ['2024-12-31T23:30.5Z', '2024-12-31T23:30:30.000Z'],
    ['1955-10-05', '1955-10-05T00:00:00.000Z'],
    [-451_699_200, '1955-09-09T00:00:00.000Z'],
    // Eight digits are a day where they can be one, and seconds where they cannot.
    [20190304, '2019-03-04T00:00:00.000Z'],
    [20191304, '1970-08-22T16:41:44.000Z'],
    // Seconds end where milliseconds begin.
    [99_999_999_999, undefined],
    [100_000_000_000, '1973-03-03T09:46:40.000Z'],
    [1551675967.5, '2019-03-04T05:06:07.500Z'],
    ['1551675967890', '2019-03-04T05:06:07.890Z'],
  ])('%j is %j', (value, expected) => {
    expect(kit.isoDateTime.convert(value)).toBe(expected);
  });

  it.each([
    '',
    '2025-03-27 16:00:48 +0100 UTC',
    '2025-03-27 16:00:48 CET',
    '2025-03-27 UTC',
    ' ',
    '2019',
    2019,
    '2019-3-4',
    '2019-02-29',
    '2019-13-01',
    '03/04/2019',
    '2019-W05',
    '2019-03-04T25:00:00Z',
    'March 4, 2019',
    '9'.repeat(30),
    1e20,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    [],
    {},
  ])("%j isn't a date", (value) => {
    expect(kit.isoDateTime.convert(value)).toBeUndefined();
  });

  it('are in UTC, whatever the zone of the machine', () => {
    expect(new Date(2019, 2, 4).getTimezoneOffset()).not.toBe(0);
    expect(kit.isoDateTime.convert('2019-03-04')).toBe('2019-03-04T00:00:00.000Z');
    expect(kit.isoDate.convert('2019-03-04T23:59:59')).toBe('2019-03-04');
    expect(kit.isoDate.convert('20190304')).toBe('2019-03-04');
  });
});

it('oneOf takes its words only, and only takes what its guard lets through', () => {
  const state = kit.oneOf('on', 'off');
  expect(state.examples.map(([value, result]) => [state.convert(value), result])).toEqual([
    ['on', 'on'],
    [undefined, undefined],
  ]);
  const list = kit.only('a list', (value): value is kit.Json[] => Array.isArray(value));
  expect([list.convert([1]), list.convert('1')]).toEqual([[1], undefined]);
});

it.each([
  ['textUpTo', kit.textUpTo(5)],
  ['joined', kit.joined(';')],
])('%s does what its examples say', (_name, converter) => {
  expect(converter.examples.map(([value]) => [value, converter.convert(value)])).toEqual(converter.examples);
});
