/** The maximum number of remembered paths of one style, and the maximum length of each, in characters. */
const MAX_PATHS = 5_000;
const MAX_LENGTH = 200;

/** How the path of a nested value is written: `a.b[0]`, `a_b_0`, or `a[b][0]` as PHP and Rails forms read it. */
export type PathStyle = 'dots' | 'underscores' | 'brackets';

/** The path of a field or an element. Elements are keyed by their index. */
export interface NestedPath {
  readonly text: string;
  /** The remembered paths below it. */
  readonly below: Map<string | number, NestedPath>;
}

/** The paths of nested values in one style. It remembers those that are not long, as `remembered` does with names. */
export class NestedPaths {
  readonly #join: (path: string, key: string | number) => string;
  readonly #tops: NestedPath['below'] = new Map();
  #count = 0;

  constructor(join: (path: string, key: string | number) => string) {
    this.#join = join;
  }

  /** The path of a field that is not nested. */
  top(key: string): NestedPath {
    return this.#tops.get(key) ?? this.#add(this.#tops, key, key);
  }

  below({ text, below }: NestedPath, key: string | number): NestedPath {
    return below.get(key) ?? this.#add(below, key, this.#join(text, key));
  }

  #add(siblings: NestedPath['below'], key: string | number, text: string): NestedPath {
    const path: NestedPath = { text, below: new Map() };
    if (text.length > MAX_LENGTH) return path;
    if (this.#count >= MAX_PATHS) {
      this.#tops.clear();
      this.#count = 0;
    }
    this.#count += 1;
    siblings.set(key, path);
    return path;
  }
}

/** The paths of each style, for all destinations. */
export const nestedPaths: Readonly<Record<PathStyle, NestedPaths>> = {
  dots: new NestedPaths((path, key) => (typeof key === 'number' ? `${path}[${String(key)}]` : `${path}.${key}`)),
  underscores: new NestedPaths((path, key) => `${path}_${String(key)}`),
  brackets: new NestedPaths((path, key) => `${path}[${String(key)}]`),
};
