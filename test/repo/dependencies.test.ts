import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { projectFolder } from '../support/project.ts';

interface Locked {
  dev?: boolean;
  hasInstallScript?: boolean;
}

const read = async (name: string) => JSON.parse(await readFile(path.join(projectFolder, name), 'utf8')) as unknown;

it('nothing that users of the package install runs a script', async () => {
  const { packages } = (await read('package-lock.json')) as { packages: Record<string, Locked> };
  const installed = Object.entries(packages).filter(([, { dev }]) => dev !== true);
  expect(installed.length).toBeGreaterThan(50);
  expect(installed.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
});

it('the lock file is that of the manifest', async () => {
  const { packages } = (await read('package-lock.json')) as { packages: Record<string, object> };
  const { dependencies, devDependencies } = (await read('package.json')) as Record<string, object>;
  expect(packages['']).toMatchObject({ dependencies, devDependencies });
});
