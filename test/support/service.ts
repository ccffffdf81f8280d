import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { projectFolder } from './project.ts';

/** The service as an operator runs it: built, in a process of its own. */
export interface Service {
  child: ChildProcess;
  /** All that it has said so far. */
  output: () => string;
  exit: Promise<number | null>;
}

/** Ends what it is imported by when the tests are gone. */
export const leash = path.join(projectFolder, 'test/support/leash.js');

let running: ChildProcess[] = [];

/**
 * @param environment the variables of the service; it listens on any free port if they say none
 * @param options what runs it, and a file descriptor for its standard output where that is not to be read
 */
export function start(
  environment: Record<string, string>,
  { node = process.execPath, stdout }: { node?: string; stdout?: number } = {},
): Service {
  const child = spawn(node, ['--import', leash, path.join(projectFolder, 'dist/src/http/server.js')], {
    env: { PATH: process.env.PATH ?? '', PORT: '0', DRAIN_DELAY: '0', ...environment },
    stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, output: () => output, exit };
}

/** Waits until the service has said something. */
export async function told({ output, exit }: Service, text: string): Promise<void> {
  const stopped = exit.then((code) => `stopped with ${String(code)}`);
  while (!output().includes(text)) {
    const state = await Promise.race([stopped, setTimeout(20, 'running')]);
    if (state !== 'running') throw new Error(`${state}: ${output()}`);
  }
}

/** Waits until the service says where it is. */
export async function ready(service: Service): Promise<string> {
  await told(service, 'listening on http');
  return /listening on (http:\/\/localhost:\d+)/.exec(service.output())?.[1] ?? '';
}

/** Ends what is still running, for after a test. */
export function killAll(): void {
  running.forEach((child) => child.kill('SIGKILL'));
  running = [];
}
