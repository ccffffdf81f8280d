import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Before all tests of the system: builds the service and its page. */
export default function build(): void {
  const cwd = path.resolve(import.meta.dirname, '../..');
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync('npm', ['run', '--silent', 'build'], { cwd, env, stdio: 'inherit' });
}
