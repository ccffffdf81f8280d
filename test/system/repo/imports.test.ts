import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { projectFolder } from '../../support/project.ts';

interface Report {
  summary: { violations: { rule: { name: string }; from: string }[]; totalCruised: number };
}

/** Runs the rules of .dependency-cruiser.js over a folder that is laid out like the project. */
function cruise(folder: string): Report['summary'] {
  const command = path.join(projectFolder, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout } = spawnSync(process.execPath, [command, '--output-type', 'json', 'src', 'destinations'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64e6,
  });
  return (JSON.parse(stdout) as Report).summary;
}

it('imports go one way', () => {
  const { violations, totalCruised } = cruise(projectFolder);
  expect(violations.map(({ rule, from }) => `${from}: ${rule.name}`)).toEqual([]);
  expect(totalCruised).toBeGreaterThan(30);
});

it('an import the wrong way is found', async () => {
  const copy = await mkdtemp(path.join(projectFolder, 'node_modules/.imports-'));
  try {
    for (const name of ['src', 'destinations', 'tsconfig.json', 'package.json', '.dependency-cruiser.js']) {
      await cp(path.join(projectFolder, name), path.join(copy, name), { recursive: true });
    }
    await writeFile(path.join(copy, 'src/core/wrong.ts'), "export * from '../kit/url.ts';\nexport * from 'node:fs';\n");
    await writeFile(path.join(copy, 'destinations/stormly/wrong.ts'), "export * from '../../../src/core/json.ts';\n");
    const found = cruise(copy).violations.map(({ rule, from }) => `${from}: ${rule.name}`);
    expect(found).toEqual(
      expect.arrayContaining([
        'src/core/wrong.ts: core-imports-no-other-part',
        'src/core/wrong.ts: core-and-kit-do-no-io',
        'destinations/stormly/wrong.ts: destinations-import-the-kit-only',
      ]),
    );
  } finally {
    await rm(copy, { recursive: true });
  }
});
