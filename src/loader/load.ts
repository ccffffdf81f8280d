import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { register } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import _ from 'lodash';

import type { Destination } from '../core/definition.ts';
import { nearest } from '../core/nearest.ts';
import { Registry, type RegistryEntry } from '../core/registry.ts';

/** The folder of the built-in destinations. */
export const builtInFolder = path.resolve(import.meta.dirname, '../../destinations');

/** The folders in `DESTINATIONS_PATH`, which is written like `PATH`. */
export function foldersIn(list: string): string[] {
  return list.split(path.delimiter).filter((folder) => folder !== '');
}

/**
 * The module names that a destination's folder may have. TypeScript works if the service itself runs from its sources.
 */
const MODULE_NAMES = ['index.js', 'index.mjs', 'index.ts'];

/**
 * Loads the destinations of folders, one in each subfolder.
 * @param folders more folders besides the built-in one; their modules import the running kit as `group-transformer/kit`
 * @param only the names of the destinations to load; defaults to all
 * @throws {Error} with the file, if a folder cannot be read or a definition is invalid or clashes with another; or with
 *   the name in `only` that no destination has
 */
export async function loadRegistry(folders: readonly string[] = [], only?: readonly string[]): Promise<Registry> {
  if (folders.length > 0) {
    const kit = new URL('../kit/index.js', import.meta.url).href;
    register('./kit-resolution.js', import.meta.url, { data: { kit } });
  }
  const files = (await Promise.all([builtInFolder, ...folders].map(modulesIn))).flat();
  if (only === undefined) return new Registry(await loadModules(files));
  const wanted = new Set(only);
  const [named, others] = _.partition(files, (file) => wanted.has(nameOf(file)));
  const entries = await loadModules(named);
  // A name without a folder may still be in a list of definitions.
  if (named.length < wanted.size) entries.push(...(await loadModules(others)).filter(isIn(wanted)));
  const found = new Registry(entries);
  const missing = only.find((name) => found.get(name)?.name !== name);
  if (missing === undefined) return found;
  const { destinations } = await loadRegistry(folders);
  throw new Error(unknownName(missing, _.map(destinations, 'name')));
}

/** Says that no destination has a name, and which one may be meant. */
export function unknownName(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return `no destination is named "${name}"; ${near === undefined ? '"group-transformer destinations" lists all' : `did you mean "${near}"?`}`;
}

const isIn =
  (wanted: ReadonlySet<string>) =>
  ({ definition }: RegistryEntry): boolean =>
    wanted.has((definition as Partial<Destination> | undefined)?.name ?? '');

async function loadModules(files: readonly string[]): Promise<RegistryEntry[]> {
  const entries: RegistryEntry[] = [];
  for (const file of files) entries.push(...(await loadModule(file)));
  return entries;
}

/** The name that the definition in a module has, where it is not a list. */
const nameOf = (file: string): string => path.basename(path.dirname(file));

async function modulesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new Error(`${folder}: the folder of destinations cannot be read`, { cause: error });
  });
  return names
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map(({ name }) => moduleOf(path.resolve(folder, name)))
    .sort();
}

function moduleOf(folder: string): string {
  const file = MODULE_NAMES.map((name) => path.join(folder, name)).find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error(`${folder}: there is no ${MODULE_NAMES.slice(0, 2).join(' or ')}`);
  return file;
}

/** Loads a module: a definition in a folder of its name, or a list of definitions. */
async function loadModule(file: string): Promise<RegistryEntry[]> {
  const loaded = (await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw new Error(`${file}: cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  })) as { default?: Partial<Destination> | Destination[] };
  if (Array.isArray(loaded.default)) return loaded.default.map((definition) => ({ file, definition }));

  const name = loaded.default?.name;
  const folder = nameOf(file);
  if (name !== undefined && name !== folder) throw new Error(`${file}: the folder must be named "${name}"`);
  return [{ file, definition: loaded.default }];
}
