import { type Destination, isRejecting } from '../../core/definition.ts';
import type { Registry } from '../../core/registry.ts';
import type { Fixture } from '../fixture.ts';
import { reviewDefinition } from './definition.ts';
import { reviewFixture } from './fixture.ts';
import { reviewLineage } from './lineage.ts';

/**
 * The review of a destination, beyond compiler and linters; empty if there are no findings.
 * @param fixtures of all destinations
 */
export async function review(
  registry: Registry,
  destination: Destination,
  fixtures: readonly Fixture[],
): Promise<string[]> {
  const own = fixtures.filter((fixture) => fixture.destination === destination.name);
  return [
    ...reviewDefinition(destination, own),
    ...(await Promise.all(own.map((fixture) => reviewFixture(registry, fixture)))).flat(),
    ...(isRejecting(destination) ? [] : await reviewLineage(registry, destination, own).catch(toFinding)),
  ];
}

/** Lineage is tested with events that are changed in many ways, on which code may fail that no fixture covers. */
const toFinding = (error: unknown): string[] => [`fails on a changed event: ${String(error)}`];
