import _ from 'lodash';
import { z } from 'zod';

import type { Json } from '../../src/core/json.ts';
import { client } from './api.ts';
import { registry } from './project.ts';

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

const event = z.record(z.string(), z.unknown());
const message = z.record(z.string(), z.strictObject({ attributeKey: z.string(), attributeValue: z.unknown() }));

/** What the server does not deliver over HTTP, but hands to the client of the vendor as it is. */
const streamSchemas: Record<string, z.ZodType> = {
  'aws-lambda': z.strictObject({ payload: z.string(), destConfig: z.record(z.string(), z.string()) }),
  eventbridge: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  kafka: z.strictObject({
    message: event,
    userId: z.string().optional(),
    schemaId: z.string().optional(),
    topic: z.string().optional(),
  }),
  'azure-event-hubs': z.strictObject({ message: event, userId: z.string().optional(), topic: z.string() }),
  kinesis: z.strictObject({ message: event, userId: z.string().optional() }),
  firehose: z.strictObject({ message: event, userId: z.string().optional(), deliveryStreamMapTo: z.string() }),
  'google-pubsub': z.strictObject({
    message: event,
    userId: z.string().optional(),
    topicId: z.string(),
    attributes: texts,
  }),
  'google-sheets': z.strictObject({
    // The processor has the one row, the router a list of rows.
    batch: z.union([z.strictObject({ message }), z.array(z.strictObject({ message }))]),
    spreadSheetId: z.string(),
    spreadSheet: z.string(),
  }),
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

async function call(path: string, body: unknown): Promise<unknown> {
  const text = JSON.stringify(body);
  const response = await client.post(path).set('Content-Type', 'application/json').send(text);
  expect([path, response.status, response.headers.apiversion]).toEqual([path, 200, '2']);
  return response.body;
}

const schemaOf = (type: string) => streamSchemas[registry.get(type)?.name ?? ''] ?? outputSchema;

/** What the processor is answered, decoded. */
export async function process(type: string, items: Json[]) {
  const schema = processorAnswer(schemaOf(type));
  return schema.parse(await call(`/v0/destinations/${type}`, items));
}

/** What the router is answered, decoded. */
export async function route(destType: string, input: Json[]) {
  const schema = routerAnswer(schemaOf(destType));
  return schema.parse(await call('/routerTransform', { input, destType })).output;
}
