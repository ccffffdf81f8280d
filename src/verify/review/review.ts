import { isRejecting, type Destination } from '../../core/definition.ts';
import type { Registry } from '../../core/registry.ts';
import type { Fixture } from '../fixture.ts';
import { reviewDefinition } from './definition.ts';
import { reviewFixture } from './fixture.ts';
import { reviewLineage } from './lineage.ts';

/**
 * What a reviewer would say of a destination, beyond what compiler and linters say; nothing if all is well.
 * @param fixtures of all destinations
 */
export function review(registry: Registry, destination: Destination, fixtures: readonly Fixture[]): string[] {
  const own = fixtures.filter((fixture) => fixture.destination === destination.name);
  return [
    ...reviewDefinition(destination, own),
    ...own.flatMap((fixture) => reviewFixture(registry, fixture)),
    ...(isRejecting(destination) ? [] : attempt(() => reviewLineage(registry, destination, own))),
  ];
}

/** Lineage is held against events that are changed in all ways, on which code may fail that no fixture shows. */
function attempt(run: () => string[]): string[] {
  try {
    return run();
  } catch (error) {
    return [`fails on a changed event: ${String(error)}`];
  }
}
