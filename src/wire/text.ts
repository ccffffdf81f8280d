/** Serializes a list. */
export type ToText<T> = (elements: readonly T[]) => string;

/**
 * Serializes a list. An element that the engine cannot serialize, because it is too long or too deep, is replaced.
 * @param instead the replacement for an element that has no text
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

/** Text from outside, short enough to return with every item of a call. */
export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
