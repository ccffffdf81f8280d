import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadFixtures } from '../fixture.ts';
import { withCheckout } from './checkout.ts';
import { compare, type Side } from './compare.ts';
import { renderHtml } from './html.ts';
import { isDifferent, renderText, type Report } from './report.ts';
import { HttpService, withService } from './service.ts';

interface ReportOptions {
  /** A revision, as git names it, or the URL of a service that runs. */
  against: string;
  /** The project, which is built. */
  folder: string;
  /** The destinations to compare; all, if there are none. */
  names: readonly string[];
  /** A file to which the report is written as a page, too. */
  html: string | undefined;
  /** Ends it early; what was made for it is removed. */
  signal: AbortSignal;
}

/**
 * Runs all fixtures by the code of another revision and by that of the working tree, and prints what differs.
 *
 * It is the same input on both sides, whichever of them has the fixture: so an outcome that differs is always due to
 * the code, and never to an edit of the fixture. What the fixtures expect is not looked at.
 * @returns the exit status: 1 where something would be sent differently or is breaking; what is merely new is no reason
 * @throws {Error} when the other revision is unknown or does not build, or a service does not start
 */
export async function reportAgainst({ against, folder, names, html, signal }: ReportOptions): Promise<number> {
  const fixtures = await fixturesOf(folder);
  const report = await withOther(against, folder, signal, (title, other) =>
    withService(folder, signal, async (service) => {
      const destinations = await compare({ fixtures, ...other }, { fixtures, service }, names);
      return { against: title, destinations };
    }),
  );
  if (html !== undefined) await writeFile(html, renderHtml(report));
  console.log(renderText(report));
  return isDifferent(report) ? 1 : 0;
}

/** What a report is against: its title, and what is known of it. A service has no fixtures of its own. */
type UseOther = (title: string, other: Pick<Side, 'service'> & Partial<Side>) => Promise<Report>;

async function withOther(against: string, folder: string, signal: AbortSignal, use: UseOther): Promise<Report> {
  if (/^https?:\/\//.test(against)) return use(against, { service: new HttpService(against) });
  return withCheckout(against, folder, signal, async ({ folder: built, commit }) => {
    const fixtures = await fixturesOf(built);
    return withService(built, signal, (service) => use(`${against} (${commit})`, { fixtures, service }));
  });
}

const fixturesOf = (folder: string) => loadFixtures(path.join(folder, 'fixtures'));
