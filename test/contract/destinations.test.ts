import { z } from 'zod';

import { isRejecting, type RejectingDestination } from '../../src/core/definition.ts';
import { describe as describeDestination } from '../../src/core/describe.ts';
import { reviewDefinition } from '../../src/verify/review/definition.ts';
import { expectNoErrors, transform } from '../support/api.ts';
import { fixtures, registry } from '../support/project.ts';

afterEach(expectNoErrors);

const all = registry.destinations.map((destination) => [destination.name, destination] as const);
const rejecting = registry.destinations.flatMap((destination): [string, RejectingDestination][] =>
  isRejecting(destination) ? [[destination.name, destination]] : [],
);

/** The fields of a config, whatever is done to it as a whole. */
function shapeOf(type: z.ZodType): Readonly<Record<string, z.ZodType>> {
  if (type instanceof z.ZodPipe) return shapeOf(type.in as z.ZodType);
  return type instanceof z.ZodObject ? type.shape : {};
}

describe.each(all)('%s', (name, destination) => {
  it('is defined so that a reviewer has nothing to say', () => {
    const own = fixtures.filter((fixture) => fixture.destination === name);
    expect(reviewDefinition(destination, own)).toEqual([]);
  });

  it('shows the defaults of its config', () => {
    const shape = isRejecting(destination) ? {} : shapeOf(destination.config);
    const { properties = {} } = (describeDestination(destination).config ?? {}) as {
      properties?: Record<string, object>;
    };
    const hidden = Object.keys(shape).filter((field) => {
      const absent = shape[field]?.safeParse(undefined);
      return absent?.success === true && absent.data !== undefined && !('default' in (properties[field] ?? {}));
    });
    expect(hidden).toEqual([]);
  });

  it('can be described', () => {
    expect(JSON.parse(JSON.stringify(describeDestination(destination)))).toMatchObject({
      name,
      accepts: { group: !isRejecting(destination) },
    });
  });
});

it.each(rejecting)('%s drops every group event, with its reason', async (name, { reason }) => {
  expect(await transform({ event: { type: 'group', groupId: 'g' }, destination: { name } })).toEqual([
    { event: 0, destination: 0, destinationId: name, outcome: 'drop', code: 'GROUP_NOT_SUPPORTED', message: reason },
  ]);
});

it('has no fixtures of destinations that do not exist', () => {
  const names = new Set(registry.destinations.map(({ name }) => name));
  expect(fixtures.map(({ destination }) => destination).filter((name) => !names.has(name))).toEqual([]);
});
