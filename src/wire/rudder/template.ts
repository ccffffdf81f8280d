import { atPath, isJsonObject, setOwn, type Json, type JsonObject } from '../../core/json.ts';

/** A config with its templates filled in, and the event without what filled them. */
export interface ResolvedConfig {
  config: Json | undefined;
  message: Json | undefined;
}

/** `{{ path || default }}`, the path being dotted names that start at the message. */
const TEMPLATE = /^\s*\{\{\s*(?:message|event)\.([\w-]+(?:\.[\w-]+)*)\s*\|\|(.*)\}\}\s*$/s;

/** A template whose path does not lead into the message has its default. */
const OTHER_TEMPLATE = /^\s*\{\{\s*[\w-]+(?:\.[\w-]+)*\s*\|\|(.*)\}\}\s*$/s;

/**
 * Fills in the templates of a config from the event. All of them are read from the event as it came, so that two with
 * one path get the same value; the fields that were used are then hidden from the destination, and nothing is changed.
 */
export function resolveTemplates(config: Json | undefined, message: Json | undefined): ResolvedConfig {
  if (!hasTemplate(config)) return { config, message };
  const used: string[][] = [];
  const resolve = (value: Json): Json => {
    if (typeof value === 'string') return fill(value, message, used);
    if (Array.isArray(value)) return value.map(resolve);
    if (!isJsonObject(value)) return value;
    const result: JsonObject = {};
    for (const key of Object.keys(value)) setOwn(result, key, resolve(value[key] as Json));
    return result;
  };
  return { config: resolve(config as Json), message: used.reduce(without, message) };
}

/** Most configs have none, and need not be copied then. */
function hasTemplate(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.includes('{{');
  return typeof value === 'object' && value !== null && Object.values(value).some(hasTemplate);
}

function fill(text: string, message: Json | undefined, used: string[][]): Json {
  const [, path = '', given = ''] = TEMPLATE.exec(text) ?? [];
  if (path !== '') {
    const keys = path.split('.');
    const value = atPath(message, keys);
    if (value === undefined || value === null) return readDefault(given);
    used.push(keys);
    return value;
  }
  const [, other] = OTHER_TEMPLATE.exec(text) ?? [];
  return other === undefined ? text : readDefault(other);
}

function readDefault(text: string): string {
  return text.replaceAll('"', '').trim();
}

/** The same value without one field; only the objects on the way to it are copied. */
function without(value: Json | undefined, keys: readonly string[]): Json | undefined {
  const [key, ...others] = keys;
  if (key === undefined) return undefined;
  if (!isJsonObject(value) || !Object.hasOwn(value, key)) return value;
  const { [key]: field, ...copy } = value;
  const rest = without(field, others);
  return rest === undefined ? copy : { ...copy, [key]: rest };
}
