import fc from 'fast-check';
import _ from 'lodash';

import type { Json, JsonObject } from '../../src/core/json.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { client, expectNoErrors } from '../support/api.ts';
import { runs } from '../support/effort.ts';
import { groupEvents } from '../support/events.ts';
import { process, route } from '../support/pipeline.ts';
import { fixtures } from '../support/project.ts';

afterEach(expectNoErrors);

describe('whatever the items are', () => {
  const json = fc.jsonValue() as fc.Arbitrary<Json>;
  const orAny = (arbitrary: fc.Arbitrary<Json>) => fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: json });
  const { config } = fixtures.find(({ destination, name }) => destination === 'stormly' && name === 'full') as Fixture;
  const destinationOf = (Config: Json): JsonObject => ({ ID: 'd-1', Config });
  const items = fc.record(
    {
      message: orAny(groupEvents),
      destination: orAny(orAny(fc.constant(config)).map(destinationOf)),
      connection: json,
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<JsonObject>;
  const lists = fc
    .array(items, { maxLength: 5 })
    .map((list) => list.map((entry, jobId): JsonObject => ({ ...entry, metadata: { jobId } })));

  it('each of them is answered to both in a form that they decode', async () => {
    await fc.assert(
      fc.asyncProperty(lists, async (list) => {
        const elements = await process('stormly', list);
        expect(_.map(_.sortedUniqBy(elements, 'metadata.jobId'), 'metadata')).toEqual(_.map(list, 'metadata'));
        const routed = await route('stormly', list);
        expect(_.sortBy(_.flatMap(routed, 'metadata'), 'jobId')).toEqual(_.map(list, 'metadata'));
      }),
      runs(300),
    );
  });

  it('and whatever the body, the call only fails if it has no list', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(json, fc.array(json), fc.record({ input: fc.array(json) })), async (body) => {
        const hasList = Array.isArray(body) || Array.isArray((body as JsonObject | null)?.input);
        for (const path of ['/v0/destinations/stormly', '/routerTransform', '/batch']) {
          const text = JSON.stringify(body);
          const response = await client.post(path).set('Content-Type', 'application/json').send(text);
          expect([path, response.status]).toEqual([path, hasList ? 200 : 400]);
        }
      }),
      runs(300),
    );
  });
});
