import fc from 'fast-check';
import _ from 'lodash';
import request from 'supertest';
import { z } from 'zod';
import type { Fixture } from '../../src/verify/fixture.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { app, expectNoErrors } from '../support/api.ts';
import { groupEvents } from '../support/events.ts';
import { fixtures } from '../support/project.ts';

/*
 * RudderStack's server stops, or keeps its jobs for weeks, at an answer that it cannot decode. Here is what it decodes,
 * and what it takes as this service means it.
 */
const texts = z.record(z.string(), z.string());
const scalars = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const empty = z.strictObject({});

const outputSchema = z.strictObject({
  version: z.literal('1'),
  // Any other type counts as delivered, with nothing sent.
  type: z.literal('REST'),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  endpoint: z.url({ protocol: /^https$/ }),
  userId: z.string(),
  headers: texts,
  params: scalars,
  body: z
    .strictObject({
      JSON: z.record(z.string(), z.unknown()),
      JSON_ARRAY: z.union([empty, z.strictObject({ batch: z.string().startsWith('[') })]),
      XML: empty,
      // A list or an object would be printed in the notation of the server's language.
      FORM: scalars,
    })
    // Of several formats the server takes any.
    .refine((formats) => Object.values(formats).filter((format) => !_.isEmpty(format)).length <= 1),
  // What has files counts as delivered, with nothing sent.
  files: empty,
});

/** What the server does not deliver over HTTP, but hands to the client of the vendor as it is. */
const streamSchemas: Record<string, z.ZodType> = {
  'aws-lambda': z.strictObject({ payload: z.string(), destConfig: z.record(z.string(), z.string()) }),
  eventbridge: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  'google-cloud-function': z.union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown()))]),
};

/** 500 is for what may be asked later. Other statuses mean otherwise: 2xx is delivered without anything sent. */
const refused = { statusCode: z.literal([298, 400, 500]), error: z.string().min(1), statTags: texts };
const echo = { metadata: z.record(z.string(), z.unknown()).optional() };
const routerEcho = {
  metadata: z.array(z.record(z.string(), z.unknown())).min(1),
  batched: z.boolean(),
  destination: z.record(z.string(), z.unknown()).optional(),
};

const processorAnswer = (output: z.ZodType) =>
  z.array(
    z.union([z.strictObject({ ...echo, output, statusCode: z.literal(200) }), z.strictObject({ ...echo, ...refused })]),
  );
const routerAnswer = (output: z.ZodType) => {
  const batchedRequest = z.union([output, z.array(output).min(2)]);
  const sent = z.strictObject({ ...routerEcho, batchedRequest, statusCode: z.literal(200) });
  return z.strictObject({ output: z.array(z.union([sent, z.strictObject({ ...routerEcho, ...refused })])) });
};

afterEach(expectNoErrors);

async function call(path: string, body: unknown): Promise<unknown> {
  const text = JSON.stringify(body);
  const response = await request(app).post(path).set('Content-Type', 'application/json').send(text);
  expect([path, response.status, response.headers.apiversion]).toEqual([path, 200, '2']);
  return response.body;
}

async function process(type: string, items: Json[]) {
  const schema = processorAnswer(streamSchemas[type] ?? outputSchema);
  return schema.parse(await call(`/v0/destinations/${type}`, items));
}

async function route(destType: string, input: Json[]) {
  const schema = routerAnswer(streamSchemas[destType] ?? outputSchema);
  return schema.parse(await call('/routerTransform', { input, destType })).output;
}

describe.each(Object.entries(_.groupBy(fixtures, 'destination')))('%s', (type, cases) => {
  const items = cases.map(({ event, config }: Fixture, jobId): JsonObject => ({
    message: event,
    metadata: { jobId, messageId: `m-${String(jobId)}`, transformAt: 'processor' },
    destination: { ID: 'd-1', Config: config, DestinationDefinition: { Name: type }, hasDynamicConfig: false },
  }));

  it('is answered to the processor in a form that it decodes, in order', async () => {
    const elements = await process(type, items);
    expect(_.sortedUniqBy(elements, 'metadata.jobId').map(({ metadata }) => metadata)).toEqual(
      _.map(items, 'metadata'),
    );
  });

  it('is answered to the router in a form that it decodes, each job once', async () => {
    const elements = await route(type, items);
    const jobs = elements.flatMap(({ metadata }) => metadata);
    expect(_.sortBy(jobs, 'jobId')).toEqual(_.map(items, 'metadata'));
  });
});

describe('whatever the items are', () => {
  const json = fc.jsonValue() as fc.Arbitrary<Json>;
  const orAny = (arbitrary: fc.Arbitrary<Json>) => fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: json });
  const { config } = fixtures.find(({ destination, name }) => destination === 'june' && name === 'full') as Fixture;
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
        const elements = await process('june', list);
        expect(_.map(_.sortedUniqBy(elements, 'metadata.jobId'), 'metadata')).toEqual(_.map(list, 'metadata'));
        const routed = await route('june', list);
        expect(_.sortBy(_.flatMap(routed, 'metadata'), 'jobId')).toEqual(_.map(list, 'metadata'));
      }),
      { numRuns: 300 },
    );
  });

  it('and whatever the body is, the call does not fail but for the lack of a list', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(json, fc.array(json), fc.record({ input: fc.array(json) })), async (body) => {
        const hasList = Array.isArray(body) || Array.isArray((body as JsonObject | null)?.input);
        for (const path of ['/v0/destinations/june', '/routerTransform', '/batch']) {
          const text = JSON.stringify(body);
          const response = await request(app).post(path).set('Content-Type', 'application/json').send(text);
          expect([path, response.status]).toEqual([path, hasList ? 200 : 400]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
