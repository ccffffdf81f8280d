import { isJsonObject, type Json } from '../core/json.ts';

/** A value without parts. */
export type Scalar = string | number | boolean;

/**
 * Whether a value is text.
 * @example
 * isText('') // true
 * isText(1) // false
 */
export const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * Whether a value is a number.
 * @example
 * isNumber(1) // true
 * isNumber('1') // false
 */
export const isNumber = (value: unknown): value is number => typeof value === 'number';

/**
 * Whether a value is true or false.
 * @example
 * isBoolean(true) // true
 * isBoolean('true') // false
 */
export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

/**
 * Whether a value is text, a number, true or false.
 * @example
 * isScalar(false) // true
 * isScalar(null) // false
 */
export const isScalar = (value: unknown): value is Scalar => isText(value) || isNumber(value) || isBoolean(value);

/**
 * Whether a value is a list.
 * @example
 * isList([1]) // true
 * isList({}) // false
 */
export const isList = (value: unknown): value is Json[] => Array.isArray(value);

/**
 * Whether a value is an object, and not a list.
 * @example
 * isObject({ a: 1 }) // true
 * isObject([1]) // false
 */
export const isObject = (value: unknown): value is Record<string, Json> => isJsonObject(value);

/**
 * Whether a value is anything but null.
 * @example
 * isNotNull(0) // true
 * isNotNull(null) // false
 */
export const isNotNull = <T>(value: T): value is Exclude<T, null> => value !== null;
