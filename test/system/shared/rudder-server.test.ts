import { readFileSync } from 'node:fs';
import path from 'node:path';

import _ from 'lodash';
import request from 'supertest';

import type { Request } from '../../../src/contract/requests.ts';
import type { BatchedResults } from '../../../src/contract/results.ts';
import { isRejecting } from '../../../src/core/definition.ts';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { resultsOf } from '../../conformance/differences.ts';
import { app, post, transform } from '../../support/api.ts';
import { projectFolder, registry } from '../../support/project.ts';

/*
 * What a real server sent to its transformer is answered with the requests that the same events give through /transform.
 *
 * @requires ../shared/inputs/rudder-server.jsonl
 */

interface Call {
  path: string;
  headers: Record<string, string>;
  body: {
    input: { message: Json; metadata: JsonObject }[];
    /** Only the router's calls have it; the processor's have it in the path. */
    destType?: string;
    destinations: Record<string, { Config: JsonObject }>;
  };
}

interface Output {
  method: string;
  endpoint: string;
  headers: object;
  params: object;
  body: { JSON: object; JSON_ARRAY: object | { batch: string }; FORM: object };
}

/** An element of an answer: the metadata of one item or of several, and the requests, of which a refusal has none. */
interface Element {
  metadata: unknown;
  requests: object[];
}

const [features, ...calls] = readFileSync(path.join(projectFolder, '../shared/inputs/rudder-server.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Call);

const typeOf = ({ path: where, body }: Call): string => body.destType ?? path.basename(where);

it('what the service can do', async () => {
  await request(app)
    .get(String(features?.path))
    .set({ ...features?.headers })
    .expect(200);
});

it.each(calls.map((call) => [call.path, typeOf(call), call] as const))('%s of %s', async (_path, _type, call) => {
  const response = await request(app)
    .post(call.path)
    .set(_.pick(call.headers, ['content-type', 'x-content-format']))
    .send(JSON.stringify(call.body));
  expect([response.status, response.headers]).toMatchObject([200, { apiversion: '2' }]);
  const elements = resultsOf({ status: response.status, body: response.body as unknown }).map(
    ({ metadata, statusCode, output, batchedRequest }) => ({
      metadata,
      requests: statusCode === 200 ? _.castArray(output ?? batchedRequest).map((one) => fromOutput(one as Output)) : [],
    }),
  );
  expect(elements).toEqual(await (call.body.destType === undefined ? oneByOne(call) : inBatches(call, elements)));
  const answered = elements.flatMap(({ metadata }) => metadata);
  expect(_.uniqWith(answered, (one, other) => _.isEqual(one, other))).toEqual(_.map(call.body.input, 'metadata'));
});

/** The expected result of each request of each event, or of an event without requests. */
async function oneByOne(call: Call): Promise<Element[]> {
  const results = await transform(nativeCall(call));
  return results.flatMap((result): Element[] => {
    const metadata = call.body.input[result.event]?.metadata;
    if (result.outcome !== 'send') return [{ metadata, requests: [] }];
    return result.requests.map((one) => ({ metadata, requests: [fromNative(one)] }));
  });
}

/** The expected result of the events that were answered together. */
async function inBatches(call: Call, elements: readonly Element[]): Promise<Element[]> {
  const response = await post({ ...nativeCall(call), batch: true }).expect(200);
  const { results, batches } = response.body as BatchedResults;
  return elements.map(({ metadata }) => {
    const members = results.filter(({ event }) =>
      _.some(metadata as object[], (one) => _.isEqual(one, call.body.input[event]?.metadata)),
    );
    const positions = _.uniq(members.flatMap((result) => (result.outcome === 'send' ? result.batches : [])));
    return { metadata, requests: _.at(batches, positions).map((batch) => fromNative(batch.request)) };
  });
}

/** The events for `/transform`, with the settings that a pipeline has where those of other callers differ. */
function nativeCall(call: Call) {
  const [{ Config: config } = { Config: {} }] = Object.values(call.body.destinations);
  const destination = registry.get(typeOf(call));
  const settings =
    destination === undefined || isRejecting(destination)
      ? {}
      : _.pick(destination.config.parse(config) as object, Object.keys(destination.nativeDefaults ?? {}));
  return {
    events: _.map(call.body.input, 'message'),
    destination: { name: typeOf(call), config: { ...settings, ...config } },
  };
}

/** A request as the pipeline is handed it, without its signature; a list is text there. */
function fromOutput({ method, endpoint: url, headers, params: query, body }: Output): object {
  const json: unknown = 'batch' in body.JSON_ARRAY ? JSON.parse(body.JSON_ARRAY.batch) : body.JSON;
  return {
    method,
    url,
    headers: _.omit(headers, ['X-WSSE']),
    query,
    json,
    form: _.mapValues(body.FORM, (value) => String(value)),
  };
}

/** A request as other callers are handed it, likewise. */
function fromNative({ method, url, headers, query, body = { json: {} } }: Request): object {
  const { json, form } = { json: {}, form: {}, ...body };
  return { method, url, headers, query, json, form: _.mapValues(form, (value) => String(value)) };
}
