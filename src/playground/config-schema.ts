import type { Json, JsonObject } from '../core/json.ts';
import { type Hidden, replaceHidden, type Schema, standIn } from '../core/secrets.ts';

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

/** A config whose secrets are spelled as in fixtures, after the field that they are in. */
export const withSecretsSpelt = (schema: ConfigSchema, config: JsonObject): JsonObject =>
  withSecretsAs((field) => `secret-${field}`, schema, config);

/** A config whose secrets are names of environment variables, such as `$USERPILOT_API_KEY`. */
export const withPlaceholders = (name: string, schema: ConfigSchema, config: JsonObject): JsonObject =>
  withSecretsAs((field) => `$${variableFor(name, field)}`, schema, config);

/** The environment variable for a secret, such as `USERPILOT_API_KEY` for the `apiKey` of `userpilot`. */
function variableFor(name: string, field: string): string {
  const words = `${name}_${field.replace(/([a-z0-9])([A-Z])/g, '$1_$2')}`;
  return words.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();
}

/** What the schema does not know is left out, since it may be a secret. */
function withSecretsAs(spell: (field: string) => string, schema: ConfigSchema, config: JsonObject): JsonObject {
  const replace = ({ value, path: [field], isMarked, prefix }: Hidden) =>
    isMarked ? standIn(String(value), prefix, spell(String(field))) : undefined;
  return objectOf(replaceHidden(schema, config, replace));
}

/** Of a config whose schema is not known, nothing is left. */
const objectOf = (copy: unknown): JsonObject => (copy ?? {}) as JsonObject;
