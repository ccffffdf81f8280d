import { isJsonObject, type Json, type JsonObject, setOwn } from '../../core/json.ts';
import { shaper } from '../../core/shape.ts';
import { isList, isNotNull, isScalar, type Scalar } from '../guards.ts';
import type { Converter } from './converter.ts';

/**
 * Text unchanged; numbers and booleans as text.
 * @example
 * trait('seats').as(text) // '63'
 * trait('tags').as(text) // undefined
 */
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

/**
 * Text up to a length, for fields that a vendor limits. Longer text is left out, not truncated.
 * @example
 * trait.name.as(textUpTo(40)) // 'Acme'
 * trait.name.as(textUpTo(3)) // undefined
 */
export function textUpTo(length: number): Converter<string> {
  return {
    name: 'textUpTo',
    summary: `text, a number or a boolean, with at most ${String(length)} characters`,
    examples: [
      ['a'.repeat(length), 'a'.repeat(length)],
      ['a'.repeat(length + 1), undefined],
      [['a'], undefined],
    ],
    convert: (value) => {
      const written = text.convert(value);
      return written !== undefined && written.length <= length ? written : undefined;
    },
  };
}

/**
 * Text, a number or a boolean unchanged; a list of them as text, joined with a separator. An empty list is absent.
 * @example
 * trait('tags').as(joined(';')) // 'crm;eu'
 * trait('limits').as(joined(';')) // undefined
 */
export function joined(separator: string): Converter<Scalar> {
  return {
    name: 'joined',
    summary: 'text, a number, a boolean, or a list of these',
    examples: [
      [42, 42],
      [['a', null, 1], `a${separator}1`],
      [[], undefined],
      [[{ a: 1 }], undefined],
      [{ a: 1 }, undefined],
    ],
    convert: (value) => {
      if (!isList(value)) return isScalar(value) ? value : undefined;
      const elements = value.filter(isNotNull);
      return elements.length > 0 && elements.every(isScalar) ? elements.join(separator) : undefined;
    },
  };
}

const WHOLE_NUMBER = /^-?(\d+|\d{1,3}(,\d{3})+)$/;
const DECIMAL_NUMBER = /^-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$/;

/**
 * A whole number. Ranges, decimals, groups separated by dots and exponents are not converted.
 * @example
 * trait('seats').as(integer) // 63
 * trait('revenue').as(integer) // undefined
 */
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

/**
 * A number with or without decimals, written with a point.
 * @example
 * trait('revenue').as(decimal) // 1000.5
 */
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

/**
 * A boolean, or its English word.
 * @example
 * trait('isPaying').as(boolean) // true
 */
export const boolean: Converter<boolean> = {
  name: 'boolean',
  summary: 'true or false, or one of these words as text',
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

/**
 * One of the words that a vendor's field accepts, exactly.
 * @example
 * trait.plan.as(oneOf('free', 'pro')) // 'pro'
 * trait.name.as(oneOf('free', 'pro')) // undefined
 */
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
 * A value unchanged if it has a type, or else nothing.
 * @param kind the type, in a phrase
 * @param guard whether a value has the type
 * @example
 * trait('tags').as(only('a list', isList)) // ['crm', 'eu']
 * trait.plan.as(only('a list', isList)) // undefined
 */
export function only<T extends Json>(kind: string, guard: (value: unknown) => value is T): Converter<T> {
  return {
    name: `only(${kind})`,
    summary: kind,
    examples: [],
    convert: (value) => (guard(value) ? value : undefined),
  };
}

/**
 * Any value, without the nulls in its fields and elements.
 * @example
 * trait('tags').as(withoutNulls) // ['crm', 'eu']
 */
export const withoutNulls: Converter<Json> = {
  name: 'withoutNulls',
  summary: 'any value but null, without the nulls in it',
  examples: [
    ['Initech', 'Initech'],
    [{ plan: null, seats: { paid: 4, free: null } }, { seats: { paid: 4 } }],
    [[1, null], [1]],
    [null, undefined],
  ],
  convert: (value) => (value === null ? undefined : cleaned(value)),
};

const shaped = shaper();

function cleaned(value: Json): Json {
  if (isList(value)) return value.filter(isNotNull).map(cleaned);
  if (!isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const key in value) {
    const field = value[key] as Json;
    if (isNotNull(field)) setOwn(result, key, cleaned(field));
  }
  return shaped(result);
}
