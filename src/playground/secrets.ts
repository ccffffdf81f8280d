import { isJsonObject, setOwn, type Json, type JsonObject } from '../core/json.ts';

/** What the form and the reference need of a config's JSON Schema. */
export interface ConfigSchema {
  type?: string | string[];
  description?: string;
  enum?: Json[];
  default?: Json;
  /** Whether the value must be shown to nobody. */
  secret?: boolean;
  /** How a secret may begin where that is none. */
  prefix?: string;
  properties?: Record<string, ConfigSchema>;
  required?: string[];
  items?: ConfigSchema;
  anyOf?: ConfigSchema[];
  oneOf?: ConfigSchema[];
  allOf?: ConfigSchema[];
  additionalProperties?: ConfigSchema | boolean;
}

/** In the place of what is not to be shown. */
export const MASK = '***';

/** A schema and those that it is put together from. */
function partsOf(schema: ConfigSchema): ConfigSchema[] {
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  return [schema, ...[...anyOf, ...oneOf, ...allOf].flatMap(partsOf)];
}

/** What schemas say of a field. */
function fieldsOf(schemas: readonly ConfigSchema[], key: string): ConfigSchema[] {
  return schemas
    .flatMap(({ properties = {}, additionalProperties }) => {
      if (Object.hasOwn(properties, key)) return properties[key] ?? [];
      return typeof additionalProperties === 'object' ? additionalProperties : [];
    })
    .flatMap(partsOf);
}

/**
 * A copy of a config in which secrets are replaced.
 * @param replace gets the name of the field, its value, and how the value may begin where that is no secret; what it
 * makes undefined is left out
 */
export function withSecrets(
  schema: ConfigSchema,
  config: JsonObject,
  replace: (field: string, value: Json, prefix: string) => Json | undefined,
): JsonObject {
  const copy = (schemas: readonly ConfigSchema[], field: string, value: Json): Json | undefined => {
    const secret = schemas.find((one) => one.secret === true);
    if (secret !== undefined) return replace(field, value, secret.prefix ?? '');
    const items = schemas.flatMap((one) => (one.items === undefined ? [] : partsOf(one.items)));
    if (Array.isArray(value)) return value.flatMap((element) => copy(items, field, element) ?? []);
    if (!isJsonObject(value)) return value;
    const result: JsonObject = {};
    for (const [key, inner] of Object.entries(value)) {
      const copied = copy(fieldsOf(schemas, key), key, inner);
      if (copied !== undefined) setOwn(result, key, copied);
    }
    return result;
  };
  return copy(partsOf(schema), '', config) as JsonObject;
}

/** The secrets that a config holds. */
export function secretsIn(schema: ConfigSchema, config: JsonObject): string[] {
  const found: string[] = [];
  withSecrets(schema, config, (_field, value) => {
    if (typeof value === 'string' && value !== '') found.push(value);
    return value;
  });
  return found;
}

/** Text that is Base64, long enough to hold anything. */
const base64 = /[A-Za-z0-9+/_-]{4,}={0,2}/g;

/** A copy of a value in which no secret is left: neither as it is, nor as it stands in a URL, nor in Base64. */
export function masked<T>(value: T, secrets: readonly string[]): T {
  if (secrets.length === 0) return value;
  const spellings = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]);
  const patterns = [...new Set(spellings)].sort((a, b) => b.length - a.length).map(patternOf);
  const maskText = (text: string): string => {
    const plain = patterns.reduce((left, pattern) => left.replace(pattern, MASK), text);
    return plain.replace(base64, (word) => {
      const decoded = decode(word);
      return decoded !== undefined && secrets.some((secret) => decoded.includes(secret)) ? MASK : word;
    });
  };
  const copy = (inner: unknown): unknown => {
    if (typeof inner === 'string') return maskText(inner);
    if (Array.isArray(inner)) return inner.map(copy);
    if (!isJsonObject(inner)) return inner;
    const result: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(inner)) setOwn(result, maskText(key), copy(field));
    return result;
  };
  return copy(value) as T;
}

/** A secret of a few characters, as while it is typed, is looked for as a word: it may be part of any. */
function patternOf(secret: string): RegExp {
  const literal = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(secret.length < 4 ? `(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])` : literal, 'g');
}

function decode(word: string): string | undefined {
  try {
    return atob(word.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
}
