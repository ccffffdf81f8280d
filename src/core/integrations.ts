import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Warn } from './warnings.ts';

/** An event's options for a destination, and where they are. */
export interface Options {
  path: string;
  values: JsonObject;
}

/** An event's instructions to one destination. */
export interface GateDecision {
  /** If the destination is turned off: the key that does it. */
  refusedBy?: string;
  options?: Options;
}

/** One key of `integrations`, and its position. */
interface Entry {
  position: number;
  key: string;
  value: Json;
}

/** An event's instructions, by lower-cased names. Undefined if `integrations` is not an object. */
export type Integrations = ReadonlyMap<string, readonly Entry[]> | undefined;

const NONE: Integrations = new Map();
const NO_INSTRUCTIONS: GateDecision = {};

/** Reads `integrations` for all destinations at once: there may be many of both. */
export function foldIntegrations(integrations: Json | undefined): Integrations {
  if (integrations === undefined || integrations === null) return NONE;
  if (!isJsonObject(integrations)) return undefined;
  // Most events turn everything on, which is the default.
  if (Object.values(integrations).every((value) => value === true)) return NONE;
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
 * Reads the instructions to one destination. By default all are on; `All: false` turns off those not named. Any of the
 * destination's names works, in any case. Among several spellings, `false` wins. An object means on, and has options.
 * @param names the destination's names, lower-cased
 */
export function readIntegrations(integrations: Integrations, names: ReadonlySet<string>, warn: Warn): GateDecision {
  if (integrations === undefined) {
    warn('INTEGRATIONS_MALFORMED', 'integrations', 'integrations is not an object and is ignored');
    return NO_INSTRUCTIONS;
  }
  if (integrations.size === 0) return NO_INSTRUCTIONS;

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
  warn('INTEGRATIONS_MALFORMED', path, `${path} is not true, false or an object, and is ignored`);
}
