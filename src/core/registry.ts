import _ from 'lodash';

import { DEFINITION, type Destination, hostsOf, isRejecting } from './definition.ts';
import { parseUrl } from './url.ts';

/** A definition and its file. */
export interface RegistryEntry {
  file: string;
  definition: unknown;
}

/** All destinations. Finds one by its name, title or alias, in any case. */
export class Registry {
  readonly #byName = new Map<string, { file: string; destination: Destination }>();
  readonly #destinations: Destination[] = [];

  /** @throws {Error} if an entry is not a definition, is incomplete, or uses a taken name */
  constructor(entries: readonly RegistryEntry[]) {
    for (const { file, definition } of entries) {
      const destination = validate(file, definition);
      for (const name of namesOf(destination)) {
        const taken = this.#byName.get(name);
        if (taken !== undefined) throw new Error(`${file}: the name "${name}" already belongs to ${taken.file}`);
        this.#byName.set(name, { file, destination });
      }
      this.#destinations.push(destination);
    }
    this.#destinations.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Every destination, by name. */
  get destinations(): readonly Destination[] {
    return this.#destinations;
  }

  /** The known hosts of all vendors. */
  get hosts(): readonly string[] {
    return _.uniq(this.#destinations.flatMap((destination) => (isRejecting(destination) ? [] : hostsOf(destination))));
  }

  /** The registry without the destinations of some names. */
  without(names: readonly string[]): Registry {
    if (names.length === 0) return this;
    const left = new Set(names.map((name) => this.get(name)));
    const entries = [...this.#byName.values()].filter(({ destination }) => !left.has(destination));
    return new Registry(
      _.uniqBy(entries, 'destination').map(({ file, destination }) => ({ file, definition: destination })),
    );
  }

  get(name: string): Destination | undefined {
    return this.#byName.get(name.trim().toLowerCase())?.destination;
  }
}

/** The lower-cased names of a destination. */
export const namesOf: (destination: Destination) => ReadonlySet<string> = _.memoize(
  ({ name, title, aliases }) => new Set([name, title, ...aliases].map((text) => text.toLowerCase())),
);

function validate(file: string, definition: unknown): Destination {
  if (typeof definition !== 'object' || definition === null || !(DEFINITION in definition)) {
    throw new Error(`${file}: the default export must come from defineDestination or rejects`);
  }
  const destination = definition as Destination;
  const require = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${file}: ${what}`);
  };
  require(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(destination.name), `name "${destination.name}" is not kebab-case`);
  require(destination.title.trim() !== '', 'title is empty');
  require(parseUrl(destination.docs) !== undefined, `docs "${destination.docs}" is not a URL`);
  if (isRejecting(destination)) {
    require(destination.reason.trim() !== '', 'reason is empty');
  } else {
    require(Object.keys(destination.examples).length > 0, 'examples has no config');
    require(!Array.isArray(destination.hosts) || destination.hosts.length > 0, 'hosts is empty');
  }
  return destination;
}
