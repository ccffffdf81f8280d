import path from 'node:path';

import { foldersIn, loadRegistry } from '../loader/load.ts';
import { loadFixtures } from '../verify/fixture.ts';
import { review } from '../verify/review/review.ts';
import { find } from './destinations.ts';

/** Runs the review of destinations and prints its findings. Ends with status 1 if there are any. */
export async function check(names: readonly string[]): Promise<void> {
  const registry = await loadRegistry(foldersIn(process.env.DESTINATIONS_PATH ?? ''));
  const fixtures = await loadFixtures(path.resolve('fixtures'));
  const destinations = names.length === 0 ? registry.destinations : names.map((name) => find(registry, name));
  const findings: string[] = [];
  for (const destination of destinations) {
    const found = await review(registry, destination, fixtures);
    findings.push(...found.map((finding) => `${destination.name}: ${finding}`));
  }
  for (const finding of findings) console.log(finding);
  console.log(`${String(destinations.length)} destinations, ${String(findings.length)} findings`);
  if (findings.length > 0) process.exitCode = 1;
}
