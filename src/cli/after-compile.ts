import { existsSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/* Finishes what the compiler leaves undone. */

// Every built destination is served, so the output of a deleted destination must go.
const built = path.resolve('dist/destinations');
for (const name of await readdir(built)) {
  if (!existsSync(path.resolve('destinations', name))) await rm(path.join(built, name), { recursive: true });
}

// The package that renders the docs has an install script that reports to its makers. Copying only these files keeps it
// away from users.
for (const name of [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-bundle.js.LICENSE.txt',
  'LICENSE',
  'NOTICE',
]) {
  await cp(path.resolve('node_modules/swagger-ui-dist', name), path.resolve('dist/swagger-ui', name));
}
