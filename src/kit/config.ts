import _ from 'lodash';
import { z } from 'zod';

import { isUrl } from '../core/hosts.ts';
import { ConfigError } from '../core/outcome.ts';
import { type Secret, secretOf } from './expression.ts';

export { z };

/** Control characters. Headers cannot carry them, and in a config they are always a mistake. */
const NO_CONTROL_CHARACTERS = /^[^\p{Cc}]*$/u;

/**
 * A required config field with a secret, such as an API key. The published schema has the flag `secret`, which
 * redaction, docs and forms read.
 * @param description what it is, in the vendor's words
 * @param prefix a prefix that it may have, in any case, that is not secret and decides what is sent
 * @example
 * z.toJSONSchema(secret('API key'), { io: 'input' }).secret // true
 */
export function secret(description: string, prefix?: string): z.ZodType<Secret, string> {
  return z
    .string()
    .regex(NO_CONTROL_CHARACTERS, 'must not contain control characters')
    .transform((text) => secretOf(text, prefix))
    .meta({ description, secret: true, ...(prefix !== undefined && { prefix }) });
}

/**
 * A required config field with the URL that requests go to: http or https, without credentials or fragment. Its path
 * and query are secret; its origin is not, since it decides where requests go.
 * @example
 * secretUrl('Where events go').parse('https://hooks.acme.example/in/k7').prefix // 'https://hooks.acme.example'
 */
export function secretUrl(description: string): z.ZodType<Secret, string> {
  return z
    .string()
    .refine(
      (value) => isUrl(value, ['http:', 'https:'], /[#\\\s]/),
      'must be an http or https URL without credentials or fragment',
    )
    .transform((text) => secretOf(text, WRITTEN_ORIGIN.exec(text)?.[0]))
    .meta({ description, secret: true });
}

/** The part of a URL before its path or query, in any spelling of the host. */
const WRITTEN_ORIGIN = /^https?:\/*[^/?]*/i;

/**
 * A config field with a base URL. It must be https, without credentials, query or fragment. One trailing slash is
 * removed.
 * @example
 * baseUrl().parse('https://eu.acme.example/api/') // 'https://eu.acme.example/api'
 */
export function baseUrl(): z.ZodString {
  return z
    .string()
    .refine(
      (value) => isUrl(value, ['https:'], /[?#\\\s]/),
      'must be an https URL without credentials, query or fragment',
    )
    .overwrite((value) => value.replace(/\/$/, ''));
}

/**
 * An optional setting that some requests require.
 * @param why what it is for, or where to find it
 * @throws {ConfigError} if the setting is absent
 * @example
 * setting({ clusterId: 'lkc-7' }, 'clusterId', 'requests go to a cluster') // 'lkc-7'
 */
export function setting<Config, Name extends string & keyof Config>(
  config: Config,
  name: Name,
  why: string,
): NonNullable<Config[Name]> {
  const { [name]: value } = config;
  if (value !== undefined && value !== null) return value;
  throw new ConfigError(`config.${name}`, `config.${name} is missing: ${why}`);
}

/**
 * A config field that says which of the vendor's topics or streams each type of event goes to, as rows of two texts.
 * Returns the one for group events: the row for `group`, or else the row for `*`. A config without either is invalid.
 * @param what a topic, a stream
 * @example
 * forGroups('topic', 'Topics').parse([{ from: '*', to: 'all' }, { from: 'Group', to: 'crm' }]) // 'crm'
 * forGroups('topic', 'Topics').safeParse([{ from: 'track', to: 'clicks' }]).success // false
 */
export function forGroups(what: string, description: string) {
  return pairs('from', 'to', description).transform((rows, context) => {
    const found = ['group', '*'].map((wanted) => rows.find(([from]) => from.toLowerCase() === wanted)?.[1]);
    const name = found.find((candidate) => candidate !== undefined);
    if (name !== undefined) return name;
    context.addIssue(`has no ${what} for group events: add a row from group, or from *`);
    return z.NEVER;
  });
}

type Region<Field extends z.ZodType> = z.ZodPipe<Field, z.ZodTransform<string, z.output<Field>>> & {
  readonly hosts: readonly string[];
};

/**
 * A config field with the region of an account. Returns the region's host. Other names are invalid.
 * @param hosts the host of each region, and of each spelling that configs use
 * @param fallback the default region; without one, the field is required
 * @returns the field, and as `hosts` all hosts
 * @example
 * const region = regions({ us: 'api.acme.example', eu: 'api.eu.acme.example' }, 'Region', 'us');
 * region.parse('eu') // 'api.eu.acme.example'
 * region.parse(undefined) // 'api.acme.example'
 * region.safeParse('mars').success // false
 * region.hosts // ['api.acme.example', 'api.eu.acme.example']
 */
export function regions<Name extends string>(
  hosts: Readonly<Record<Name, string>>,
  description: string,
): Region<z.ZodType<Name, Name>>;
export function regions<Name extends string>(
  hosts: Readonly<Record<Name, string>>,
  description: string,
  fallback: NoInfer<Name>,
): Region<z.ZodDefault<z.ZodType<Name, Name>>>;
export function regions<Name extends string>(
  hosts: Readonly<Record<Name, string>>,
  description: string,
  fallback?: Name,
): Region<z.ZodType<Name>> {
  const name: z.ZodType<Name> = z.enum(Object.keys(hosts) as Name[]);
  const field = fallback === undefined ? name : name.default(fallback as never);
  const host = field.describe(description).transform((region: Name) => hosts[region]);
  return Object.assign(host, { hosts: _.uniq(Object.values<string>(hosts)) });
}

/**
 * A config field with one label of a hostname, such as the `acme` of `acme.vendor.example`.
 * @example
 * hostLabel('Name of the account').safeParse('acme').success // true
 * hostLabel('Name of the account').safeParse('acme.evil').success // false
 */
export function hostLabel(description: string): z.ZodString {
  return z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i, 'must be one label of a hostname')
    .describe(description);
}

/**
 * A config field with the size of a batch, as a number or as text. Anything but a positive whole number counts as
 * absent, so that a mistake loses no event.
 * @example
 * batchSize('Events of a batch').parse('25') // 25
 * batchSize('Events of a batch').parse('many') // undefined
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
 * A config field with rows of one text each, as pipelines' forms store them (`[{ groupKey: 'a' }]`). Returns the texts.
 * Empty rows are ignored.
 * @param name the name of the text in a row
 * @example
 * rows('groupKey', 'Group keys').parse([{ groupKey: 'company' }, {}]) // ['company']
 */
export function rows<Name extends string>(name: Name, description: string) {
  const row = z.object({ [name]: z.string().optional() } as Record<Name, z.ZodOptional<z.ZodString>>);
  return z
    .array(row)
    .transform((list) => list.flatMap((given) => (given as Partial<Record<Name, string>>)[name] ?? []))
    .describe(description);
}

/**
 * A config field with rows of two texts each. Returns pairs. Incomplete rows are ignored.
 * @param from the name of the first text in a row
 * @param to the name of the second
 * @example
 * pairs('from', 'to', 'Renamed traits').parse([{ from: 'plan', to: 'tier' }, { from: 'x' }]) // [['plan', 'tier']]
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
