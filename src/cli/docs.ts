import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { loadRegistry } from '../loader/load.ts';
import { loadFixtures } from '../verify/fixture.ts';
import { loadNotes, renderPages } from './docs/pages.ts';
import { listDestinations } from './docs/readme.ts';

/*
 * Writes what is generated in the documents:
 *   npm run docs             writes the pages, and the list of destinations in the README
 *   npm run docs -- --check  names those that are out of date, and ends with status 1 if there are any
 */
const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values;
const [registry, fixtures, notes, readme, rules] = await Promise.all([
  loadRegistry(),
  loadFixtures(path.resolve('fixtures')),
  loadNotes(path.resolve('destinations')),
  readFile('README.md', 'utf8'),
  readFile('deploy/prometheus/rules.yaml', 'utf8'),
]);
const pages = await renderPages(registry, fixtures, notes, rules);
const files = new Map([...pages].map(([name, text]) => [path.join('docs', name), text]));
files.set('README.md', listDestinations(readme, registry.destinations));

if (check) {
  const current = await Promise.all([...files.keys()].map((file) => readFile(file, 'utf8').catch(() => undefined)));
  const stale = [...files].filter(([, text], index) => text !== current[index]).map(([file]) => file);
  for (const file of stale) console.error(`${file} is out of date: run "npm run docs"`);
  if (stale.length > 0) process.exitCode = 1;
} else {
  // Remove the pages of deleted destinations.
  await rm('docs/destinations', { recursive: true, force: true });
  await mkdir('docs/destinations', { recursive: true });
  for (const [file, text] of files) await writeFile(file, text);
  console.log(`${String(files.size)} files`);
}
