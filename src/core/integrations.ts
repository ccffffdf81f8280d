import type { Warn } from './event.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

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

/**
 * Reads `integrations`: absent means all on, `All: false` turns off what is not named, and a destination may be named
 * by any of its names in any case. Among several spellings `false` wins; an object is on and carries options.
 * @param names the destination's names, lower-cased
 */
export function readIntegrations(integrations: Json | undefined, names: ReadonlySet<string>, warn: Warn): GateDecision {
  if (integrations === undefined || integrations === null) return {};
  if (!isJsonObject(integrations)) {
    warn('INTEGRATIONS_MALFORMED', 'integrations', 'integrations is not an object and is ignored');
    return {};
  }

  let allOff: string | undefined;
  let off: string | undefined;
  let on = false;
  let options: Options | undefined;
  for (const key of Object.keys(integrations)) {
    const folded = key.toLowerCase();
    const isAll = folded === 'all';
    if (!isAll && !names.has(folded)) continue;

    const value = integrations[key];
    const flag = readFlag(value);
    if (flag === false) {
      if (isAll) allOff = key;
      else off = key;
    } else if (isAll) {
      if (flag === undefined) warnMalformed(key, warn);
    } else if (isJsonObject(value)) {
      on = true;
      options ??= { path: `integrations.${key}`, values: value };
    } else if (flag === true) {
      on = true;
    } else {
      warnMalformed(key, warn);
    }
  }

  const refusedBy = off ?? (on ? undefined : allOff);
  return { ...(refusedBy === undefined ? {} : { refusedBy }), ...(options === undefined ? {} : { options }) };
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
