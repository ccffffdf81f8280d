import _ from 'lodash';
import { z } from 'zod';

import { codes, type ProblemCode } from '../contract/codes.ts';
import { delivery, deliveryCall } from '../contract/delivery.ts';
import { description, descriptions, destinations } from '../contract/descriptions.ts';
import { answer } from '../contract/dialogue.ts';
import { destination, envelope, streamLine } from '../contract/envelope.ts';
import { explanation } from '../contract/lineage.ts';
import { arrivals } from '../contract/live.ts';
import { request } from '../contract/requests.ts';
import { answerLine, batchedResult, batchedResults, result, resultBatch, results } from '../contract/results.ts';
import { problem, status } from '../contract/service.ts';
import { type Example, processorExample, routerExample, transformExamples } from './examples.ts';

/** The inputs of the service, by their names in the description. */
const inputs = { Envelope: envelope, Destination: destination, Answer: answer, Line: streamLine };

/** The outputs. */
const outputs = {
  Request: request,
  Explanation: explanation,
  Result: result,
  BatchedResult: batchedResult,
  Batch: resultBatch,
  Results: results,
  BatchedResults: batchedResults,
  AnswerLine: answerLine,
  Destinations: destinations,
  Description: description,
  Descriptions: descriptions,
  Status: status,
  Problem: problem,
};

/** Responses that may be problems. `elsewhere` are codes of cases that are not described, such as another method. */
type Place = 'everywhere' | 'bodies' | 'envelope' | 'query' | 'single' | 'name' | 'pipeline' | 'guarded' | 'elsewhere';

const places: Record<ProblemCode, readonly Place[]> = {
  BODY_NOT_JSON: ['bodies'],
  BODY_TOO_LARGE: ['bodies'],
  BODY_UNREADABLE: ['bodies', 'name'],
  ENCODING_UNSUPPORTED: ['bodies'],
  ENVELOPE_INVALID: ['bodies', 'query'],
  INTERNAL_ERROR: ['everywhere'],
  MEDIA_TYPE_UNSUPPORTED: ['envelope', 'single'],
  METHOD_NOT_ALLOWED: ['elsewhere'],
  NOT_FOUND: ['name'],
  SERVICE_OVERLOADED: ['bodies'],
  TIMED_OUT: ['bodies'],
  TOKEN_INVALID: ['guarded'],
  TOO_MANY_EVENTS: ['envelope'],
  TOO_MANY_PAIRS: ['envelope'],
  UPSTREAM_UNAVAILABLE: ['pipeline'],
};

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const content = (type: string, schema: object, more: { examples?: object } = {}) => ({
  content: { [type]: { schema, ...more } },
});
const ok = (description: string, schema: object) => ({
  200: { description, ...content('application/json', schema) },
});

/** The requests or the answers of some calls. */
const shown = (examples: Record<string, Example>, part: 'request' | 'answer') => ({
  examples: _.mapValues(examples, ({ summary, [part]: value }) => ({ summary, value })),
});

/** A parameter of the query that is off by default. */
const flag = (name: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type: 'boolean', default: false },
});

/** The possible problems, one response per status. */
function problems(...at: Place[]) {
  const raised = Object.entries(places).flatMap(([name, among]) =>
    _.intersection(['everywhere', ...at], among).length > 0 ? [name as ProblemCode] : [],
  );
  return _.mapValues(
    _.groupBy(raised, (code) => codes[code].status),
    (ofStatus) => ({
      description: ofStatus.map((code) => `\`${code}\`: ${codes[code].summary}`).join('\n\n'),
      ...content('application/problem+json', ref('Problem')),
    }),
  );
}

const transform = {
  operationId: 'transform',
  tags: ['events'],
  summary: 'Requests to send for events to destinations',
  description:
    'One result per event and destination. A stream of lines may have any length, and is answered line by line while ' +
    'it is still being read.',
  parameters: [flag('explain', 'Whether results explain where every field comes from')],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: ref('Envelope'),
        ...shown(transformExamples, 'request'),
      },
      'application/x-ndjson': { schema: ref('Line') },
    },
  },
  responses: {
    200: {
      description:
        'One result per event and destination, with events in the outer order. With `batch`, also the batches.',
      content: {
        'application/json': {
          schema: { anyOf: [ref('Results'), ref('BatchedResults')] },
          ...shown(transformExamples, 'answer'),
        },
        'application/x-ndjson': { schema: ref('AnswerLine') },
      },
    },
    ...problems('bodies', 'envelope', 'guarded'),
  },
};

const probe = (operationId: string, summary: string) => ({
  operationId,
  summary,
  tags: ['service'],
  security: [],
  responses: { ...ok('It is.', ref('Status')), ...problems() },
});

/** The body of a pipeline's call, in either form. The pipeline defines its items. */
const items = {
  anyOf: [
    { type: 'array', items: {} },
    { type: 'object', required: ['input'], properties: { input: { type: 'array', items: {} } } },
  ],
};

/** A pipeline route. Its input and output are defined by the pipeline. */
const pipeline = (operationId: string, summary: string, examples: Record<string, Example>, more: object = {}) => ({
  operationId,
  summary,
  tags: ['pipelines'],
  security: [],
  requestBody: { required: true, ...content('application/json', items, shown(examples, 'request')) },
  responses: {
    200: {
      description: 'One element for each item of the call.',
      ...content('application/json', {}, shown(examples, 'answer')),
    },
    ...problems('bodies', 'pipeline'),
  },
  ...more,
});

const text = (operationId: string, summary: string) => ({
  operationId,
  summary,
  tags: ['pipelines'],
  security: [],
  responses: {
    200: { description: 'As text.', ...content('text/plain', { type: 'string' }) },
    ...problems('pipeline'),
  },
});

const pathParameter = (name: string, description: string) => ({
  parameters: [{ name, in: 'path', required: true, description, schema: { type: 'string' } }],
});

const paths = {
  '/transform': { post: transform },
  '/destinations': {
    get: {
      operationId: 'destinations',
      tags: ['destinations'],
      summary: 'Every destination',
      parameters: [flag('details', 'Whether to tell everything about each destination')],
      responses: {
        ...ok('By name.', { anyOf: [ref('Destinations'), ref('Descriptions')] }),
        ...problems('query', 'guarded'),
      },
    },
  },
  '/destinations/{name}': {
    get: {
      operationId: 'destination',
      tags: ['destinations'],
      summary: 'Everything known about one destination',
      ...pathParameter('name', 'Name, title or alias, in any case'),
      responses: {
        ...ok('Includes its config’s JSON Schema and its lineage.', ref('Description')),
        ...problems('name', 'guarded'),
      },
    },
  },
  '/health': { get: probe('health', 'Whether the process is up') },
  '/ready': {
    get: _.merge(probe('ready', 'Whether the service accepts new work'), {
      responses: {
        503: {
          description: 'It doesn’t, because it drains or is short of memory.',
          ...content('application/json', ref('Status')),
        },
      },
    }),
  },
  '/metrics': { get: { ...text('metrics', 'The metrics, in Prometheus’s format'), tags: ['service'] } },
};

const pipelinePaths = {
  '/v0/destinations/{type}': {
    post: pipeline(
      'processor',
      'Transforms the events of a RudderStack server’s processor',
      { one: processorExample },
      pathParameter('type', 'Type of the destination, as the server calls it'),
    ),
  },
  '/routerTransform': {
    post: pipeline('router', 'Transforms the events of the server’s router', { one: routerExample }),
  },
  '/batch': { post: pipeline('batch', 'Merges requests that were already transformed', {}) },
  '/features': { get: text('features', 'The features of this transformer, as JSON') },
  '/version': { get: text('version', 'The version of the service') },
  '/transformerBuildVersion': { get: text('buildVersion', 'The version, under another name') },
};

/** A call of an SDK, which the playground shows. */
const sdkCall = (operationId: string, summary: string) => ({
  post: {
    operationId,
    tags: ['playground'],
    summary,
    requestBody: { required: true, ...content('application/json', { type: 'object' }) },
    responses: {
      ...ok('The playground has it.', { type: 'object', properties: { success: { const: true } } }),
      ...problems('bodies', 'guarded'),
    },
  },
});

/** What is only served together with the playground. */
const livePaths = {
  '/v1/{call}': _.merge(
    sdkCall('sdkCall', 'Shows the group events of an SDK in the playground, as the SDK sends them'),
    { post: pathParameter('call', 'Such as `batch`, `import` or `group`') },
  ),
  '/{path}/group': _.merge(
    sdkCall('sdkGroup', 'Shows a group event in the playground, under the path of another SDK'),
    {
      post: pathParameter('path', 'One or several segments, such as `api/s`'),
    },
  ),
  '/live': {
    get: {
      operationId: 'live',
      tags: ['playground'],
      summary: 'What SDKs have sent to the playground',
      parameters: [
        {
          name: 'after',
          in: 'query',
          description: 'Only what has arrived after the one with this id',
          schema: { type: 'integer', minimum: 0, default: 0 },
        },
      ],
      responses: {
        ...ok('The latest events, which are kept in memory only.', ref('Arrivals')),
        ...problems('query', 'guarded'),
      },
    },
  },
};

const deliver = {
  operationId: 'deliver',
  tags: ['events'],
  summary: 'Sends the requests of a result to the vendor',
  description:
    'In order, up to the first one that is not accepted. If the answer was lost, a repeated call sends accepted requests again.',
  requestBody: { required: true, ...content('application/json', ref('DeliveryCall')) },
  responses: { ...ok('The outcome of the delivery', ref('Delivery')), ...problems('bodies', 'single', 'guarded') },
};

/** The routes that not every port serves. */
export interface Served {
  delivers: boolean;
  hasPipeline: boolean;
  /** Whether the service takes events for the playground. */
  isLive: boolean;
}

/** The OpenAPI description of the service's API, generated from the contract. */
export function describeApi(version: string, { delivers, hasPipeline, isLive }: Served) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Group Transformer',
      version,
      description:
        'Takes group events and returns the HTTP requests that vendors expect, or says why there is nothing to send. ' +
        'Every answer has the header `Transformer-Version`: the version, and a digest of the code.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'events', description: 'Transform events.' },
      { name: 'destinations', description: 'Describe destinations.' },
      { name: 'service', description: 'Observe the service.' },
      ...(hasPipeline ? [{ name: 'pipelines', description: 'For RudderStack’s server, in its own format.' }] : []),
      ...(isLive ? [{ name: 'playground', description: 'Watch the events of your SDKs in the playground.' }] : []),
    ],
    // Without tokens of its own, the service requires none.
    security: [{}, { bearer: [] }, { basic: [] }],
    paths: {
      ...paths,
      ...(delivers && { '/deliver': { post: deliver } }),
      ...(hasPipeline && pipelinePaths),
      ...(isLive && livePaths),
    },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'One of `API_TOKENS`' },
        basic: { type: 'http', scheme: 'basic', description: 'One of `API_TOKENS` as the password, of any user' },
      },
      schemas: {
        ...namedSchemas({ ...inputs, ...(delivers && { DeliveryCall: deliveryCall }) }, 'input'),
        ...namedSchemas(
          { ...outputs, ...(delivers && { Delivery: delivery }), ...(isLive && { Arrivals: arrivals }) },
          'output',
        ),
      },
    },
  };
}

/** JSON Schemas that refer to each other by name. */
function namedSchemas(schemas: Record<string, z.ZodType>, io: 'input' | 'output') {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const named = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` }).schemas;
  return _.mapValues(named, (schema) => _.omit(schema, ['$schema', '$id']));
}
