import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import _ from 'lodash';
import { Transformer } from '../core/transform.ts';
import { foldersIn, loadRegistry } from '../loader/load.ts';
import { differences, loadFixtures, runFixture, type Expectation, type Fixture } from './fixture.ts';

/*
 * Runs the fixtures and prints what differs, path by path:
 *   npm run fixtures                      all of them
 *   npm run fixtures -- acme-crm          those of one destination
 *   npm run fixtures -- acme-crm --update re-writes what is expected
 */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { update: { type: 'boolean' } } });

const registry = await loadRegistry(foldersIn(process.env.DESTINATIONS_PATH ?? ''));
const fixtures = (await loadFixtures(path.resolve('fixtures'))).filter(
  ({ destination }) => positionals.length === 0 || positionals.includes(destination),
);
const transformer = new Transformer({
  registry,
  onMapperError: (error, destination) => {
    console.error(destination, error);
  },
});

let stale = 0;
for (const fixture of fixtures) {
  const actual = runFixture(transformer, fixture);
  const lines = differences(fixture.expected, actual);
  if (lines.length === 0) continue;
  stale += 1;
  console.log([`${fixture.destination}/${fixture.name}`, ...lines.map((line) => `  ${line}`)].join('\n'));
  if (values.update === true) await rewrite(fixture, actual);
}

const done = values.update === true ? 're-written' : 'stale';
console.log(`${String(fixtures.length)} fixtures, ${String(stale)} ${done}`);
if (fixtures.length === 0 || (stale > 0 && values.update !== true)) process.exitCode = 1;

async function rewrite({ file, source }: Fixture, { dialogue, ...expect }: Expectation): Promise<void> {
  const content = { ..._.omit(source, ['dialogue', 'expect']), ...(dialogue && { dialogue }), expect };
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`);
}
