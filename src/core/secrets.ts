import _ from 'lodash';
import type { z } from 'zod';
import { isJsonObject, setOwn } from './json.ts';
import { fieldSchemas, HIDDEN, isSecret, markedIn, schemasOf, type Schemas } from './redact.ts';

/** What stands in the place of a secret; one that is a URL keeps its origin, since requests go nowhere without. */
function hiddenText(secret: string, prefixes: readonly string[]): string {
  if (/^https?:/i.test(secret) && URL.canParse(secret)) return `${new URL(secret).origin}/${HIDDEN}`;
  const prefix = prefixes.find((start) => secret.toLowerCase().startsWith(start.toLowerCase())) ?? '';
  return secret.slice(0, prefix.length) + HIDDEN;
}

/**
 * A parsed config with `***` for every secret, as it is bound for an explanation. Unlike `redact`, it must leave a config
 * that a destination can be bound with: schemas refuse `***` where they want a URL or JSON, so it can be put in only once
 * the config has been parsed. Secrets are found by their fields; where parsing has made something else of a field, by
 * their texts or parts of them.
 * @param given the config before it was parsed
 */
export function withoutSecrets(type: z.ZodType, given: unknown, parsed: unknown): unknown {
  return hide(schemasOf(type), given, parsed);
}

function hide(schemas: Schemas, given: unknown, parsed: unknown): unknown {
  const prefixes = schemas.flatMap(({ prefix }) => prefix ?? []);
  if (isSecret(schemas)) return replace(parsed, (text) => hiddenText(text, prefixes));
  const hideTexts = (value: unknown) => {
    const secrets = markedIn(schemas, given);
    return replace(value, (text) => {
      const isHidden = secrets.some((secret) => text.includes(secret) || secret.includes(text));
      return isHidden ? hiddenText(text, []) : text;
    });
  };
  if (!isJsonObject(given) || !isJsonObject(parsed)) return hideTexts(parsed);
  const result = {};
  for (const [key, value] of Object.entries(parsed)) {
    const field = fieldSchemas(schemas, key);
    setOwn(result, key, field.length > 0 ? hide(field, given[key], value) : hideTexts(value));
  }
  return result;
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
