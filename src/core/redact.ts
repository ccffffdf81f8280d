import _ from 'lodash';
import { z } from 'zod';
import { isJsonObject, setOwn } from './json.ts';

/** What stands for a secret wherever configs are shown. */
export const HIDDEN = '***';

/** As much of a JSON Schema as tells where secrets are. */
interface Schema {
  secret?: boolean;
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema | Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

const publish = _.memoize((schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' }) as Schema);

/**
 * A config as it may be shown: what its schema marks as `secret` is hidden, and so is what the schema does not know, since
 * a misspelt field may hold a secret too, and a field of the wrong kind.
 */
export function redact(schema: z.ZodType, config: unknown): unknown {
  return hide([publish(schema)], config, () => undefined);
}

/** The texts in a config that may not be shown. */
export function secretsIn(schema: z.ZodType, config: unknown): string[] {
  const secrets: string[] = [];
  hide([publish(schema)], config, (value) => {
    secrets.push(...textsIn(value));
  });
  return secrets;
}

/** @param schemas what the value may be, of which any hides it */
function hide(schemas: readonly Schema[], value: unknown, onHidden: (value: unknown) => void): unknown {
  const branches = schemas.flatMap(branchesOf);
  if (branches.some(({ secret }) => secret === true) || !branches.some((branch) => knows(branch, value))) {
    onHidden(value);
    return HIDDEN;
  }
  if (Array.isArray(value)) {
    const items = branches.flatMap((branch) => branch.items ?? []);
    return value.map((item) => hide(items, item, onHidden));
  }
  if (!isJsonObject(value)) return value;
  const shown = {};
  for (const [key, field] of Object.entries(value)) {
    const fields = branches.flatMap((branch) => schemasOf(branch, key));
    setOwn(shown, key, hide(fields, field, onHidden));
  }
  return shown;
}

/** Whether a value is of the kind that a schema is about: a text in the place of an object may hold all that is secret in it. */
function knows({ type = [] }: Schema, value: unknown): boolean {
  const types = _.castArray(type);
  if (Array.isArray(value)) return types.includes('array');
  return isJsonObject(value) ? types.includes('object') : _.difference(types, ['array', 'object']).length > 0;
}

function branchesOf(schema: Schema): Schema[] {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return schema.secret === true || branches.length === 0 ? [schema] : branches.flatMap(branchesOf);
}

function schemasOf({ properties = {}, additionalProperties }: Schema, key: string): Schema[] {
  if (Object.hasOwn(properties, key)) return [properties[key] as Schema];
  return typeof additionalProperties === 'object' ? [additionalProperties] : [];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
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
