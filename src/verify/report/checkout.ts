import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { run } from './process.ts';

/** A revision, built in its own folder. */
export interface Checkout {
  folder: string;
  /** The abbreviated commit id. */
  commit: string;
}

/**
 * Builds a revision beside the working tree while it is used. It is an archive instead of a `git worktree`, so that the
 * repository stays untouched and only a folder must be removed.
 * @param ref anything that git accepts as a commit
 * @param folder the project, in a git repository
 * @param signal ends the build
 * @throws {Error} if git knows no such commit, or it does not build
 */
export async function withCheckout<T>(
  ref: string,
  folder: string,
  signal: AbortSignal,
  use: (checkout: Checkout) => Promise<T>,
): Promise<T> {
  const commit = await findCommit(ref, folder, signal);
  const copy = await mkdtemp(path.join(tmpdir(), 'group-transformer-against-'));
  try {
    console.error(`building ${ref} (${commit})`);
    const archive = path.join(copy, 'revision.tar');
    await run('git', ['archive', `--output=${archive}`, commit], { cwd: folder, signal });
    await run('tar', ['-xf', archive], { cwd: copy, signal });
    if (await isInstalled(copy, folder))
      await symlink(path.join(folder, 'node_modules'), path.join(copy, 'node_modules'));
    else await run('npm', ['ci'], { cwd: copy, signal });
    await run('npm', ['run', 'build'], { cwd: copy, signal });
    return await use({ folder: copy, commit });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function findCommit(ref: string, cwd: string, signal: AbortSignal): Promise<string> {
  const args = ['rev-parse', '--short', '--verify', '--quiet', `${ref}^{commit}`];
  const written = await run('git', args, { cwd, signal }).catch((error: unknown) => {
    throw new Error(`git finds no commit "${ref}" in ${cwd}`, { cause: error });
  });
  return written.trim();
}

/** Whether a project's installed packages suffice for a copy of it, in the required versions. */
async function isInstalled(copy: string, folder: string): Promise<boolean> {
  const [needed, installed] = await Promise.all([copy, folder].map(readPackages));
  return Object.entries(needed ?? {}).every(
    ([place, needs]) => place === '' || installed?.[place]?.version === needs?.version,
  );
}

type Packages = Record<string, { version?: string } | undefined>;

async function readPackages(folder: string): Promise<Packages> {
  const text = await readFile(path.join(folder, 'package-lock.json'), 'utf8');
  return (JSON.parse(text) as { packages: Packages }).packages;
}
