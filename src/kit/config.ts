import { z } from 'zod';
import { isUrl } from '../core/hosts.ts';
import { secretOf, type Secret } from './expression.ts';

export { z };

/** Control characters, which no header may carry and which in a config are always a mistake. */
const NO_CONTROL_CHARACTERS = /^[^\p{Cc}]*$/u;

/**
 * A required config field that holds a secret, such as an API key. The flag `secret` goes into the published schema;
 * redaction, docs and forms read it there.
 * @param description what it is, as the vendor calls it
 * @param prefix how it may begin, in any case, where that is no secret but decides what is sent
 */
export function secret(description: string, prefix?: string): z.ZodType<Secret, string> {
  return z
    .string()
    .regex(NO_CONTROL_CHARACTERS, 'must not contain control characters')
    .transform((text) => secretOf(text, prefix))
    .meta({ description, secret: true, ...(prefix !== undefined && { prefix }) });
}

/**
 * A config field that holds the start of a URL. It must be https, without credentials, query or fragment; one slash at
 * the end is cut.
 */
export function baseUrl(): z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> {
  return z
    .string()
    .refine(
      (value) => isUrl(value, ['https:'], /[?#\\\s]/),
      'must be an https URL without credentials, query or fragment',
    )
    .transform((value) => value.replace(/\/$/, ''));
}

/** A config field that holds one label of a host name, such as the `acme` of `acme.vendor.example`. */
export function hostLabel(description: string): z.ZodString {
  return z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i, 'must be one label of a host name')
    .describe(description);
}

/**
 * A config field that holds the URL that requests go to as it is, query included: http or https, without credentials
 * or fragment.
 */
export function targetUrl(): z.ZodString {
  return z
    .string()
    .refine(
      (value) => isUrl(value, ['http:', 'https:'], /[#\\\s]/),
      'must be an http or https URL without credentials or fragment',
    );
}

/** A config field that holds a URL as `targetUrl` does and that is a secret, such as one that ends with a token. */
export function secretUrl(description: string): z.ZodType<Secret, string> {
  return targetUrl()
    .transform((text) => secretOf(text, undefined))
    .meta({ description, secret: true });
}

/**
 * A config field that says how many events a batch may have, as a number or as text. Anything but a positive whole
 * number counts as absent, so that a mistake in it costs no event.
 */
export function batchSize(description: string) {
  return z
    .union([z.number(), z.string()])
    .nullish()
    .catch(undefined)
    .transform(Number)
    .transform((size) => (Number.isSafeInteger(size) && size > 0 ? size : undefined))
    .describe(description);
}

/**
 * A config field that is a list of rows with one text each, as forms of pipelines keep them (`[{ groupKey: 'a' }]`);
 * it yields the texts. Rows that were left empty do not count.
 * @param name the name of the text in a row
 */
export function rows<Name extends string>(name: Name, description: string) {
  const row = z.object({ [name]: z.string().optional() } as Record<Name, z.ZodOptional<z.ZodString>>);
  return z
    .array(row)
    .transform((list) => list.flatMap((given) => (given as Partial<Record<Name, string>>)[name] ?? []))
    .describe(description);
}

/**
 * A config field that is a list of rows with two texts each; it yields them as pairs. Incomplete rows do not count.
 * @param from the name of the first text in a row
 * @param to the name of the second
 */
export function pairs<From extends string, To extends string>(from: From, to: To, description: string) {
  const row = z.object({ [from]: z.string().optional(), [to]: z.string().optional() } as Record<
    From | To,
    z.ZodOptional<z.ZodString>
  >);
  return z
    .array(row)
    .default([])
    .transform((list) =>
      (list as Partial<Record<From | To, string>>[]).flatMap(({ [from]: first, [to]: second }) =>
        first === undefined || second === undefined ? [] : [[first, second] as const],
      ),
    )
    .describe(description);
}
