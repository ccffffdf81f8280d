/** The maximum number of remembered results, and the maximum length of their texts, in characters. */
const MAX_RESULTS = 500;
const MAX_LENGTH = 200;

/**
 * Remembers the results of a pure function of texts that come again, such as the names of traits, except for long ones.
 * Before a new name can be a key, the engine must hash it and look for an equal one, which takes longer than looking up
 * what was made of the same name before.
 */
export function remembered<T extends string | boolean | number>(make: (text: string) => T): (text: string) => T {
  const results = new Map<string, T>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (text.length > MAX_LENGTH) return made;
    if (results.size >= MAX_RESULTS) results.clear();
    results.set(text, made);
    return made;
  };
}
