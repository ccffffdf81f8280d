import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadRegistry } from '../loader/load.ts';
import { loadNotes, renderPages } from './docs/pages.ts';
import { loadFixtures } from '../verify/fixture.ts';

/* Writes the generated pages: npm run docs */
const folder = path.resolve('docs');
const [registry, fixtures, notes] = await Promise.all([
  loadRegistry(),
  loadFixtures(path.resolve('fixtures')),
  loadNotes(path.resolve('destinations')),
]);
const pages = await renderPages(registry, fixtures, notes);
// Remove the pages of deleted destinations.
await rm(path.join(folder, 'destinations'), { recursive: true, force: true });
await mkdir(path.join(folder, 'destinations'), { recursive: true });
for (const [name, text] of pages) await writeFile(path.join(folder, name), text);
console.log(`${String(pages.size)} pages`);
