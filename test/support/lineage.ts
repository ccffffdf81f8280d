import type { LineageRow } from '../../src/contract/lineage.ts';
import { bindConfig, lineageOf as lineageOfBound } from '../../src/core/bind.ts';
import { isRejecting } from '../../src/core/definition.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { registry } from './project.ts';

/** The lineage of a fixture's destination with its config; none where there are no requests, or the config isn't valid. */
export function lineageOf({ destination: name, config, delivery }: Fixture): readonly LineageRow[] {
  const destination = registry.get(name);
  if (destination === undefined || isRejecting(destination)) return [];
  const bound = bindConfig(destination, config, delivery);
  return 'outcome' in bound ? [] : lineageOfBound(bound);
}
