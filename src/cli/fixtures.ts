import { parseArgs } from 'node:util';
import { reportAgainst } from '../verify/report/against.ts';
import { runFixtures } from '../verify/run-fixtures.ts';

/*
 * Runs the fixtures:
 *   npm run fixtures                       all of them, printing what differs from what they expect
 *   npm run fixtures -- acme-crm           those of one destination
 *   npm run fixtures -- acme-crm --update  re-writes what is expected
 *   npm run fixtures -- --against main --html report.html
 *                                          by the code of main and by this one, printing what differs between them
 * The exit status is 0 where nothing differs, 1 where something does, and 2 where that cannot be told.
 */
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interruption.abort();
  });
}

async function main(): Promise<number> {
  const { values, positionals: names } = parseArgs({
    allowPositionals: true,
    options: { update: { type: 'boolean', default: false }, against: { type: 'string' }, html: { type: 'string' } },
  });
  const { update, against, html } = values;
  const folder = process.cwd();
  if (against === undefined) {
    if (html !== undefined) throw new Error('--html goes with --against');
    return runFixtures({ folder, names, update });
  }
  if (update) throw new Error('--update and --against do not go together');
  return reportAgainst({ against, folder, names, html, signal: interruption.signal });
}

process.exitCode = await main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : error;
  console.error(interruption.signal.aborted ? 'interrupted' : message);
  return 2;
});
