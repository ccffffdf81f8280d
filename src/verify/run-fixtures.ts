import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import _ from 'lodash';

import { Transformer } from '../core/transform.ts';
import { foldersIn, loadRegistry } from '../loader/load.ts';
import { differences, type Expectation, type Fixture, loadFixtures, runFixture } from './fixture.ts';

interface RunOptions {
  /** The folder that holds `fixtures`. */
  folder: string;
  /** The destinations whose fixtures run; defaults to all. */
  names: readonly string[];
  /** Whether to rewrite the expectations. */
  update: boolean;
}

/**
 * Runs fixtures and prints their differences, path by path.
 * @returns the exit status: 1 if something differs and is not rewritten, or nothing was run
 */
export async function runFixtures({ folder, names, update }: RunOptions): Promise<number> {
  const registry = await loadRegistry(foldersIn(process.env.DESTINATIONS_PATH ?? ''));
  const fixtures = (await loadFixtures(path.join(folder, 'fixtures'))).filter(
    ({ destination }) => names.length === 0 || names.includes(destination),
  );
  const transformer = new Transformer({
    registry,
    onMapperError: (error, destination) => {
      console.error(destination, error);
    },
  });

  let stale = 0;
  for (const fixture of fixtures) {
    const actual = await runFixture(transformer, fixture);
    const lines = differences(fixture.expected, actual);
    if (lines.length === 0) continue;
    stale += 1;
    console.log([`${fixture.destination}/${fixture.name}`, ...lines.map((line) => `  ${line}`)].join('\n'));
    if (update) await rewrite(fixture, actual);
  }
  console.log(`${String(fixtures.length)} fixtures, ${String(stale)} ${update ? 'rewritten' : 'stale'}`);
  return fixtures.length === 0 || (stale > 0 && !update) ? 1 : 0;
}

async function rewrite({ file, source }: Fixture, { dialogue, ...expect }: Expectation): Promise<void> {
  const content = { ..._.omit(source, ['dialogue', 'expect']), ...(dialogue && { dialogue }), expect };
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
}
