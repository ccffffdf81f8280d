import type { Json, JsonObject } from '../core/json.ts';
import { replaceHidden, standIn, type Hidden, type Schema } from '../core/secrets.ts';

/** What the form and the reference need of a config's JSON Schema. */
export interface ConfigSchema extends Schema {
  description?: string;
  enum?: Json[];
  default?: Json;
  properties?: Record<string, ConfigSchema>;
  required?: string[];
  items?: ConfigSchema;
  anyOf?: ConfigSchema[];
}

/** A config without its secrets, and without what its schema does not know, which may be one. */
export function withoutSecrets(schema: ConfigSchema, config: JsonObject): JsonObject {
  return objectOf(replaceHidden(schema, config, () => undefined));
}

/** The same with each secret spelt as fixtures spell it, after the field of the config that it is in. */
export function withSecretsSpelt(schema: ConfigSchema, config: JsonObject): JsonObject {
  const spell = ({ value, path: [field], isMarked, prefix }: Hidden) =>
    isMarked ? standIn(String(value), prefix, `secret-${String(field)}`) : undefined;
  return objectOf(replaceHidden(schema, config, spell));
}

/** Of a config whose schema is not known, nothing is left. */
const objectOf = (copy: unknown): JsonObject => (copy ?? {}) as JsonObject;
