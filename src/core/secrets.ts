import { isJsonObject, setOwn } from './json.ts';
import { parseUrl } from './url.ts';

/** The placeholder for a secret. */
export const HIDDEN = '***';

/** The parts of JSON Schema that say where secrets are. */
export interface Schema {
  /** Whether the value is secret. */
  secret?: boolean;
  /** The prefix that is not secret, in any case. */
  prefix?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** A value that must not be shown. */
export interface Hidden {
  value: unknown;
  /** Its path. */
  path: readonly string[];
  /**
   * Whether its schema marks it as `secret`. Otherwise its schema does not define it, or expects another type: a
   * misspelt field may contain a secret too.
   */
  isMarked: boolean;
  /** The prefix that is not secret. */
  prefix?: string | undefined;
}

/**
 * A copy of a value with every secret replaced.
 * @param schema the schema of the value, which may be invalid
 * @param replace the replacement; if undefined, the field is left out
 */
export function replaceHidden(schema: Schema, value: unknown, replace: (hidden: Hidden) => unknown): unknown {
  return replaceIn(partsOf(schema), value, [], replace);
}

/** Everything in a value that must not be shown. */
export function hiddenIn(schema: Schema, value: unknown): Hidden[] {
  const found: Hidden[] = [];
  replaceHidden(schema, value, (hidden) => void found.push(hidden));
  return found;
}

/** Whether a schema marks its value as a secret, or may do so. */
export const isSecret = (schema: Schema): boolean => partsOf(schema).some(({ secret }) => secret === true);

function replaceIn(
  schemas: readonly Schema[],
  value: unknown,
  path: readonly string[],
  replace: (hidden: Hidden) => unknown,
): unknown {
  // An empty value contains no secret, and it must be visible that it is empty.
  if (value === null || value === '') return value;
  const marked = schemas.find(({ secret }) => secret === true);
  if (marked !== undefined || !schemas.some((schema) => knows(schema, value))) {
    return replace({ value, path, isMarked: marked !== undefined, prefix: marked?.prefix });
  }
  if (Array.isArray(value)) {
    const items = itemSchemas(schemas);
    return value
      .map((item, index) => replaceIn(items, item, [...path, String(index)], replace))
      .filter((item) => item !== undefined);
  }
  if (!isJsonObject(value)) return value;
  const copy = {};
  for (const [key, field] of Object.entries(value)) {
    const copied = replaceIn(fieldSchemas(schemas, key), field, [...path, key], replace);
    if (copied !== undefined) setOwn(copy, key, copied);
  }
  return copy;
}

/** A schema and the schemas that it is composed of. */
export function partsOf(schema: Schema): Schema[] {
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  return [schema, ...[...anyOf, ...oneOf, ...allOf].flatMap(partsOf)];
}

/** The schemas of a list's elements. */
export function itemSchemas(schemas: readonly Schema[]): Schema[] {
  return schemas.flatMap(({ items }) => (items === undefined ? [] : partsOf(items)));
}

/** The schemas of an object's field, or nothing if the field is unknown. */
export function fieldSchemas(schemas: readonly Schema[], key: string): Schema[] {
  return schemas.flatMap(({ properties = {}, additionalProperties }) => {
    if (Object.hasOwn(properties, key)) return partsOf(properties[key] as Schema);
    return typeof additionalProperties === 'object' ? partsOf(additionalProperties) : [];
  });
}

/**
 * Whether a value has the type that a schema describes. Text instead of an object may contain all of the object's data.
 */
function knows({ type = [] }: Schema, value: unknown): boolean {
  const types = [type].flat();
  if (Array.isArray(value)) return types.includes('array');
  if (isJsonObject(value)) return types.includes('object');
  return types.some((one) => one !== 'array' && one !== 'object');
}

/**
 * A stand-in for a secret that leads to the same requests. A URL keeps its origin, since requests need a host. A secret
 * with a prefix keeps the prefix, since it decides what is sent.
 * @param by the replacement for the rest
 */
export function standIn(secret: string, prefix = '', by = HIDDEN): string {
  const url = /^https?:/i.test(secret) ? parseUrl(secret) : undefined;
  if (url !== undefined) return `${url.origin}/${by}`;
  const begins = secret.toLowerCase().startsWith(prefix.toLowerCase());
  return begins ? secret.slice(0, prefix.length) + by : by;
}
