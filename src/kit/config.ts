import _ from 'lodash';
import { z } from 'zod';
import { isUrl } from '../core/hosts.ts';
import { ConfigError } from '../core/outcome.ts';
import { secretOf, type Secret } from './expression.ts';

export { z };

/** Control characters, which no header may carry and which in a config are always a mistake. */
const NO_CONTROL_CHARACTERS = /^[^\p{Cc}]*$/u;

/**
 * A required config field that holds a secret, such as an API key. The flag `secret` goes into the published schema;
 * redaction, docs and forms read it there.
 * @param description what it is, as the vendor calls it
 * @param prefix how it may begin, in any case, where that is no secret but decides what is sent
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
 * A required config field that holds the URL that requests go to as it is: http or https, without credentials or
 * fragment. Its path and its query are a secret, such as a token; its origin is not, since it decides where requests go.
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

/** What is before the path or the query of a URL, however its host is written. */
const WRITTEN_ORIGIN = /^https?:\/*[^/?]*/i;

/**
 * A config field that holds the start of a URL. It must be https, without credentials, query or fragment; one slash at
 * the end is cut.
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
 * A setting of a config that has it or not, for requests that cannot be made without it.
 * @param why what it is for, or where it is found
 * @throws {ConfigError} naming the setting, when it is absent
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
 * A config field that says for which kinds of events which of the vendor's topics or streams is meant, as rows of two texts;
 * it yields that for group events: the one for `group`, else the one for `*`. A config without either is not valid.
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
 * A config field that names where an account is kept; it yields the host for that, and any other name is no valid
 * config.
 * @param hosts the host of each region; where configs spell one in several ways, each spelling has it
 * @param fallback the region of configs that name none; without one, they must
 * @returns the field, and as `hosts` all hosts there are
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
 * A config field that holds one label of a host name, such as the `acme` of `acme.vendor.example`.
 * @example
 * hostLabel('Name of the account').safeParse('acme').success // true
 * hostLabel('Name of the account').safeParse('acme.evil').success // false
 */
export function hostLabel(description: string): z.ZodString {
  return z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i, 'must be one label of a host name')
    .describe(description);
}

/**
 * A config field that says how many events a batch may have, as a number or as text. Anything but a positive whole
 * number counts as absent, so that a mistake in it costs no event.
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
 * A config field that is a list of rows with one text each, as forms of pipelines keep them (`[{ groupKey: 'a' }]`);
 * it yields the texts. Rows that were left empty do not count.
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
 * A config field that is a list of rows with two texts each; it yields them as pairs. Incomplete rows do not count.
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
