import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { readRelease } from '../../src/http/release.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  await mkdir(path.join(folder, 'acme'));
  await writeFile(path.join(folder, 'acme/index.js'), 'export default 1;');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the release', () => {
  it('is the version and a digest of the code, and stays the same', async () => {
    const release = await readRelease('1.2.3', [folder]);
    expect(release).toMatch(/^1\.2\.3\+[0-9a-f]{12}$/);
    expect(await readRelease('1.2.3', [folder])).toBe(release);
  });

  it.each([
    ['a changed module', 'acme/index.js', 'export default 2;'],
    ['another module', 'acme/more.mjs', ''],
  ])('is another one with %s', async (_name, file, text) => {
    const before = await readRelease('1.2.3', [folder]);
    await writeFile(path.join(folder, file), text);
    expect(await readRelease('1.2.3', [folder])).not.toBe(before);
  });

  it('does not depend on files that are not code', async () => {
    const before = await readRelease('1.2.3', [folder]);
    await writeFile(path.join(folder, 'acme/notes.md'), 'Notes');
    await writeFile(path.join(folder, 'acme/index.d.ts'), '');
    expect(await readRelease('1.2.3', [folder])).toBe(before);
  });
});
