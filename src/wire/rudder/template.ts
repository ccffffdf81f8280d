import { dequal } from 'dequal/lite';
import _ from 'lodash';

import { atPath, isJsonObject, type Json, type JsonObject, setOwn } from '../../core/json.ts';

/** A config with its templates filled in, and the event without the fields that filled them. */
export interface ResolvedConfig {
  config: Json | undefined;
  message: Json | undefined;
  /** Whether the config contains event values, so that it may belong to this event only. */
  isFilled: boolean;
}

/** `{{ path || default }}`. The path is dotted names that start at the message. */
const TEMPLATE = /^\s*\{\{\s*(?:message|event)\.([\w-]+(?:\.[\w-]+)*)\s*\|\|(.*)\}\}\s*$/s;

/** A template whose path is not in the message gets its default. */
const OTHER_TEMPLATE = /^\s*\{\{\s*[\w-]+(?:\.[\w-]+)*\s*\|\|(.*)\}\}\s*$/s;

/** Fills in the templates of one config from an event. */
export type FillTemplates = (message: Json | undefined) => ResolvedConfig;

/**
 * Reads the templates of a config, once for all of its events. All templates read the original event, so that two with
 * one path get the same value. The used fields are then hidden from the destination. Nothing is changed.
 */
export function readTemplates(config: Json | undefined): FillTemplates {
  const templates = new Map<string, Template>();
  findTemplates(config, templates);
  if (templates.size === 0) return withoutTemplates(config);
  const texts = [...templates.keys()];
  let last: { values: Json[]; config: Json } | undefined;
  return (message) => {
    const used: Used = new Map();
    const values = Array.from(templates.values(), (template) => fill(template, message, used));
    if (last === undefined || !dequal(last.values, values)) {
      last = { values, config: withValues(config as Json, new Map(_.zip(texts, values) as [string, Json][])) };
    }
    return { config: last.config, message: without(message, used), isFilled: used.size > 0 };
  };
}

/** The same for a config without templates. */
export const withoutTemplates =
  (config: Json | undefined): FillTemplates =>
  (message) => ({ config, message, isFilled: false });

interface Template {
  /** Absent if the path is not in the message. */
  keys: readonly string[] | undefined;
  preset: string;
}

/** Finds the templates in a value. */
function findTemplates(value: Json | undefined, found: Map<string, Template>): void {
  if (typeof value === 'string') {
    if (!value.includes('{{') || found.has(value)) return;
    const template = readTemplate(value);
    if (template !== undefined) found.set(value, template);
  } else if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) findTemplates(child, found);
  }
}

function readTemplate(text: string): Template | undefined {
  const [, path, given = ''] = TEMPLATE.exec(text) ?? [];
  if (path !== undefined) return { keys: path.split('.'), preset: readPreset(given) };
  const [, other] = OTHER_TEMPLATE.exec(text) ?? [];
  return other === undefined ? undefined : { keys: undefined, preset: readPreset(other) };
}

function readPreset(text: string): string {
  return text.replaceAll('"', '').trim();
}

/** The used fields, as a tree. */
type Used = Map<string, Used | typeof WHOLE>;
const WHOLE = 'whole';

function fill({ keys, preset }: Template, message: Json | undefined, used: Used): Json {
  const value = keys && atPath(message, keys);
  if (keys === undefined || value === undefined || value === null) return preset;
  let branch = used;
  for (const key of keys.slice(0, -1)) {
    const next = branch.get(key) ?? (new Map() as Used);
    if (next === WHOLE) return value;
    branch.set(key, next);
    branch = next;
  }
  branch.set(keys.at(-1) as string, WHOLE);
  return value;
}

/** The same value without some fields. Only the objects on the way to them are copied. */
function without(value: Json | undefined, used: Used): Json | undefined {
  if (!isJsonObject(value) || used.size === 0) return value;
  const copy: JsonObject = {};
  for (const [key, field] of Object.entries(value)) {
    const fields = used.get(key);
    if (fields !== WHOLE) setOwn(copy, key, fields === undefined ? field : without(field, fields));
  }
  return copy;
}

/** A copy of a value with its templates replaced. */
function withValues(value: Json, values: ReadonlyMap<string, Json>): Json {
  if (typeof value === 'string') return values.get(value) ?? value;
  if (Array.isArray(value)) return value.map((child) => withValues(child, values));
  if (!isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(result, key, withValues(value[key] as Json, values));
  return result;
}
