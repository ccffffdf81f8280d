import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';

import semver from 'semver';

import { toRelease } from './changelog.ts';

/*
 * Prepares a release: npm run release -- 0.2.0
 * Moves what is unreleased in the changelog to the version, sets the version of the package, and commits and tags both.
 */
const [version = ''] = process.argv.slice(2);
const { version: current } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
if (semver.valid(version) !== version || semver.lt(version, current))
  throw new Error(`give a version of ${current} or later, such as ${String(semver.inc(current, 'minor'))}`);

const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' });
if (run('git', 'status', '--porcelain') !== '') throw new Error('commit or stash your changes first');

await writeFile('CHANGELOG.md', toRelease(await readFile('CHANGELOG.md', 'utf8'), version, new Date()));
run('npm', 'version', '--no-git-tag-version', '--allow-same-version', version);
run('git', 'commit', '--quiet', '--all', '--message', `Release ${version}`);
run('git', 'tag', '--annotate', `v${version}`, '--message', `Release ${version}`);
console.log(`Created the commit and the tag v${version}. Push them with: git push --follow-tags`);
