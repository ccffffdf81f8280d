import path from 'node:path';
import { loadFixtures } from '../../src/cli/fixture.ts';
import { loadRegistry } from '../../src/loader/load.ts';

/** The folder that holds package.json. */
export const projectFolder = path.resolve(import.meta.dirname, '../..');

/** The destinations that come with the service, and every fixture. */
export const registry = await loadRegistry();
export const fixtures = await loadFixtures(path.join(projectFolder, 'fixtures'));
