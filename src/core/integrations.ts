import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Warn } from './warnings.ts';

/** What an event's integrations tell a destination's mapper, and where they do. */
export interface Options {
  path: string;
  values: JsonObject;
}

/** What an event's integrations say to one destination. */
export interface GateDecision {
  /** Whether the destination may get the event; the key that says no, when one does. */
  refusedBy?: string;
  options?: Options;
}

/** One key of `integrations`, and its position among them. */
interface Entry {
  position: number;
  key: string;
  value: Json;
}

/** What an event says to destinations, by their lower-cased names; undefined where it is no object. */
export type Integrations = ReadonlyMap<string, readonly Entry[]> | undefined;

const NONE: Integrations = new Map();

/** Reads `integrations` for all destinations at once: there may be many of both. */
export function foldIntegrations(integrations: Json | undefined): Integrations {
  if (integrations === undefined || integrations === null) return NONE;
  if (!isJsonObject(integrations)) return undefined;
  const folded = new Map<string, Entry[]>();
  for (const [position, key] of Object.keys(integrations).entries()) {
    const entry = { position, key, value: integrations[key] as Json };
    const name = key.toLowerCase();
    const entries = folded.get(name);
    if (entries === undefined) folded.set(name, [entry]);
    else entries.push(entry);
  }
  return folded;
}

/**
 * Reads what is said to one destination: nothing means all on, `All: false` turns off what is not named, and a
 * destination may be named by any of its names in any case. Among several spellings `false` wins; an object is on and
 * carries options.
 * @param names the destination's names, lower-cased
 */
export function readIntegrations(integrations: Integrations, names: ReadonlySet<string>, warn: Warn): GateDecision {
  if (integrations === undefined) {
    warn('INTEGRATIONS_MALFORMED', 'integrations', 'integrations is not an object and is ignored');
    return {};
  }
  if (integrations.size === 0) return {};

  let off: string | undefined;
  let on = false;
  let options: Options | undefined;
  for (const { key, value } of entriesOf(integrations, names)) {
    const flag = readFlag(value);
    if (flag === false) {
      off = key;
    } else if (isJsonObject(value)) {
      on = true;
      options ??= { path: `integrations.${key}`, values: value };
    } else if (flag === true) {
      on = true;
    } else {
      warnMalformed(key, warn);
    }
  }

  let allOff: string | undefined;
  for (const { key, value } of integrations.get('all') ?? []) {
    const flag = readFlag(value);
    if (flag === false) allOff = key;
    else if (flag === undefined) warnMalformed(key, warn);
  }

  const refusedBy = off ?? (on ? undefined : allOff);
  return { ...(refusedBy === undefined ? {} : { refusedBy }), ...(options === undefined ? {} : { options }) };
}

/** The entries under any of the names, in the order of the event. */
function entriesOf(integrations: NonNullable<Integrations>, names: ReadonlySet<string>): readonly Entry[] {
  const found: Entry[] = [];
  for (const name of names) for (const entry of integrations.get(name) ?? []) found.push(entry);
  return found.length > 1 ? found.sort((a, b) => a.position - b.position) : found;
}

function readFlag(value: Json | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function warnMalformed(key: string, warn: Warn): void {
  const path = `integrations.${key}`;
  warn('INTEGRATIONS_MALFORMED', path, `${path} is neither true, false nor an object, and is ignored`);
}
