import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

export const projectFolder = path.resolve(import.meta.dirname, '../..');

/** A server in a process of its own, on loopback. */
export interface Server {
  /** Without a path. */
  url: string;
  stop: () => void;
}

interface ServiceOptions {
  /** The built project; this one, if absent. */
  folder?: string;
  /** Further variables. */
  environment?: Record<string, string>;
}

/** The service as it is built. */
export const startService = ({ folder = projectFolder, environment = {} }: ServiceOptions = {}) =>
  start(['dist/src/http/server.js'], /localhost:(\d+)/, { folder, environment });

/** The floor (see floor.ts). @param answers the JSON texts that it answers with, by the path of the request */
export const startFloor = (answers: Readonly<Record<string, string>>) =>
  start(['--import', 'tsx', 'test/bench/floor.ts'], /^(\d+)/, { input: JSON.stringify(answers) });

async function start(
  args: string[],
  pattern: RegExp,
  { folder = projectFolder, environment = {}, input = '' }: ServiceOptions & { input?: string },
): Promise<Server> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, PORT: '0', NODE_ENV: 'production', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(input);
  const port = await firstMatch(child, pattern);
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  let output = '';
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk);
    const [, match] = pattern.exec(output) ?? [];
    if (match !== undefined) return match;
  }
  throw new Error(`a server did not start: ${output}`);
}
