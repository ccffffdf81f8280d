import { isRejecting } from '../../core/definition.ts';
import type { Registry } from '../../core/registry.ts';
import { Transformer } from '../../core/transform.ts';
import type { Fixture } from '../../verify/fixture.ts';
import { renderCatalogue } from './catalogue.ts';
import { renderCodes } from './codes.ts';
import { renderConfiguration } from './configuration.ts';
import { renderDestination } from './destination.ts';
import { renderEvents } from './events.ts';

/**
 * All pages that are generated, by their paths within the folder of documents.
 * @throws {Error} naming a destination that has no fixture `full`
 */
export async function renderPages(registry: Registry, fixtures: readonly Fixture[]): Promise<Map<string, string>> {
  const transformer = new Transformer({ registry });
  const pages = new Map([
    ['events.md', renderEvents()],
    ['codes.md', renderCodes()],
    ['configuration.md', renderConfiguration()],
    ['destinations/README.md', renderCatalogue(registry.destinations)],
  ]);
  for (const destination of registry.destinations) {
    if (isRejecting(destination)) continue;
    const full = fixtures.find(({ name, destination: owner }) => name === 'full' && owner === destination.name);
    if (full === undefined) throw new Error(`${destination.name} has no fixture "full"`);
    pages.set(`destinations/${destination.name}.md`, await renderDestination(destination, full, transformer));
  }
  return pages;
}
