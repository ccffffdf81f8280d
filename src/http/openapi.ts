import _ from 'lodash';
import { z } from 'zod';
import { codes, type ProblemCode } from '../contract/codes.ts';
import { description, destinations } from '../contract/descriptions.ts';
import { answer } from '../contract/dialogue.ts';
import { destination, envelope, streamLine } from '../contract/envelope.ts';
import { explanation } from '../contract/lineage.ts';
import { request } from '../contract/requests.ts';
import { answerLine, batchedResult, batchedResults, result, resultBatch, results } from '../contract/results.ts';
import { problem, status } from '../contract/service.ts';

/** What the service takes, by the names in the description. */
const inputs = { Envelope: envelope, Destination: destination, Answer: answer, Line: streamLine };

/** What it answers with. */
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
  Status: status,
  Problem: problem,
};

/** Where a problem may be the answer; `elsewhere` is what is not described, such as another method. */
type Place = 'everywhere' | 'bodies' | 'envelope' | 'name' | 'pipeline' | 'guarded' | 'elsewhere';

const places: Record<ProblemCode, readonly Place[]> = {
  BODY_NOT_JSON: ['bodies'],
  BODY_TOO_LARGE: ['bodies'],
  BODY_UNREADABLE: ['bodies', 'name'],
  ENCODING_UNSUPPORTED: ['bodies'],
  ENVELOPE_INVALID: ['bodies'],
  INTERNAL_ERROR: ['everywhere'],
  MEDIA_TYPE_UNSUPPORTED: ['envelope'],
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
const content = (type: string, schema: object) => ({ content: { [type]: { schema } } });
const ok = (description: string, schema: object) => ({
  200: { description, ...content('application/json', schema) },
});

/** The problems that may be answered, one response per status. */
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
  summary: 'What is to be sent for events to destinations',
  description:
    'One result per event and destination. A stream of lines may be of any length, and is answered line by line while ' +
    'it is still being read.',
  parameters: [
    {
      name: 'explain',
      in: 'query',
      description: 'Whether results tell where every field comes from',
      schema: { type: 'boolean', default: false },
    },
  ],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: ref('Envelope'),
        examples: {
          one: {
            summary: 'One event to one destination',
            value: {
              event: { type: 'group', groupId: 'acme-42', userId: 'user-7', traits: { name: 'Acme', plan: 'pro' } },
              destination: { name: 'userpilot', config: { apiKey: 'my-key' } },
            },
          },
        },
      },
      'application/x-ndjson': { schema: ref('Line') },
    },
  },
  responses: {
    200: {
      description: 'One result per event and destination, events outermost; with `batch`, also the batches.',
      content: {
        'application/json': { schema: { anyOf: [ref('Results'), ref('BatchedResults')] } },
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

/** What a pipeline sends, in either form; what an item has is the pipeline's business. */
const items = {
  anyOf: [
    { type: 'array', items: {} },
    { type: 'object', required: ['input'], properties: { input: { type: 'array', items: {} } } },
  ],
};

/** A route of pipelines. */
const pipeline = (operationId: string, summary: string, more: object = {}) => ({
  operationId,
  summary,
  tags: ['pipelines'],
  security: [],
  requestBody: { required: true, ...content('application/json', items) },
  responses: { ...ok('An element for each item of the call.', {}), ...problems('bodies', 'pipeline') },
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
      summary: 'Every destination in short',
      responses: { ...ok('By name.', ref('Destinations')), ...problems('guarded') },
    },
  },
  '/destinations/{name}': {
    get: {
      operationId: 'destination',
      tags: ['destinations'],
      summary: 'Everything that is known about one destination',
      ...pathParameter('name', 'Name, title or alias, in any case'),
      responses: {
        ...ok('With its config’s JSON Schema and its lineage.', ref('Description')),
        ...problems('name', 'guarded'),
      },
    },
  },
  '/health': { get: probe('health', 'Whether the process is up') },
  '/ready': {
    get: _.merge(probe('ready', 'Whether the service takes new work'), {
      responses: {
        503: { description: 'It does not, since it drains.', ...content('application/json', ref('Status')) },
      },
    }),
  },
  '/metrics': { get: { ...text('metrics', 'What has been counted, in the format of Prometheus'), tags: ['service'] } },
};

const pipelinePaths = {
  '/v0/destinations/{type}': {
    post: pipeline(
      'processor',
      'Transforms the events of a RudderStack server',
      pathParameter('type', 'Type of the destination, as the server calls it'),
    ),
  },
  '/routerTransform': { post: pipeline('router', 'The same where the server’s router calls') },
  '/batch': { post: pipeline('batch', 'Merges what has been transformed') },
  '/features': { get: text('features', 'What the server is told of this transformer, as JSON') },
  '/version': { get: text('version', 'The version of the service') },
  '/transformerBuildVersion': { get: text('buildVersion', 'The same under another name') },
};

/**
 * The description of the service's API, made of the contract.
 * @param hasPipeline whether the routes of pipelines are on the same port
 */
export function describeApi(version: string, hasPipeline: boolean) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Group Transformer',
      version,
      description:
        'Takes group events and returns the HTTP requests that vendors expect, or says why nothing is to be sent. ' +
        'Every answer has the header `Transformer-Version`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'events', description: 'What is to be sent for them.' },
      { name: 'destinations', description: 'What is known about each.' },
      { name: 'service', description: 'How it is.' },
      ...(hasPipeline ? [{ name: 'pipelines', description: 'For RudderStack’s server, in its own format.' }] : []),
    ],
    // Where the service has no tokens of its own, nobody is asked for one.
    security: [{}, { bearer: [] }, { basic: [] }],
    paths: { ...paths, ...(hasPipeline && pipelinePaths) },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'One of `API_TOKENS`' },
        basic: { type: 'http', scheme: 'basic', description: 'One of `API_TOKENS` as the password, of any user' },
      },
      schemas: { ...namedSchemas(inputs, 'input'), ...namedSchemas(outputs, 'output') },
    },
  };
}

/** JSON Schemas that refer to each other by their names. */
function namedSchemas(schemas: Record<string, z.ZodType>, io: 'input' | 'output') {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const named = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` }).schemas;
  return _.mapValues(named, (schema) => _.omit(schema, ['$schema', '$id']));
}
