import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { renderEvents } from './docs/events.ts';

/* Writes the pages that are generated: npm run docs */
const folder = path.resolve('docs');
await mkdir(folder, { recursive: true });
await writeFile(path.join(folder, 'events.md'), renderEvents());
