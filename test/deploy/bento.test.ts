import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { transform } from '../support/api.ts';
import { projectFolder, senders } from '../support/project.ts';

/*
 * What test/system/engines/ doesn't show, which runs the pipeline.
 */

const read = (name: string) => readFile(path.join(projectFolder, 'deploy/bento', name), 'utf8');
const source = await read('pipeline.yaml');

it.each(['pipeline.yaml', 'deliver.yaml'])('%s explains the variables that it has', async (name) => {
  const text = await read(name);
  const used = [...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
  const explained = [...text.matchAll(/^# {3}([A-Z_]+) /gm)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(explained));
});

it('has one list of destinations that the service accepts', async () => {
  const text = await read('destinations.json');
  const results = await transform({
    events: [{ type: 'group', groupId: 'acme-42' }],
    destinations: JSON.parse(text) as object[],
  });
  expect(results.map(({ outcome }) => outcome)).toEqual(['send', 'drop']);
});

/** What the pipeline asks first, to hear whether the destinations are right. */
const question = /\n(\{.*group.*\})"$/m.exec(source.replaceAll('\\"', '"').replaceAll('\\n', '\n'))?.[1] ?? '';

it.each(senders)('asks $name whether it is right without a call to the vendor', async (destination) => {
  const { event } = JSON.parse(question) as { event: object };
  expect(event).toEqual({ type: 'group' });
  const [result] = await transform({ event, destination });
  expect(result?.outcome).toMatch(/send|drop|fail/);
  const codes = /let codes = (.*)/.exec(source)?.[1] ?? '';
  expect(JSON.parse(codes)).not.toContain(result && 'code' in result ? result.code : undefined);
});
