import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadRegistry } from '../loader/load.ts';
import { loadNotes, renderPages } from './docs/pages.ts';
import { loadFixtures } from '../verify/fixture.ts';

/* Writes the pages that are generated: npm run docs */
const folder = path.resolve('docs');
const [registry, fixtures, notes, rules] = await Promise.all([
  loadRegistry(),
  loadFixtures(path.resolve('fixtures')),
  loadNotes(path.resolve('destinations')),
  readFile(path.resolve('deploy/prometheus/rules.yaml'), 'utf8'),
]);
const pages = await renderPages(registry, fixtures, notes, rules);
// A destination that is gone leaves no page behind.
await rm(path.join(folder, 'destinations'), { recursive: true, force: true });
await mkdir(path.join(folder, 'destinations'), { recursive: true });
for (const [name, text] of pages) await writeFile(path.join(folder, name), text);
console.log(`${String(pages.size)} pages`);
