import _ from 'lodash';
import { z } from 'zod';

import { HIDDEN, type Hidden, hiddenIn, replaceHidden, type Schema } from './secrets.ts';

/** The JSON Schema of a config as callers send it. */
export const schemaOf = _.memoize((type: z.ZodType) => z.toJSONSchema(type, { io: 'input' }) as Schema);

/** A config in a form to log, valid or not: without secrets, and without fields that its schema does not define. */
export function redact(type: z.ZodType, config: unknown): unknown {
  return replaceHidden(schemaOf(type), config, () => HIDDEN);
}

/** The texts in a config that must not be shown. */
export function secretsIn(type: z.ZodType, config: unknown): string[] {
  return hiddenIn(schemaOf(type), config).flatMap(textsIn);
}

/**
 * The texts of what is hidden, and the numbers of marked fields. Other numbers are too short to distinguish from
 * chance.
 */
function textsIn({ value, isMarked }: Pick<Hidden, 'value' | 'isMarked'>): string[] {
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).flatMap((part: unknown) => textsIn({ value: part, isMarked }));
  }
  const isText = (typeof value === 'string' && value !== '') || (typeof value === 'number' && isMarked);
  return isText ? [String(value)] : [];
}

/** An error in a form to report, without other properties of its class. */
export function conceal(error: unknown, secrets: readonly string[]): Error {
  const told = error instanceof Error ? error : new Error(String(error));
  const hideIn = (text: string) => secrets.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text);
  const concealed = new Error(hideIn(told.message));
  concealed.name = told.name;
  concealed.stack = hideIn(told.stack ?? '');
  return concealed;
}
