import { existsSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/* What the compiler leaves to be done. */

// All destinations that are there are served, so what was built of those that are gone must not stay.
const built = path.resolve('dist/destinations');
for (const name of await readdir(built)) {
  if (!existsSync(path.resolve('destinations', name))) await rm(path.join(built, name), { recursive: true });
}

// The package of what renders the docs has an install script that reports to its makers, so nobody gets more than these.
for (const name of [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-bundle.js.LICENSE.txt',
  'LICENSE',
  'NOTICE',
]) {
  await cp(path.resolve('node_modules/swagger-ui-dist', name), path.resolve('dist/swagger-ui', name));
}
