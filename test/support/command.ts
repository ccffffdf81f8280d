import { spawn } from 'node:child_process';
import path from 'node:path';

import { projectFolder } from './project.ts';

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a script of Node.js to its end. */
export async function runNode(
  args: readonly string[],
  {
    input = '',
    cwd = projectFolder,
    env = {},
  }: { input?: string | Buffer; cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env.PATH ?? '', TZ: 'UTC', ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  // A command that ends before it has read all closes its input.
  child.stdin.on('error', () => undefined).end(input);
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, ...output };
}

/** Runs the command line as it is built. */
export function runCommand(args: readonly string[], options?: Parameters<typeof runNode>[1]): Promise<Ended> {
  return runNode([path.join(projectFolder, 'dist/src/cli/main.js'), ...args], options);
}
