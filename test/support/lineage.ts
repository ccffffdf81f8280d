import _ from 'lodash';

import type { RequestOutline } from '../../src/contract/descriptions.ts';
import type { LineageRow } from '../../src/contract/lineage.ts';
import { bindConfig, type Bound, lineageOf as lineageOfBound } from '../../src/core/bind.ts';
import { isRejecting } from '../../src/core/definition.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { registry } from './project.ts';

/** The lineage of a fixture's destination with its config; none where there are no requests, or the config isn't valid. */
export function lineageOf(fixture: Fixture): readonly LineageRow[] {
  const bound = boundOf(fixture);
  return bound === undefined ? [] : lineageOfBound(bound);
}

/** What the requests look like; none where there are none, or the config isn't valid. */
export const requestsOf = (fixture: Fixture): readonly RequestOutline[] => boundOf(fixture)?.compiled.requests ?? [];

/** Once for each fixture, since several tests ask. */
const boundOf = _.memoize(({ destination: name, config, delivery }: Fixture): Bound | undefined => {
  const destination = registry.get(name);
  if (destination === undefined || isRejecting(destination)) return undefined;
  const bound = bindConfig(destination, config, delivery);
  return 'outcome' in bound ? undefined : bound;
});
