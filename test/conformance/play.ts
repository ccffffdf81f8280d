import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/*
 * Plays the exchanges recorded between a pipeline and its transformer, where they are at hand, against the built service;
 * the player also answers for the vendors that must be asked first, as they were recorded to.
 * What is answered otherwise on purpose stands in waivers.json with its reason. Exit status 1 if anything else differs.
 */

const projectFolder = path.resolve(import.meta.dirname, '../..');
const folder = path.resolve(projectFolder, '../shared/conformance');
const waivers = path.join(import.meta.dirname, 'waivers.json');

/** Where the player listens for vendors. */
const VENDORS_PORT = '9555';

async function startService(): Promise<{ url: string; stop: () => void }> {
  const child = spawn(process.execPath, ['dist/src/http/server.js'], {
    cwd: projectFolder,
    env: {
      ...process.env,
      PORT: '0',
      VENDOR_CALLS: 'inline',
      VENDOR_GATEWAY_URL: `http://127.0.0.1:${VENDORS_PORT}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    const [, port] = /localhost:(\d+)/.exec(output) ?? [];
    if (port !== undefined) return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
  }
  throw new Error('the service did not start');
}

async function play(): Promise<boolean> {
  const service = await startService();
  try {
    const runs = [[], ['--compacted'], ['--cases', path.join(folder, 'generated'), '--kinds']];
    return runs
      .map((flags) => {
        const args = [
          path.join(folder, 'run.mjs'),
          service.url,
          '--vendors',
          VENDORS_PORT,
          '--waivers',
          waivers,
          ...flags,
        ];
        const { status } = spawnSync(process.execPath, args, {
          stdio: 'inherit',
        });
        return status === 0;
      })
      .every(Boolean);
  } finally {
    service.stop();
  }
}

if (existsSync(folder)) {
  process.exitCode = (await play()) ? 0 : 1;
} else {
  console.log('conformance: not played, since ../shared/conformance is not here');
}
