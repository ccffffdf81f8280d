import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

import type { Request } from '../../../src/contract/requests.ts';
import type { Fixture } from '../../../src/verify/fixture.ts';
import { fixtures, projectFolder } from '../../support/project.ts';

/*
 * The requests of all fixtures against the schemas that vendors publish. A disagreement is fixed, or is in
 * disagreements.json with its reason.
 *
 * @requires ../shared/vendor-specs
 */

interface Operation {
  method: string;
  path_template: string;
  /** Names of headers, some with a value. */
  required_headers?: string[];
  schema?: object;
}

interface Disagreement {
  destination: string;
  /** What the schema says, as written below, indexes blank. */
  says: string;
  reason: string;
}

const folder = path.resolve(projectFolder, '../shared/vendor-specs');
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Vendors whose files are made of prose or of an SDK's envelope: too weak to compare with. */
const weak = ['braze', 'splitio', 'usermaven', 'hyperengage'];

const disagreements = readJson(path.join(import.meta.dirname, 'disagreements.json')) as Disagreement[];
const operationsOf = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !weak.includes(path.basename(name, '.json')))
    .map((name) => {
      const { operations } = readJson(path.join(folder, name)) as { operations: Operation[] };
      return [path.basename(name, '.json'), operations];
    }),
);

const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
ajvFormats.default(ajv);

/** A vendor with several revisions of its API tells them apart by a header. */
function isOfRevision({ headers }: Request, { required_headers = [] }: Operation): boolean {
  const [, revision] = required_headers.map((header) => /^revision: (.*)/.exec(header)).find((match) => match) ?? [];
  return revision === undefined || headers.revision === undefined || headers.revision === revision;
}

function matches(request: Request, operation: Operation): boolean {
  const { method, url } = request;
  const template = operation.path_template.replace(/\/$/, '');
  const pattern = template.split(/\{\w+\}/).map((text) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&'));
  return (
    method === operation.method &&
    isOfRevision(request, operation) &&
    new RegExp(`${pattern.join('[^/]+')}/?$`).test(new URL(url).pathname)
  );
}

const say = ({ instancePath, message = '' }: ErrorObject) => `${instancePath.replace(/\/\d+/g, '/*')} ${message}`;

/** What the best fitting of the operations' schemas says against a body; undefined if none is for this request. */
function validate(request: Request, operations: readonly Operation[]): string[] | undefined {
  const schemas = operations.flatMap((operation) =>
    operation.schema && matches(request, operation) ? [operation.schema] : [],
  );
  if (schemas.length === 0 || request.body === undefined || !('json' in request.body)) return undefined;
  const { json } = request.body;
  const complaints = schemas.map((schema) => {
    const check = ajv.compile(schema);
    return check(json) ? [] : [...new Set((check.errors ?? []).map(say))];
  });
  return complaints.toSorted((a, b) => a.length - b.length)[0];
}

/** All that a fixture asks and sends. */
const requestsOf = ({ expected }: Fixture): Request[] => [
  ...(expected?.dialogue ?? []).map(({ ask }) => ask),
  ...(expected !== undefined && 'send' in expected ? expected.send : []),
];

const requests = fixtures
  .filter(({ destination }) => operationsOf.has(destination))
  .flatMap((fixture) =>
    requestsOf(fixture).map((request, index): [string, string, Request] => [
      `${fixture.destination}/${fixture.name}[${String(index)}]`,
      fixture.destination,
      request,
    ]),
  );

it('there are requests to hold against schemas', () => {
  expect(requests.length).toBeGreaterThan(10);
});

it.each(requests)('%s is as the vendor’s schema says', (_name, destination, request) => {
  const known = disagreements.filter((entry) => entry.destination === destination).map(({ says }) => says);
  const complaints = validate(request, operationsOf.get(destination) ?? []) ?? [];
  expect(complaints.filter((complaint) => !known.includes(complaint))).toEqual([]);
});
