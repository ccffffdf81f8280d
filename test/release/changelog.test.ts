import { toRelease } from './changelog.ts';

const date = new Date('2026-02-03T10:11:12Z');
const changelog = '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 (2026-01-02)\n\n- Old.\n';

describe('a release', () => {
  it('gets what is unreleased, and leaves an empty section', () => {
    expect(toRelease(changelog, '0.2.0', date)).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-02-03)\n\n- New.\n\n## 0.1.0 (2026-01-02)\n\n- Old.\n',
    );
  });

  it('requires a change', () => {
    const empty = changelog.replace('- New.\n', '');
    expect(() => toRelease(empty, '0.2.0', date)).toThrow('nothing under "Unreleased"');
    expect(() => toRelease('# Changelog\n', '0.2.0', date)).toThrow('nothing under "Unreleased"');
  });

  it('has a version that has no section yet', () => {
    expect(() => toRelease(changelog, '0.1.0', date)).toThrow('already has 0.1.0');
  });
});
