import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { projectFolder } from '../../support/project.ts';

it('the compiler refuses what mappers must not write, and lets through what they may', () => {
  const compiler = path.join(projectFolder, 'node_modules/typescript/bin/tsc');
  const project = path.join(projectFolder, 'test/types');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '--project', project], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
