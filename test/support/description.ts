import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import request from 'supertest';

import { app } from './api.ts';

/* What the API says of itself in OpenAPI. */

type Method = 'get' | 'post';

type Content = Record<string, { schema: object; examples?: Record<string, { value: unknown }> }>;

interface Operation {
  responses: Record<string, { content: Content }>;
  parameters?: object[];
  requestBody?: { content: Content };
}

interface Api {
  paths: Record<string, Partial<Record<Method, Operation>>>;
  components: { schemas: Record<string, unknown> };
}

export const api = (await request(app).get('/openapi.json').expect(200)).body as Api;
const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema({ ...api, $id: 'api' });

/** What a value has that the description of an answer does not allow. */
export function faults(path: string, method: Method, status: number, type: string, value: unknown): unknown[] {
  const pointer = ['paths', path, method, 'responses', String(status), 'content', type, 'schema']
    .map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = ajv.getSchema(`api#/${pointer}`);
  if (validate === undefined) return [`${method} ${path} has no answer ${String(status)} of the type ${type}`];
  void validate(value);
  return validate.errors ?? [];
}

/** The same of an answer as it came. */
export const faultsOf = (path: string, method: Method, response: { status: number; type: string; body: unknown }) =>
  faults(path, method, response.status, response.type, response.body);

/** What an envelope has that the description does not allow. */
export function envelopeFaults(envelope: unknown): unknown[] {
  const validate = ajv.getSchema('api#/components/schemas/Envelope');
  void validate?.(envelope);
  return validate?.errors ?? [];
}
