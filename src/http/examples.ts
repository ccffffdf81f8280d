import _ from 'lodash';

/** A call and its answer, as the description of the API shows them. */
export interface Example {
  summary: string;
  request: unknown;
  answer: unknown;
}

const event = {
  type: 'group',
  groupId: 'acme-42',
  userId: 'user-7',
  timestamp: '2026-01-02T03:04:05.678Z',
  traits: { name: 'Acme', plan: 'pro', employees: 63 },
};

const stormly = { name: 'stormly', config: { apiKey: 'my-key' } };
const url = 'https://rudderstack.t.stormly.com/webhook/rudderstack/group';
const headers = { 'Content-Type': 'application/json', Authorization: 'Basic my-key' };
const body = _.omit(event, 'type');

const sent = {
  event: 0,
  destination: 0,
  destinationId: 'stormly',
  outcome: 'send',
  requests: [{ method: 'POST', url, headers, query: {}, body: { json: body } }],
};

/** Calls of `/transform`. */
export const transformExamples: Record<string, Example> = {
  one: {
    summary: 'One event for one destination',
    request: { event, destination: stormly },
    answer: { results: [sent] },
  },
  several: {
    summary: 'One event for several destinations, two of which it cannot be sent to',
    request: { event, destinations: [stormly, { name: 'june', config: {} }, { name: 'refiner', config: {} }] },
    answer: {
      results: [
        sent,
        {
          event: 0,
          destination: 1,
          destinationId: 'june',
          outcome: 'drop',
          code: 'GROUP_NOT_SUPPORTED',
          message: 'June closed on 2025-08-08; events cannot be sent to it',
        },
        {
          event: 0,
          destination: 2,
          destinationId: 'refiner',
          outcome: 'fail',
          code: 'CONFIG_INVALID',
          path: 'config.apiKey',
          message: 'config.apiKey is required',
        },
      ],
    },
  },
  sdk: {
    summary: 'The body of an SDK’s call',
    request: { sdkBatch: { batch: [event], sentAt: '2026-01-02T03:04:06.000Z' }, destination: stormly },
    answer: { results: [sent] },
  },
};

const metadata = { jobId: 1, destinationId: 'destination-1', workspaceId: 'workspace-1' };
const destination = { ID: 'destination-1', Config: { apiKey: 'my-key' }, DestinationDefinition: { Name: 'STORMLY' } };
const item = { message: event, metadata, destination };

const delivered = {
  version: '1',
  type: 'REST',
  method: 'POST',
  endpoint: url,
  userId: '',
  headers,
  params: {},
  body: { JSON: body, JSON_ARRAY: {}, XML: {}, FORM: {} },
  files: {},
};

/** A call of a server's processor, for the type `stormly`. */
export const processorExample: Example = {
  summary: 'One event',
  request: [item],
  answer: [{ output: delivered, metadata, statusCode: 200 }],
};

/** A call of a server's router. */
export const routerExample: Example = {
  summary: 'One event',
  request: { input: [item], destType: 'stormly' },
  answer: {
    output: [{ metadata: [metadata], batched: false, destination, batchedRequest: delivered, statusCode: 200 }],
  },
};
