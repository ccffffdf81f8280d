import { execFileSync } from 'node:child_process';
import path from 'node:path';

/**
 * Before all tests: builds the service, for the tests that start it, and puts all of them into a zone in which a local
 * time taken for UTC shows, since it is half an hour off and the day before.
 */
export default function setup(): void {
  process.env.TZ = 'America/St_Johns';
  const cwd = path.resolve(import.meta.dirname, '../..');
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd,
    stdio: 'inherit',
  });
}
