/** The number of fields of an object that is worth making again. */
const FEWEST = 12;
const MOST = 200;

/** One of this many objects is made again. */
const EVERY = 64;

/**
 * Keeps large objects fast whose fields are assigned one by one. V8 makes such an object a hash table from about 16
 * fields on, which takes several times as long to fill, walk and write as text. It doesn't if it knows an object with
 * the same fields that was made at once. Events of one sender mostly have the same fields, so now and then one of
 * their objects is made at once.
 * @returns a function for the objects of one place in the code, which returns an equal object
 */
export function shaper(): <T extends object>(object: T) => T {
  let turn = 0;
  return <T extends object>(object: T) => {
    turn = (turn + 1) % EVERY;
    if (turn !== 1) return object;
    const entries = Object.entries(object);
    return entries.length >= FEWEST && entries.length <= MOST ? (Object.fromEntries(entries) as T) : object;
  };
}
