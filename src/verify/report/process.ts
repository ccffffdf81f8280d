import { spawn, type SpawnOptions } from 'node:child_process';

/** A started process. */
export interface Launched {
  /** Its output so far, including errors. */
  output: () => string;
  /** Its exit status, once it and everything that holds its output has ended. Null if a signal ended it. */
  ended: Promise<number | null>;
  stop: () => void;
}

export function launch(command: string, args: readonly string[], options: SpawnOptions): Launched {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  // The end is also reported for a command that cannot start or was interrupted.
  child.on('error', ({ message }) => (output += message));
  return {
    output: () => output,
    ended: new Promise((resolve) => child.once('close', resolve)),
    stop: () => child.kill('SIGKILL'),
  };
}

/**
 * Runs a command to its end.
 * @returns its output
 * @throws {Error} with its output, if it fails
 */
export async function run(command: string, args: readonly string[], options: SpawnOptions): Promise<string> {
  const { output, ended } = launch(command, args, options);
  if ((await ended) === 0) return output();
  throw new Error(`${[command, ...args].join(' ')} failed:\n${output().trim()}`);
}
