/** The maximum number of remembered results, and the maximum length of their names, in characters. */
const MAX_RESULTS = 500;
const MAX_LENGTH = 200;

/**
 * Remembers the results of a pure function of names, except for long names. Events repeat the names of their traits.
 * Before a new text can be a key, the engine must hash it and look for an equal one, which takes longer than looking up
 * what was made of the same name before.
 */
export function remembered<T extends string | boolean>(make: (name: string) => T): (name: string) => T {
  const results = new Map<string, T>();
  return (name) => {
    const known = results.get(name);
    if (known !== undefined) return known;
    const made = make(name);
    if (name.length > MAX_LENGTH) return made;
    if (results.size >= MAX_RESULTS) results.clear();
    results.set(name, made);
    return made;
  };
}
