import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

/* Before all tests: installs the Node.js of the image, for the test that requires it; where it cannot be, that is left out. */
const projectFolder = path.resolve(import.meta.dirname, '../..');
const folder = path.join(projectFolder, 'node_modules/.cache/image-node');
const [, version] = /^FROM node:([\d.]+)-/m.exec(readFileSync(path.join(projectFolder, 'Dockerfile'), 'utf8')) ?? [];
mkdirSync(folder, { recursive: true });
try {
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `node@${String(version)}`];
  execFileSync('npm', install, { cwd: folder, stdio: 'ignore', timeout: 300_000 });
} catch {
  rmSync(folder, { recursive: true });
}
