import _ from 'lodash';
import { z } from 'zod';
import { isJsonObject, setOwn } from './json.ts';

/** What stands for a secret wherever configs are shown. */
export const HIDDEN = '***';

/** As much of a JSON Schema as tells where secrets are. */
interface Schema {
  secret?: boolean;
  type?: string | string[];
  /** How a secret may begin where that is none. */
  prefix?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema | Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** What a value may be: a schema and those that it is put together from; none where nothing is known of the value. */
export type Schemas = readonly Schema[];

/** What a config may be. */
export const schemasOf = _.memoize((type: z.ZodType): Schemas => partsOf(z.toJSONSchema(type, { io: 'input' })));

function partsOf(schema: object): Schema[] {
  const { anyOf = [], oneOf = [], allOf = [] } = schema as Schema;
  return [schema, ...[...anyOf, ...oneOf, ...allOf].flatMap(partsOf)];
}

/** Whether a value must not be shown, nor anything in it. */
export const isSecret = (schemas: Schemas) => schemas.some(({ secret }) => secret === true);

/** What the field of an object may be. */
export function fieldSchemas(schemas: Schemas, key: string): Schemas {
  return schemas.flatMap(({ properties = {}, additionalProperties }) => {
    if (Object.hasOwn(properties, key)) return partsOf(properties[key] as Schema);
    return typeof additionalProperties === 'object' ? partsOf(additionalProperties) : [];
  });
}

/**
 * A config as it may be shown: what its schema marks as `secret` is hidden, and so is what the schema does not know, since
 * a misspelt field may hold a secret too, and so may a value of another kind. The config is as callers give it, which may be no valid one; `withoutSecrets`
 * is for those that are to be bound.
 */
export function redact(type: z.ZodType, config: unknown): unknown {
  return hide(schemasOf(type), config, () => undefined);
}

/** The texts in a config that may not be shown. */
export function secretsIn(type: z.ZodType, config: unknown): string[] {
  return hiddenIn(schemasOf(type), config).flatMap(textsIn);
}

/** The texts in a value that its schema marks as `secret`. */
export function markedIn(schemas: Schemas, value: unknown): string[] {
  return hiddenIn(schemas, value)
    .filter(({ isMarked }) => isMarked)
    .flatMap(textsIn);
}

/** A value that is hidden, because it is marked or because nothing is known of it. */
interface Hidden {
  value: unknown;
  isMarked: boolean;
}

function hiddenIn(schemas: Schemas, value: unknown): Hidden[] {
  const found: Hidden[] = [];
  hide(schemas, value, (hidden) => found.push(hidden));
  return found;
}

function hide(schemas: Schemas, value: unknown, onHidden: (hidden: Hidden) => void): unknown {
  const isMarked = isSecret(schemas);
  if (isMarked || !schemas.some((schema) => knows(schema, value))) {
    onHidden({ value, isMarked });
    return HIDDEN;
  }
  if (Array.isArray(value)) {
    const items = schemas.flatMap((schema) => [schema.items ?? []].flat().flatMap(partsOf));
    return value.map((item) => hide(items, item, onHidden));
  }
  if (!isJsonObject(value)) return value;
  const shown = {};
  for (const [key, field] of Object.entries(value))
    setOwn(shown, key, hide(fieldSchemas(schemas, key), field, onHidden));
  return shown;
}

/** Whether a value is of the kind that a schema is about: text in the place of an object may hold all that is in it. */
function knows({ type = [] }: Schema, value: unknown): boolean {
  const types = _.castArray(type);
  if (Array.isArray(value)) return types.includes('array');
  return isJsonObject(value) ? types.includes('object') : _.difference(types, ['array', 'object']).length > 0;
}

/** The texts of what is hidden, and the numbers of what is marked: the others are too short to be told from chance. */
function textsIn({ value, isMarked }: Hidden): string[] {
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).flatMap((part: unknown) => textsIn({ value: part, isMarked }));
  }
  const isText = (typeof value === 'string' && value !== '') || (typeof value === 'number' && isMarked);
  return isText ? [String(value)] : [];
}

/** An error as it may be told, without what else its class may carry. */
export function conceal(error: unknown, secrets: readonly string[]): Error {
  const told = error instanceof Error ? error : new Error(String(error));
  const hideIn = (text: string) => secrets.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text);
  const concealed = new Error(hideIn(told.message));
  concealed.name = told.name;
  concealed.stack = hideIn(told.stack ?? '');
  return concealed;
}
