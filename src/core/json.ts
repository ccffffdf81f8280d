/** Any value that JSON can carry. */
export type Json = string | number | boolean | null | Json[] | JsonObject;

/** A JSON object; its keys come from outside and may be any text, `__proto__` included. */
export interface JsonObject {
  [key: string]: Json;
}

/** Whether a parsed JSON value is an object, as opposed to a list, a scalar or nothing. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads JSON text; undefined if it is none. */
export function tryParseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Reads an own property; what `Object.prototype` offers under the same name is not data. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * Writes a property whose key comes from outside. A plain assignment to `__proto__` would replace the object's
 * prototype instead of storing the value.
 */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/**
 * Reads a path (`['externalId', '0', 'id']`) through own properties and the elements of lists; anything else on the way
 * ends it.
 * @param start how many of the keys have been followed already
 */
export function atPath(root: unknown, keys: readonly string[], start = 0): Json | undefined {
  let value = root;
  for (let i = start; i < keys.length; i++) {
    const key = keys[i] as string;
    if (isJsonObject(value)) value = own(value, key);
    else if (Array.isArray(value) && /^\d+$/.test(key)) value = value[Number(key)];
    else return undefined;
  }
  return value as Json | undefined;
}

/** Whether a value counts in a mapped field: undefined, null and empty text do not. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
