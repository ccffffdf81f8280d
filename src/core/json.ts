/** Any value that JSON can carry. */
export type Json = string | number | boolean | null | Json[] | JsonObject;

/** A JSON object. Its keys come from outside and may be any text, including `__proto__`. */
export interface JsonObject {
  [key: string]: Json;
}

/** Whether a parsed JSON value is an object, and not a list, a scalar or null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses JSON text, or returns undefined if it is not JSON. */
export function tryParseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Reads an own property. Members of `Object.prototype` are not data. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * Writes a property whose key comes from outside. A plain assignment to `__proto__` would replace the prototype instead
 * of storing the value.
 */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/**
 * Reads a path (`['externalId', '0', 'id']`) through own properties and list elements. Anything else on the way ends
 * the look-up.
 * @param start the number of keys already followed
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
