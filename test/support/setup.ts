import { execFileSync } from 'node:child_process';
import path from 'node:path';

/**
 * Before all tests: builds the service and its page, for the tests that start them, and puts all of them into a zone in which a local
 * time taken for UTC shows, since it is half an hour off and the day before.
 */
export default function setup(): void {
  process.env.TZ = 'America/St_Johns';
  const cwd = path.resolve(import.meta.dirname, '../..');
  const env = { ...process.env, NODE_ENV: 'production' };
  for (const command of [
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    ['node_modules/vite/bin/vite.js', 'build', 'src/playground', '--logLevel', 'warn'],
  ]) {
    execFileSync(process.execPath, command, { cwd, env, stdio: 'inherit' });
  }
}
