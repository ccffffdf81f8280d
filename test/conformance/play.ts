import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/*
 * Plays the exchanges recorded between a pipeline and its transformer, where they are at hand, against the built service.
 * What is answered otherwise on purpose stands in waivers.json with its reason. Exit status 1 if anything else differs.
 */

const projectFolder = path.resolve(import.meta.dirname, '../..');
const folder = path.resolve(projectFolder, '../shared/conformance');
const waivers = path.join(import.meta.dirname, 'waivers.json');

interface Listed {
  name: string;
  aliases: string[];
}

function typesIn(name: string): string[] {
  return readdirSync(path.join(folder, name)).map((file) => path.basename(file, '.json'));
}

async function startService(): Promise<{ url: string; stop: () => void }> {
  const child = spawn(process.execPath, ['dist/src/http/server.js'], {
    cwd: projectFolder,
    env: { ...process.env, PORT: '0' },
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
    const response = await fetch(`${service.url}/destinations`);
    const { destinations } = (await response.json()) as { destinations: Listed[] };
    const known = new Set(
      destinations.flatMap(({ name, aliases }) => [
        name.replaceAll('-', '_'),
        ...aliases.map((alias) => alias.toLowerCase()),
      ]),
    );
    const runs: [string, string[]][] = [
      ['cases', []],
      ['cases', ['--compacted']],
      ['generated', ['--cases', path.join(folder, 'generated'), '--kinds']],
    ];
    return runs
      .map(([name, flags]) => {
        const types = typesIn(name);
        const missing = types.filter((type) => !known.has(type));
        if (missing.length > 0) console.log(`conformance: no destination yet for ${missing.join(', ')}`);
        const args = [path.join(folder, 'run.mjs'), service.url, '--waivers', waivers, ...flags];
        const { status } = spawnSync(process.execPath, [...args, ...types.filter((type) => known.has(type))], {
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
