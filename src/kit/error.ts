/**
 * A mistake in a definition, for its author to fix. The message has the destination and the place in it, such as
 * `requests[1].body.json.name`.
 */
export class DefinitionError extends Error {
  readonly #place: string;
  readonly #problem: string;

  constructor(place: string, problem: string) {
    super(`${place}: ${problem}`);
    this.name = 'DefinitionError';
    this.#place = place;
    this.#problem = problem;
  }

  /** Runs a function for a destination, and adds its name to mistakes. */
  static within<T>(destination: string, task: () => T): T {
    try {
      return task();
    } catch (error) {
      if (error instanceof DefinitionError) {
        throw new DefinitionError(`${destination}: ${error.#place}`, error.#problem);
      }
      throw error;
    }
  }
}
