import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/* After a build: removes what was built of destinations that are gone, since all that is there is served. */
const built = path.resolve('dist/destinations');
for (const name of await readdir(built)) {
  if (!existsSync(path.resolve('destinations', name))) await rm(path.join(built, name), { recursive: true });
}
