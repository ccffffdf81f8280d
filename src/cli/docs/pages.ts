import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { isRejecting } from '../../core/definition.ts';
import type { Registry } from '../../core/registry.ts';
import { Transformer } from '../../core/transform.ts';
import type { Fixture } from '../../verify/fixture.ts';
import { renderAlerts, renderPrometheusRule } from './alerts.ts';
import { renderCatalog } from './catalog.ts';
import { renderCodes } from './codes.ts';
import { renderConfigs } from './configs.ts';
import { renderConfiguration } from './configuration.ts';
import { renderDestination } from './destination.ts';
import { renderEnough } from './enough.ts';
import { renderEvents } from './events.ts';

/** The notes on setting up destinations, by destination: the contents of the `notes.md` files. */
export async function loadNotes(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => path.basename(file) === 'notes.md');
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return new Map(files.map((file, index) => [path.dirname(file), texts[index] as string]));
}

/**
 * All generated pages, by their paths in the docs folder.
 * @param notes the notes on setting up destinations, by destination
 * @param rules the text of the alert rules
 * @throws {Error} naming a destination that has no fixture `full`
 */
export async function renderPages(
  registry: Registry,
  fixtures: readonly Fixture[],
  notes: ReadonlyMap<string, string>,
  rules: string,
): Promise<Map<string, string>> {
  const transformer = new Transformer({ registry });
  const pages = new Map([
    ['events.md', renderEvents(renderEnough(registry))],
    ['codes.md', renderCodes()],
    ['alerts.md', renderAlerts(rules)],
    ['../deploy/prometheus/prometheusrule.yaml', renderPrometheusRule(rules)],
    ['../src/configs.ts', await renderConfigs(registry.destinations)],
    ['configuration.md', renderConfiguration()],
    ['destinations/README.md', renderCatalog(registry.destinations)],
  ]);
  for (const destination of registry.destinations) {
    if (isRejecting(destination)) continue;
    const full = fixtures.find(({ name, destination: owner }) => name === 'full' && owner === destination.name);
    if (full === undefined) throw new Error(`${destination.name} has no fixture "full"`);
    const page = await renderDestination(destination, full, notes.get(destination.name) ?? '', transformer);
    pages.set(`destinations/${destination.name}.md`, page);
  }
  return pages;
}
