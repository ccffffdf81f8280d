import path from 'node:path';
import { loadFixtures } from '../../src/cli/fixture.ts';
import { loadRegistry } from '../../src/loader/load.ts';

/** The folder that holds package.json. */
export const projectFolder = path.resolve(import.meta.dirname, '../..');

/** The destinations that come with the service, and every fixture. */
export const registry = await loadRegistry();
export const fixtures = await loadFixtures(path.join(projectFolder, 'fixtures'));

/** Freezes a value and all that is in it, so that whoever changes it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
