const UNRELEASED = '## Unreleased\n';

/**
 * The changelog once a version is released: what is unreleased moves to a section of its own.
 * @throws {Error} if nothing is unreleased, or the version already has a section
 */
export function toRelease(changelog: string, version: string, date: Date): string {
  const [before = '', after] = changelog.split(UNRELEASED);
  const changes = after?.split(/^## /m)[0]?.trim() ?? '';
  if (changes === '') throw new Error('CHANGELOG.md has nothing under "Unreleased"');
  if (after?.includes(`## ${version} `) === true) throw new Error(`CHANGELOG.md already has ${version}`);
  return `${before}${UNRELEASED}\n## ${version} (${date.toISOString().slice(0, 10)})\n${after ?? ''}`;
}
