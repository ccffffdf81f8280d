import { review } from '../../src/verify/review/review.ts';
import { isRejecting, type RejectingDestination } from '../../src/core/definition.ts';
import { describe as describeDestination } from '../../src/core/describe.ts';
import { description } from '../../src/contract/descriptions.ts';
import { Transformer } from '../../src/core/transform.ts';
import { fixtures, registry } from '../support/project.ts';
import { transform } from '../support/transform.ts';

const all = registry.destinations.map((destination) => [destination.name, destination] as const);
const rejecting = registry.destinations.flatMap((destination): [string, RejectingDestination][] =>
  isRejecting(destination) ? [[destination.name, destination]] : [],
);

describe.each(all)('%s', (name, destination) => {
  it('leaves a reviewer nothing to say', async () => {
    expect(await review(registry, destination, fixtures)).toEqual([]);
  });

  it('can be described', () => {
    const described: unknown = JSON.parse(JSON.stringify(describeDestination(destination)));
    expect(description.parse(described)).toEqual(described);
    expect(described).toMatchObject({ name, accepts: { group: !isRejecting(destination) } });
  });
});

it.each(rejecting)('%s drops every group event, with its reason', (name, { reason }) => {
  const target = { id: name, name, config: {}, enabled: true };
  const transformer = new Transformer({ registry });
  expect(transform(transformer, [{ payload: { type: 'group', groupId: 'g' } }], [target], new Date())).toEqual([
    { event: 0, destination: 0, destinationId: name, outcome: 'drop', code: 'GROUP_NOT_SUPPORTED', message: reason },
  ]);
});

it('has no fixtures of destinations that do not exist', () => {
  const names = new Set(registry.destinations.map(({ name }) => name));
  expect(fixtures.map(({ destination }) => destination).filter((name) => !names.has(name))).toEqual([]);
});
