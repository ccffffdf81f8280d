import _ from 'lodash';
import type { z } from 'zod';

/** The first fault: its path, and what is wrong, worded to follow the name of the place. */
export interface Fault {
  steps: readonly PropertyKey[];
  says: string;
}

/** Parses a value with a schema. Returns the result, or the first fault. */
export function parseWith<T>(type: z.ZodType<T>, value: unknown): { data: T } | Fault {
  // Zod takes several times as long if it is to word faults, and most values have none.
  const { success, data } = type.safeParse(value);
  if (success) return { data };
  const { error } = type.safeParse(value, { error: sayOf });
  const { path, message, code, ...issue } = error?.issues[0] as z.core.$ZodIssue;
  const unknown = code === 'unrecognized_keys' ? (issue as z.core.$ZodIssueUnrecognizedKeys).keys.slice(0, 1) : [];
  const isMissing = code !== 'custom' && unknown.length === 0 && valueAt(value, path) === undefined;
  return { steps: [...path, ...unknown], says: isMissing ? 'is required' : message };
}

/** Lodash would take `a.b` for two steps. */
const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((part, step) => (part as Record<PropertyKey, unknown> | undefined | null)?.[step], value);

/** The maximum number of alternatives to list. */
const MOST_LISTED = 20;

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const formats: Readonly<Record<string, string>> = {
  datetime: 'a date and time, such as 2026-01-02T03:04:05Z',
  email: 'an email address',
  hostname: 'a hostname',
  url: 'a URL',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'boolean' ? String(value) : (kinds[typeof value] ?? typeof value);
}

/** What zod finds, in words that say what to do. A schema with its own words keeps them. */
function sayOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}`;
    case 'invalid_value':
      return `must be ${listed(issue.values)}`;
    case 'invalid_union':
      return sayOfUnion(issue);
    case 'too_small':
      return issue.minimum === 1 && issue.origin !== 'number'
        ? 'must not be empty'
        : `must ${sizeOf(issue.origin, 'least', issue.minimum)}`;
    case 'too_big':
      return `must ${sizeOf(issue.origin, 'most', issue.maximum)}`;
    case 'invalid_format':
      return `must be ${formats[issue.format] ?? `text of the form ${issue.pattern ?? issue.format}`}`;
    case 'unrecognized_keys':
      return 'is unknown; remove it or correct its name';
    default:
      return 'is not valid';
  }
}

function listed(values: readonly unknown[]): string {
  const words = values.slice(0, MOST_LISTED).map((value) => JSON.stringify(value));
  const all = values.length > MOST_LISTED ? [...words, '…'] : words;
  return all.length > 1 ? `one of ${all.join(', ')}` : all.join('');
}

function sizeOf(origin: string, bound: 'least' | 'most', size: number | bigint): string {
  const unit = { string: 'characters', array: 'elements', object: 'fields' }[origin];
  return unit === undefined ? `be at ${bound} ${String(size)}` : `have at ${bound} ${String(size)} ${unit}`;
}

/** For a union: the types that it accepts, if the value has none of them; otherwise what is wrong with the last. */
function sayOfUnion({ errors }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const first = (errors as z.core.$ZodIssue[][]).flatMap((issues) => issues.slice(0, 1));
  const kind = (issue: z.core.$ZodIssue) =>
    issue.code === 'invalid_type' && issue.path.length === 0 ? (kinds[issue.expected] ?? issue.expected) : undefined;
  const inner = first.find((issue) => kind(issue) === undefined);
  if (inner === undefined) return `must be ${_.uniq(first.map(kind)).join(' or ')}`;
  return [...inner.path.map(String), inner.message].join(' ');
}
