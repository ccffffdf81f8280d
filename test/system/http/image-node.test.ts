import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { projectFolder, senders } from '../../support/project.ts';
import { killAll, ready, start } from '../../support/service.ts';

/*
 * The built service on the Node.js of the image, which answers what it answers on this one.
 *
 * @requires node_modules/.cache/image-node/node_modules/node/bin/node
 */

const node = path.join(projectFolder, 'node_modules/.cache/image-node/node_modules/node/bin/node');

afterEach(killAll);

async function answerOn(url: string): Promise<unknown> {
  const response = await fetch(`${url}/transform`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      event: {
        type: 'group',
        groupId: 'acme-42',
        userId: 'user-7',
        messageId: 'message-1',
        timestamp: '2026-01-02T03:04:05.678Z',
        traits: { name: 'Acme', plan: 'pro', employees: 328, createdAt: '2020-02-03T00:00:00Z', phone: '+4930901820' },
      },
      destinations: senders.map(({ id, name, config, delivery }) => ({ id, name, config, delivery })),
    }),
  });
  expect(response.status).toBe(200);
  return response.json();
}

it('answers the same', async () => {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  expect(readFileSync(path.join(projectFolder, 'Dockerfile'), 'utf8')).toContain(`FROM node:${version.slice(1)}-`);
  const [here, there] = [start({}), start({}, { node })];
  expect(await answerOn(await ready(there))).toEqual(await answerOn(await ready(here)));
  there.child.kill('SIGTERM');
  expect(await there.exit).toBe(0);
});
