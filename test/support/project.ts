import path from 'node:path';

import { isRejecting } from '../../src/core/definition.ts';
import type { Target } from '../../src/core/transform.ts';
import { loadRegistry } from '../../src/loader/load.ts';
import { loadFixtures } from '../../src/verify/fixture.ts';

/** The folder that holds package.json. */
export const projectFolder = path.resolve(import.meta.dirname, '../..');

/** The destinations that come with the service, and every fixture. */
export const registry = await loadRegistry();
export const fixtures = await loadFixtures(path.join(projectFolder, 'fixtures'));

/** Every destination that is sent requests, in every mode. */
export const senders = registry.destinations.flatMap((destination): Target[] =>
  isRejecting(destination)
    ? []
    : Object.entries(destination.examples).map(([mode, config]) => ({
        id: `${destination.name} ${mode}`,
        name: destination.name,
        config,
        delivery: destination.deliveryExample,
        enabled: true,
      })),
);
