import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { runNode } from '../../support/command.ts';
import { projectFolder } from '../../support/project.ts';

it('loads folders of further destinations', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  try {
    await mkdir(path.join(folder, 'acme'));
    await writeFile(
      path.join(folder, 'acme/index.mjs'),
      `import { rejects } from 'group-transformer/kit';
       export default rejects({ name: 'acme', title: 'Acme', docs: 'https://acme.example', reason: 'takes none' });`,
    );
    const library = pathToFileURL(path.join(projectFolder, 'dist/src/index.js')).href;
    const script = `
      import { createTransformer } from ${JSON.stringify(library)};
      const transformer = await createTransformer({ folders: [${JSON.stringify(folder)}] });
      console.log(transformer.transform([{ type: 'group' }], [{ name: 'acme' }])[0].message);`;
    expect(await runNode(['--input-type=module', '--eval', script])).toEqual({
      status: 0,
      stdout: 'takes none\n',
      stderr: '',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
