import { isJsonObject, setOwn } from './json.ts';
import { parseUrl } from './url.ts';

/** What stands for a secret wherever it would be shown. */
export const HIDDEN = '***';

/** As much of a JSON Schema as tells where secrets are. */
export interface Schema {
  /** Whether the value must be shown to nobody. */
  secret?: boolean;
  /** How a secret may begin where that is none, in any case. */
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
  /** The way to it. */
  path: readonly string[];
  /**
   * Whether its schema marks it as `secret`. Otherwise the schema does not know it, or knows a value of another kind: a
   * misspelt field may hold a secret too.
   */
  isMarked: boolean;
  /** How it may begin where that is no secret. */
  prefix?: string | undefined;
}

/**
 * A copy of a value in which everything is replaced that must not be shown.
 * @param schema of the value, which may not be a valid one
 * @param replace what it makes undefined is left out
 */
export function replaceHidden(schema: Schema, value: unknown, replace: (hidden: Hidden) => unknown): unknown {
  return replaceIn(partsOf(schema), value, [], replace);
}

/** All of a value that must not be shown. */
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
  // An empty value holds no secret, and whoever looks for a missing key must be able to see that it is empty.
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

/** A schema and those that it is put together from. */
export function partsOf(schema: Schema): Schema[] {
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  return [schema, ...[...anyOf, ...oneOf, ...allOf].flatMap(partsOf)];
}

/** What the elements of a list may be. */
export function itemSchemas(schemas: readonly Schema[]): Schema[] {
  return schemas.flatMap(({ items }) => (items === undefined ? [] : partsOf(items)));
}

/** What the field of an object may be; nothing where it is not known. */
export function fieldSchemas(schemas: readonly Schema[], key: string): Schema[] {
  return schemas.flatMap(({ properties = {}, additionalProperties }) => {
    if (Object.hasOwn(properties, key)) return partsOf(properties[key] as Schema);
    return typeof additionalProperties === 'object' ? partsOf(additionalProperties) : [];
  });
}

/** Whether a value is of the kind that a schema is about: text in the place of an object may hold all that is in it. */
function knows({ type = [] }: Schema, value: unknown): boolean {
  const types = [type].flat();
  if (Array.isArray(value)) return types.includes('array');
  if (isJsonObject(value)) return types.includes('object');
  return types.some((one) => one !== 'array' && one !== 'object');
}

/**
 * What may stand in the place of a secret so that the same requests are made. One that is a URL keeps its origin, since
 * requests go nowhere without, and one that begins as its field says keeps that, since it decides what is sent.
 * @param by what the rest becomes
 */
export function standIn(secret: string, prefix = '', by = HIDDEN): string {
  const url = /^https?:/i.test(secret) ? parseUrl(secret) : undefined;
  if (url !== undefined) return `${url.origin}/${by}`;
  const begins = secret.toLowerCase().startsWith(prefix.toLowerCase());
  return begins ? secret.slice(0, prefix.length) + by : by;
}
