import { parseArgs } from 'node:util';

import { reportAgainst } from '../verify/report/against.ts';
import { runFixtures } from '../verify/run-fixtures.ts';
import { interruption } from './interruption.ts';

/*
 * Runs the fixtures:
 *   npm run fixtures                       runs all of them and prints the differences
 *   npm run fixtures -- acme-crm           runs those of one destination
 *   npm run fixtures -- acme-crm --update  rewrites the expectations
 *   npm run fixtures -- --against main --html report.html
 *                                          runs them with the code of main too, and compares
 *
 * The exit status is 0 if nothing differs, 1 if something differs, and 2 if that cannot be told.
 */
const signal = interruption();

async function main(): Promise<number> {
  const { values, positionals: names } = parseArgs({
    allowPositionals: true,
    options: { update: { type: 'boolean', default: false }, against: { type: 'string' }, html: { type: 'string' } },
  });
  const { update, against, html } = values;
  const folder = process.cwd();
  if (against === undefined) {
    if (html !== undefined) throw new Error('--html requires --against');
    return runFixtures({ folder, names, update });
  }
  if (update) throw new Error('use either --update or --against, not both');
  return reportAgainst({ against, folder, names, html, signal });
}

process.exitCode = await main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : error;
  console.error(signal.aborted ? 'interrupted' : message);
  return 2;
});
