import _ from 'lodash';

import { Transformer } from '../../src/core/transform.ts';
import type { Converter } from '../../src/kit/index.ts';
import * as kit from '../../src/kit/index.ts';
import { sampleOf } from '../support/effort.ts';
import { fixtures, registry, senders } from '../support/project.ts';
import { transform } from '../support/transform.ts';

/*
 * A converter or a mapper that takes more than linear time over a text does not come to an end with these.
 */

const LENGTH = 100_000;
const fill = (unit: string) => unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);

/** Texts of one thing over and over, with a start and an end that a pattern may go back from. */
const texts = [
  'a',
  '1',
  ' ',
  '.',
  ',',
  '-',
  '+',
  '@',
  '/',
  '%',
  '(',
  '1,',
  '1.',
  'a.',
  'a@',
  '+1 ',
  '日',
  '\r\n',
].flatMap((unit) => [
  fill(unit),
  ...['', '+', '1', 'a@', 'https://', '2024-01-02T'].map((start) => `${start}${fill(unit)}!`),
]);

const isConverter = (value: unknown): value is Converter<unknown> =>
  typeof value === 'object' && value !== null && 'convert' in value && 'summary' in value;
const converters = Object.values<unknown>({ ...kit }).filter(isConverter);

it.each(converters.map((converter) => [converter.name, converter] as const))('%s ends', (name, converter) => {
  const results = texts.map((text) => converter.convert(text));
  const kept = ['text', 'addressLine', 'withoutNulls'].includes(name) ? texts : texts.map(() => undefined);
  expect(_.isEqual(results, kept)).toBe(true);
});

const transformer = new Transformer({
  registry,
  onMapperError: (error) => {
    throw error;
  },
});
const full = fixtures.find(({ destination, name }) => destination === 'stormly' && name === 'full')?.event ?? {};

/** Every text of a value replaced. */
const replaced = (value: unknown, text: string): unknown =>
  _.isString(value)
    ? text
    : _.isArray(value)
      ? value.map((item) => replaced(item, text))
      : _.isPlainObject(value)
        ? _.mapValues(value as object, (item) => replaced(item, text))
        : value;

it.each(sampleOf(['a', '1', ' ', 'a.', '@', '日', '\ud800'], 3))(
  'every mapper ends where all traits are %j over and over',
  (unit) => {
    const traits = replaced(full.traits, `${fill(unit)}!`);
    const context = { ...(full.context as object), traits };
    const payloads = [
      { ...full, traits },
      { ...full, context },
    ];
    const results = transform(
      transformer,
      payloads.map((payload) => ({ payload })),
      senders,
      new Date(0),
    );
    expect(_.map(results, 'destinationId')).toEqual([...senders, ...senders].map(({ id }) => id));
  },
);
