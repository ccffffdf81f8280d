/** Makes the JSON text of a list. */
export type ToText<T> = (elements: readonly T[]) => string;

/**
 * Makes the JSON text of a list, in which an element that the engine cannot make text has another one in its place: it
 * is too long, or nested too deep.
 * @param instead what stands for an element that has no text
 */
export function textOfEach<T>(elements: readonly T[], toText: ToText<T>, instead: (element: T) => T): string {
  try {
    return toText(elements);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const [first, ...others] = elements as [T, ...T[]];
    if (others.length === 0) return toText([instead(first)]);
    return `[${elements.map((element) => textOfEach([element], toText, instead).slice(1, -1)).join()}]`;
  }
}

/** Text that comes from outside, short enough to come back with every item of a call. */
export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
