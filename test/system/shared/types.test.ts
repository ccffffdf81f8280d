import { readFileSync } from 'node:fs';
import path from 'node:path';

import { route } from '../../support/pipeline.ts';
import { projectFolder, registry } from '../../support/project.ts';

/*
 * Every type of RudderStack's own transformer is answered: it has a destination here, and where it takes no groups there,
 * the pipeline is told so.
 *
 * @requires ../shared/rudderstack-types.json
 */

const file = path.resolve(projectFolder, '../shared/rudderstack-types.json');
const { types, noGroups } = JSON.parse(readFileSync(file, 'utf8')) as { types: string[]; noGroups: string[] };

const group = (destinationType: string) => ({
  message: { type: 'group', groupId: 'acme-42' },
  metadata: { jobId: 1 },
  destination: { ID: 'd', Config: {}, DestinationDefinition: { Name: destinationType } },
});

it('there are as many as when this was written, or more', () => {
  expect(types.length).toBeGreaterThanOrEqual(195);
});

it.each(types)('%s has a destination', async (type) => {
  expect(registry.get(type)).toBeDefined();
  const [element] = await route(type.toLowerCase(), [group(type)]);
  expect(JSON.stringify(element)).not.toContain('no destination is named');
});

it.each(noGroups)('a pipeline is told that %s takes no groups', async (type) => {
  expect(await route(type.toLowerCase(), [group(type)])).toMatchObject([{ statusCode: 298 }]);
});
