import type { Warning } from '../contract/results.ts';
import { isJsonObject } from './json.ts';
import { shorten, shortenMessage } from './limits.ts';
import { nearest } from './nearest.ts';
import { fieldSchemas, itemSchemas, partsOf, type Schema } from './secrets.ts';

/** The maximum number of reported fields. */
const MOST_TOLD = 10;

/** Warns about config fields that the schema does not define. They are ignored. */
export function warnOfUnknownFields(schema: Schema, config: unknown): readonly Warning[] {
  const warnings: Warning[] = [];
  for (const unknown of unknownIn(partsOf(schema), config, ['config'])) {
    if (warnings.length === MOST_TOLD) {
      const message = `config has more than ${String(MOST_TOLD)} unknown fields; the others are not listed`;
      return [...warnings, { code: 'WARNINGS_CUT', path: 'config', message }];
    }
    warnings.push(toWarning(unknown));
  }
  return warnings;
}

interface Unknown {
  path: readonly string[];
  /** The fields that exist in its place. */
  known: readonly string[];
}

function* unknownIn(schemas: readonly Schema[], value: unknown, path: readonly string[]): Generator<Unknown> {
  if (Array.isArray(value)) {
    const items = itemSchemas(schemas);
    for (const [index, item] of value.entries()) yield* unknownIn(items, item, [...path, String(index)]);
  } else if (isJsonObject(value)) {
    const objects = schemas.filter(({ properties }) => properties !== undefined);
    const known = objects.flatMap(({ properties = {} }) => Object.keys(properties));
    const isOpen = schemas.some(({ additionalProperties = false }) => additionalProperties !== false);
    for (const [key, field] of Object.entries(value)) {
      const fields = fieldSchemas(schemas, key);
      if (fields.length > 0) yield* unknownIn(fields, field, [...path, key]);
      else if (objects.length > 0 && !isOpen) yield { path: [...path, key], known };
    }
  }
}

function toWarning({ path, known }: Unknown): Warning {
  const place = shorten(path.join('.'));
  const near = nearest(path.at(-1) as string, known);
  const advice = near === undefined ? '' : `; did you mean ${near}?`;
  return {
    code: 'CONFIG_FIELD_UNKNOWN',
    path: place,
    message: shortenMessage(`${place} is unknown and is ignored${advice}`),
  };
}
