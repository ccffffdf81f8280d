import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Identifies the running code, so that a dialogue that other code started is not resumed: the version, and a digest of
 * all modules in some folders.
 * @example '0.1.0+5f0c1d7a92be'
 */
export async function readRelease(version: string, folders: readonly string[]): Promise<string> {
  const digest = createHash('sha256');
  for (const folder of folders) {
    const files = await readdir(folder, { recursive: true });
    for (const file of files.filter((name) => /^(?!.*node_modules).*(?<!\.d)\.m?[jt]s$/.test(name)).sort()) {
      digest.update(`${file}\0`).update(await readFile(path.join(folder, file)));
    }
  }
  return `${version}+${digest.digest('hex').slice(0, 12)}`;
}
