/**
 * A mistake in a definition, which whoever writes it must correct. The message says where it is: the destination, and
 * the place in it, such as `requests[1].body.json.name`.
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

  /** Does something for a destination, whose name its mistakes are then told with. */
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
