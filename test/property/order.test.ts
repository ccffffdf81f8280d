import fc from 'fast-check';
import _ from 'lodash';

import type { BatchedResults } from '../../src/contract/results.ts';
import { bindConfig } from '../../src/core/bind.ts';
import { isRejecting, mayBatch } from '../../src/core/definition.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { client, clock, expectNoErrors, post } from '../support/api.ts';
import { runs } from '../support/effort.ts';
import { fixtures, registry } from '../support/project.ts';

/*
 * However requests are merged, what an event writes of a record never goes out before what an earlier one wrote of it by
 * another request. The fixtures of one config are what can be said to a destination of a record, opposites included.
 */

const seed = Date.now() % 2 ** 31;

const isMerged = ({ destination: name, config }: Fixture) => {
  const destination = registry.get(name);
  if (destination === undefined || isRejecting(destination)) return false;
  const bound = bindConfig(destination, config, destination.deliveryExample);
  return !('outcome' in bound) && mayBatch(bound.compiled);
};

const sent = fixtures.filter((fixture) => fixture.expected && 'send' in fixture.expected && isMerged(fixture));
const modes = Object.values(
  _.groupBy(sent, ({ destination, config, now }) => JSON.stringify([destination, config, now])),
).map((cases) => [`${cases[0]?.destination ?? ''}: ${_.map(cases, 'name').join()}`, cases] as const);

/** One event: what is said, and of which of a few records; `isAlone` is for pipelines. */
interface Said {
  record: number;
  what: number;
  isAlone: boolean;
}

const sequences = fc.array(fc.record({ record: fc.nat(3), what: fc.nat(), isAlone: fc.boolean() }), {
  minLength: 3,
  maxLength: 12,
});

/** A record is a person in a group: of two groups and two people there are four. */
function eventOf({ record, what }: Said, cases: readonly Fixture[]): JsonObject {
  const { event } = cases[what % cases.length] as Fixture;
  const [group, person] = [String(record % 2), String(Math.floor(record / 2))];
  const context = event.context as JsonObject | undefined;
  const traits = { ...(context?.traits as JsonObject | undefined), email: `${person}@people.example` };
  return { ...event, groupId: `440${group}`, userId: `u-${person}`, context: { ...context, traits } };
}

/** The pairs of positions, the earlier event first, that are of one record. */
const pairsOf = (said: readonly Said[]): [number, number][] =>
  said.flatMap(({ record }, earlier) =>
    said.flatMap((other, later): [number, number][] =>
      earlier < later && other.record === record ? [[earlier, later]] : [],
    ),
  );

/** @param units the events of each unit that is sent, in order */
function expectInOrder(units: readonly (readonly number[])[], said: readonly Said[]): void {
  for (const unit of units) expect(unit).toEqual(_.sortBy(unit));
  for (const [earlier, later] of pairsOf(said)) {
    const lastOfEarlier = units.findLastIndex((unit) => unit.includes(earlier) && !unit.includes(later));
    const firstOfLater = units.findIndex((unit) => unit.includes(later) && !unit.includes(earlier));
    if (firstOfLater !== -1) expect([earlier, later, firstOfLater > lastOfEarlier]).toEqual([earlier, later, true]);
  }
}

async function batchesOf(said: readonly Said[], cases: readonly Fixture[]): Promise<number[][]> {
  const { destination: name, config } = cases[0] as Fixture;
  const events = said.map((one) => eventOf(one, cases));
  const response = await post({ events, destination: { name, config }, batch: true }).expect(200);
  return (response.body as BatchedResults).batches.map(({ results }) => results);
}

async function elementsOf(said: readonly Said[], cases: readonly Fixture[]): Promise<number[][]> {
  const { destination: name, config } = cases[0] as Fixture;
  const destination = { ID: 'd', Config: config, hasDynamicConfig: false, DestinationDefinition: { Name: name } };
  const input = said.map((one, jobId) => {
    return { message: eventOf(one, cases), metadata: { jobId, dontBatch: one.isAlone }, destination };
  });
  const response = await client.post('/routerTransform').send({ input, destType: name }).expect(200);
  const { output } = response.body as { output: { metadata: { jobId: number }[]; statusCode: number }[] };
  return output.filter(({ statusCode }) => statusCode === 200).map(({ metadata }) => _.map(metadata, 'jobId'));
}

afterAll(() => {
  delete clock.now;
  expectNoErrors();
});

describe.each(modes)('%s', (_name, cases) => {
  it(`keeps the order of what is written of a record (seed ${String(seed)})`, async () => {
    clock.now = cases[0]?.now as Date;
    await fc.assert(
      fc.asyncProperty(sequences, async (said) => {
        expectInOrder(await batchesOf(said, cases), said);
        expectInOrder(await elementsOf(said, cases), said);
      }),
      { seed, ...runs(20) },
    );
  });
});
