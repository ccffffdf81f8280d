import { review } from '../../../src/verify/review/review.ts';
import { fixtures, registry } from '../../support/project.ts';

/*
 * All that a reviewer looks for, most of which is what changes in the output when each value of each event is changed.
 */

it.each(registry.destinations.map((destination) => [destination.name, destination] as const))(
  'a reviewer has nothing to say of %s',
  async (_name, destination) => {
    expect(await review(registry, destination, fixtures)).toEqual([]);
  },
);
