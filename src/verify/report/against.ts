import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { loadFixtures } from '../fixture.ts';
import { compare } from './compare.ts';
import { renderHtml } from './html.ts';
import { withOther } from './other.ts';
import { isDifferent, renderText, type Report } from './report.ts';
import { withService } from './service.ts';

interface ReportOptions {
  /** A git revision, or the URL of a running service. */
  against: string;
  /** The project, already built. */
  folder: string;
  /** The destinations to compare; defaults to all. */
  names: readonly string[];
  /** A file for the report as a page. */
  html: string | undefined;
  /** Ends the comparison early, and cleans up. */
  signal: AbortSignal;
}

/**
 * Runs all fixtures with the code of another revision and with the working tree, and prints the differences.
 * Both sides get the same input, whichever has the fixture. So every difference comes from the code, and never from an
 * edited fixture. Expectations are ignored.
 * @returns the exit status: 1 if a request differs or something breaks; additions alone are 0
 * @throws {Error} if the other revision is unknown or does not build, or a service does not start
 */
export async function reportAgainst({ against, folder, names, html, signal }: ReportOptions): Promise<number> {
  const fixtures = await fixturesOf(folder);
  const report = await withOther({ against, folder, signal }, ({ title, service: other, built }) =>
    withService(folder, { signal }, async (service): Promise<Report> => {
      const before = { fixtures: built === undefined ? fixtures : await fixturesOf(built), service: other };
      return { against: title, destinations: await compare(before, { fixtures, service }, names) };
    }),
  );
  if (html !== undefined) await writeFile(html, renderHtml(report));
  console.log(renderText(report));
  return isDifferent(report) ? 1 : 0;
}

const fixturesOf = (folder: string) => loadFixtures(path.join(folder, 'fixtures'));
