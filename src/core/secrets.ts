import _ from 'lodash';
import { z } from 'zod';
import { isJsonObject, setOwn } from './json.ts';

/** What stands in the place of a secret; one that is a URL keeps its origin, since requests go nowhere without. */
function hiddenText(secret: string, prefixes: readonly string[]): string {
  if (/^https?:/i.test(secret) && URL.canParse(secret)) return `${new URL(secret).origin}/***`;
  const prefix = prefixes.find((start) => secret.toLowerCase().startsWith(start.toLowerCase())) ?? '';
  return `${secret.slice(0, prefix.length)}***`;
}

/** As much of a JSON Schema as tells where secrets are. */
interface Schema {
  secret?: boolean;
  /** How a secret may begin where that is none. */
  prefix?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** A schema and those that it is put together from. */
function partsOf(schema: Schema): Schema[] {
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  return [schema, ...[...anyOf, ...oneOf, ...allOf].flatMap(partsOf)];
}

const schemaOf = _.memoize((type: z.ZodType) => partsOf(z.toJSONSchema(type, { io: 'input' }) as Schema));

/**
 * A parsed config with `***` for every secret. Secrets are found by their fields; where parsing has made something else
 * of a field, by their texts or parts of them.
 * @param given the config before it was parsed
 */
export function withoutSecrets(type: z.ZodType, given: unknown, parsed: unknown): unknown {
  return hide(schemaOf(type), given, parsed);
}

function hide(schemas: readonly Schema[], given: unknown, parsed: unknown): unknown {
  const prefixes = schemas.flatMap(({ prefix }) => prefix ?? []);
  if (isSecret(schemas)) return replace(parsed, (text) => hiddenText(text, prefixes));
  const hideTexts = (value: unknown) => {
    const secrets = secretsIn(schemas, given);
    return replace(value, (text) => {
      const isHidden = secrets.some((secret) => text.includes(secret) || secret.includes(text));
      return isHidden ? hiddenText(text, []) : text;
    });
  };
  if (!isJsonObject(given) || !isJsonObject(parsed)) return hideTexts(parsed);
  const result = {};
  for (const [key, value] of Object.entries(parsed)) {
    const field = fieldsOf(schemas, key);
    setOwn(result, key, field.length > 0 ? hide(field, given[key], value) : hideTexts(value));
  }
  return result;
}

const isSecret = (schemas: readonly Schema[]) => schemas.some(({ secret }) => secret === true);

function fieldsOf(schemas: readonly Schema[], key: string): Schema[] {
  return schemas.flatMap(({ properties = {}, additionalProperties }) => {
    if (Object.hasOwn(properties, key)) return partsOf(properties[key] as Schema);
    return typeof additionalProperties === 'object' ? partsOf(additionalProperties) : [];
  });
}

function secretsIn(schemas: readonly Schema[], given: unknown): string[] {
  if (isSecret(schemas)) return textsIn(given);
  if (Array.isArray(given)) {
    const items = schemas.flatMap((schema) => (schema.items === undefined ? [] : partsOf(schema.items)));
    return given.flatMap((item) => secretsIn(items, item));
  }
  if (!isJsonObject(given)) return [];
  return Object.entries(given).flatMap(([key, value]) => secretsIn(fieldsOf(schemas, key), value));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}

/** Replaces the texts in a value, numbers included. */
function replace(value: unknown, change: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => replace(item, change));
  if (_.isPlainObject(value)) {
    const result = {};
    for (const [key, field] of Object.entries(value as object)) setOwn(result, key, replace(field, change));
    return result;
  }
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const changed = change(String(value));
  return changed === String(value) ? value : changed;
}
