import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';

import _ from 'lodash';
import ts from 'typescript';

import { loadNotes, renderPages } from '../../src/cli/docs/pages.ts';
import { listDestinations } from '../../src/cli/docs/readme.ts';
import type { Answer } from '../../src/contract/dialogue.ts';
import type { Request } from '../../src/contract/requests.ts';
import { isRejecting } from '../../src/core/definition.ts';
import { readEvent } from '../../src/core/event.ts';
import { Registry } from '../../src/core/registry.ts';
import { Transformer } from '../../src/core/transform.ts';
import { createDeliverer } from '../../src/deliver/delivery.ts';
import { createApp } from '../../src/http/app.ts';
import { createListener } from '../../src/http/listener.ts';
import { createTransformer } from '../../src/index.ts';
import { parsePolicies } from '../../src/loader/policies.ts';
import { type Fixture, loadFixtures, runFixture } from '../../src/verify/fixture.ts';
import { transform } from '../support/api.ts';
import { Peer } from '../support/peer.ts';
import { fixtures, projectFolder, registry } from '../support/project.ts';
import { transform as transformWith } from '../support/transform.ts';
import { crm, Vendor } from '../support/vendor.ts';

const read = (name: string) => readFile(path.join(projectFolder, name), 'utf8');

/** Every document, by its path in the project. */
const documents = ['.', 'docs', 'docs/destinations'].flatMap((folder) =>
  readdirSync(path.join(projectFolder, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name)),
);

const pages = await renderPages(
  registry,
  fixtures,
  await loadNotes(path.join(projectFolder, 'destinations')),
  await read('deploy/prometheus/rules.yaml'),
);

/** The blocks of code of a document, fenced or indented. */
function blocksIn(text: string): string[] {
  const blocks = text.matchAll(/^```\w*\n([\s\S]*?)^```$|(?<=\n\n)((?: {4}.*\n|\n(?= {4}))+)/gm);
  return [...blocks].map(([, fenced, indented]) => fenced ?? indented ?? '');
}

/** The examples that the tests below run, by the start of their code. */
const executed: Record<string, string[]> = {
  'README.md': ['analytics.group', 'POST https://', 'curl http://localhost:9090/transform'],
  'CONTRIBUTING.md': ['import { defineDestination', '{ "event": "full"', 'dialogue({'],
  'docs/delivery.md': ['{ "outcome": "retry"', 'import { createTransformer }'],
  'docs/dialogues.md': ['async function transform'],
  'docs/events.md': ['{\n  "type": "group"'],
  'docs/explain.md': ["curl 'http://localhost:9090/transform?explain=true'", '{ "results": ['],
  'docs/http-api.md': ['curl http://localhost:9090/transform', '{\n  "results": ['],
  'docs/library.md': ['import { createTransformer }'],
  'docs/policies.md': ['curl http://localhost:9090/transform', '{ "type": "group"', '{\n  "webhook"'],
};

/** The block of a document that starts so. */
async function example(document: string, start: string): Promise<string> {
  expect(executed[document]).toContain(start);
  const found = blocksIn(await read(document)).filter((block) => block.trimStart().startsWith(start));
  expect(found).toHaveLength(1);
  return found[0] ?? '';
}

describe.each(documents)('%s', (name) => {
  it('has no example that is not executed, unless it leaves something out', async () => {
    // The pages of destinations contain the results of fixtures, which are tested below.
    if (pages.has(path.relative('docs', name)) && name !== 'docs/events.md') return;
    const examples = blocksIn(await read(name)).map((block) => block.trimStart());
    const isData = (block: string) =>
      /^[{["]|^(curl|POST|analytics\.|import|export|async|function|const|dialogue) ?\b/.test(block);
    const isExecuted = (block: string) => executed[name]?.some((start) => block.startsWith(start)) === true;
    expect(examples.filter((block) => isData(block) && !block.includes('…') && !isExecuted(block))).toEqual([]);
  });

  it('links to what is there', async () => {
    const links = [...(await read(name)).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    const dead: string[] = [];
    for (const [, file = '', anchor] of links) {
      const target = file === '' ? name : path.join(path.dirname(name), file);
      if (!existsSync(path.join(projectFolder, target))) dead.push(target);
      else if (anchor !== undefined && !anchorsIn(await read(target)).includes(anchor))
        dead.push(`${target}#${anchor}`);
    }
    expect(dead).toEqual([]);
  });
});

/** The names under which the headings of a document can be linked to. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it('the call of an SDK in the README leads to the request of the README', async () => {
  const [, groupId, traits] = /group\('([^']+)', ({.+})\)/.exec(await example('README.md', 'analytics.group')) ?? [];
  const event = { type: 'group', groupId, traits: runInNewContext(`(${traits ?? ''})`) as object };
  const [result] = await transform({ event, destination: { name: 'userpilot', config: { apiKey: 'my-key' } } });
  const [head = '', body = ''] = (await example('README.md', 'POST https://')).split('\n\n');
  const [start = '', ...headers] = head.split('\n');
  const [method, url] = start.split(' ');
  expect(result).toMatchObject({
    outcome: 'send',
    requests: [
      {
        method,
        url,
        headers: Object.fromEntries(headers.map((header) => header.split(': '))) as object,
        body: { json: JSON.parse(body) as object },
      },
    ],
  });
});

it('the request of the README is answered with what to send and why not', async () => {
  const results = await transform(await bodyOf('README.md', 'curl http://localhost:9090/transform'));
  expect(results).toMatchObject([{ outcome: 'send' }, { outcome: 'drop' }]);
});

it('the request of the page about the API gets the answer of the page', async () => {
  const body = await bodyOf('docs/http-api.md', 'curl http://localhost:9090/transform');
  const { results } = JSON.parse(await example('docs/http-api.md', '{\n  "results": [')) as { results: object[] };
  expect(await transform(body)).toEqual(results);
});

it('the code of the page about the library gives what the API answers', async () => {
  const { event } = await bodyOf('docs/http-api.md', 'curl http://localhost:9090/transform');
  const code = await example('docs/library.md', 'import { createTransformer }');
  const module = `const event = ${JSON.stringify(event)};\n${code}\nexport default results;`;
  const expected = await transform({ event, destination: { name: 'userpilot', config: { apiKey: 'my-key' } } });
  expect(expected).toMatchObject([{ outcome: 'send' }]);
  await load(module, (_file, results) => {
    expect(results).toEqual(expected);
  });
});

/** The body of a call with curl in a document. */
async function bodyOf(document: string, start: string): Promise<Record<string, unknown>> {
  const body = /-d '([^']+)'/.exec(await example(document, start))?.[1] ?? '';
  return JSON.parse(body) as Record<string, unknown>;
}

it('the request of the page about explain gets the answer of the page', async () => {
  const body = await bodyOf('docs/explain.md', "curl 'http://localhost:9090/transform?explain=true'");
  const { results } = JSON.parse(await example('docs/explain.md', '{ "results": [')) as { results: object[] };
  expect(await transform(body, '?explain=true')).toEqual(results);
});

it('the request of the page about policies leads to the body of the page', async () => {
  const [result] = await transform(await bodyOf('docs/policies.md', 'curl http://localhost:9090/transform'));
  const json = JSON.parse(await example('docs/policies.md', '{ "type": "group"')) as object;
  const sent = result?.outcome === 'send' ? result.requests[0]?.body : undefined;
  expect(sent).toEqual({ json });
});

it('the file of the page about policies is one', async () => {
  const given = JSON.parse(await example('docs/policies.md', '{\n  "webhook"')) as object;
  expect(parsePolicies(given, 'policies')).toEqual(given);
});

it('the event of the page about events suits most destinations', async () => {
  const event = JSON.parse(await example('docs/events.md', '{\n  "type": "group"')) as object;
  const useful = (await outcomesOf(event)).filter(([, outcome]) => ['send', 'ask'].includes(outcome));
  expect(useful.length).toBeGreaterThan(sending.length / 2);
});

it('the page about events says for each sending destination which event is enough', async () => {
  const page = pages.get('events.md') ?? '';
  const rows = [...page.matchAll(/^\| ((?:`[\w.]+`(?:, )?)+) \| \d+ \| (.+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(3);
  for (const [, fields = '', links = ''] of rows) {
    const event: object = { type: 'group', timestamp: '2026-01-02T03:04:05Z' };
    for (const field of fields.replaceAll('`', '').split(', ')) _.set(event, field, 'x@acme.example');
    const names = [...links.matchAll(/destinations\/([\w-]+)\.md/g)].map(([, name]) => name);
    const outcomes = new Map(await outcomesOf(event));
    expect(names.filter((name = '') => !['send', 'ask'].includes(outcomes.get(name) ?? ''))).toEqual([]);
  }
});

const sending = registry.destinations.flatMap((destination) => (isRejecting(destination) ? [] : [destination]));

/** The outcome of an event for each sending destination, with the first config of its page. */
async function outcomesOf(event: object): Promise<[name: string, outcome: string][]> {
  const destinations = sending.map(({ name, examples, deliveryExample }) => ({
    name,
    config: Object.values(examples)[0],
    delivery: deliveryExample,
  }));
  const results = await transform({ event, destinations, dialogues: 'ask' });
  return results.map(({ outcome }, index) => [destinations[index]?.name ?? '', outcome]);
}

/** Imports code of a document as a module, and hands on what that exports by default. */
async function load(code: string, use: (file: string, exported: unknown) => Promise<void> | void): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  try {
    const file = path.join(folder, 'index.ts');
    await writeFile(file, code);
    const { default: exported } = (await import(pathToFileURL(file).href)) as { default: unknown };
    await use(file, exported);
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('the destination of CONTRIBUTING works with its fixture', async () => {
  const code = await example('CONTRIBUTING.md', 'import { defineDestination');
  const fixture = await example('CONTRIBUTING.md', '{ "event": "full"');
  await load(code, async (file, definition) => {
    const transformer = new Transformer({ registry: new Registry([{ file, definition }]) });
    const event = { type: 'group', groupId: 'a/1', traits: { name: 'Acme', employees: '63', plan: 'pro' } };
    const target = { id: 'a', name: 'acme-crm', config: { apiKey: 'k' }, enabled: true };
    expect(transformWith(transformer, [{ payload: event }], [target], new Date())).toMatchObject([
      {
        outcome: 'send',
        requests: [
          {
            url: 'https://api.acme.example/companies/a%2F1',
            headers: { Authorization: 'Bearer k' },
            body: { json: { external_id: 'a/1', name: 'Acme', headcount: 63, extra: { plan: 'pro' } } },
          },
        ],
      },
    ]);

    const folder = path.join(path.dirname(file), 'fixtures');
    await cp(path.join(projectFolder, 'fixtures/_events'), path.join(folder, '_events'), { recursive: true });
    await mkdir(path.join(folder, 'acme-crm'));
    await writeFile(path.join(folder, 'acme-crm/no-plan.json'), fixture);
    const [read] = (await loadFixtures(folder)) as [Fixture];
    const { send } = (await runFixture(transformer, read)) as { send: Request[] };
    expect(send).toMatchObject([{ body: { json: { name: 'Kadewerk BV', extra: { industry: 'Shipbuilding' } } } }]);
    expect(JSON.stringify(send)).not.toContain('"plan"');
  });
});

it('the dialogue of CONTRIBUTING finds a company or creates it, and then links the person', async () => {
  const snippet = await example('CONTRIBUTING.md', 'dialogue({');
  const code = `
    import { defineDestination, deny, dialogue, event, findOrCreate, get, person, post, put, read, trait, text, url, write, z }
      from 'group-transformer/kit';
    const host = 'api.acme.example';
    const body = { name: trait.name.as(text) };
    export default defineDestination({
      name: 'acme', title: 'Acme', docs: 'https://acme.example', config: z.object({}),
      hosts: [host], requests: () => [${snippet.trim()}],
    });`;
  await load(code, (file, definition) => {
    const transformer = new Transformer({ registry: new Registry([{ file, definition }]) });
    const target = { id: 'acme', name: 'acme', config: {}, enabled: true };
    const read = readEvent({ type: 'group', groupId: 'g', userId: 'u', traits: { name: 'Acme' } });
    const answers: Record<string, Answer> = {};
    const go = () => transformer.bind(target).map(read, { now: new Date(), answers }).outcome;
    const answer = (given: Answer) => {
      const mapped = go();
      expect(mapped.outcome).toBe('ask');
      if (mapped.outcome === 'ask') for (const step of mapped.steps) answers[step.key] = given;
    };
    answer({ status: 404 });
    answer({ status: 201, json: { id: 'c-1' } });
    const url = 'https://api.acme.example/companies/c-1/people/u';
    expect(go()).toMatchObject({ outcome: 'send', requests: [{ request: { method: 'PUT', url } }] });
  });
});

it('the loop of the page about dialogues holds one to its end, in 30 lines', async () => {
  const code = await example('docs/dialogues.md', 'async function transform');
  expect(code.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(30);
  const script = `${ts.transpileModule(code, {}).outputText}; transform(service, call);`;

  const app = createApp({
    registry: new Registry([{ file: 'crm', definition: crm }]),
    version: '1.2.3',
    limits: { bodyBytes: 1e6, pipelineBodyBytes: 1e6 },
  });
  const server = createListener(app).listen(0);
  const vendor = new Vendor();
  const reach = async (address: string | URL, init: RequestInit): Promise<Response> => {
    if (typeof address === 'string') return fetch(address, init);
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined;
    const [status, json] = vendor.handle({ method: init.method ?? '', url: address.href, body });
    return Response.json(json, { status });
  };
  try {
    const { port } = server.address() as AddressInfo;
    const event = { type: 'group', groupId: 'acme-42', userId: 'u-1', traits: { name: 'Acme' } };
    const call = { events: [event, event], destination: { name: 'crm', config: { apiKey: 'k' } } };
    // The page's code, with a network in which the vendor is there.
    const world = {
      fetch: reach,
      URL,
      URLSearchParams,
      AbortSignal,
      service: `http://127.0.0.1:${String(port)}`,
      call,
    };
    expect(await runInNewContext(script, world)).toMatchObject([
      { outcome: 'send', requests: [{ url: 'https://crm.example/companies/1/people/u-1' }] },
      { outcome: 'send', requests: [{ method: 'PUT' }, { url: 'https://crm.example/companies/1/people/u-1' }] },
    ]);
  } finally {
    server.close();
  }
});

it('the loop on the page about delivery delivers, and says what to keep for later', async () => {
  const code = (await example('docs/delivery.md', 'import { createTransformer }')).replace(/^import .*$/gm, '');
  const script = ts.transpileModule(`(async () => {${code}})()`, {}).outputText;
  const expected = JSON.parse(await example('docs/delivery.md', '{ "outcome": "retry"')) as { next: number };
  const peer = new Peer(({ body }, response) =>
    response.writeHead(body.includes('b-2') ? 429 : 200, { 'Retry-After': '30' }).end('slow down'),
  );
  const gatewayUrl = `http://127.0.0.1:${String(await peer.start())}`;
  const kept: number[] = [];
  const outcomes: unknown[] = [];
  const world = {
    createTransformer,
    createDeliverer: () => {
      const deliverer = createDeliverer({ gatewayUrl });
      const deliver = async (...args: Parameters<typeof deliverer.deliver>) => {
        const outcome = await deliverer.deliver(...args);
        outcomes.push(outcome);
        return outcome;
      };
      return { deliver, close: () => deliverer.close() };
    },
    events: ['a', 'b'].map((id) => ({ type: 'group', groupId: [`${id}-1`, `${id}-2`], userId: 'u' })),
    destinations: [{ name: 'stormly', config: { apiKey: 'k' } }, { name: 'loops' }],
    keepForLater: (_result: unknown, next: number) => kept.push(next),
  };
  try {
    await runInNewContext(script, world);
  } finally {
    peer.stop();
  }
  expect(outcomes).toEqual([{ outcome: 'delivered', next: 2, status: 200, answer: 'slow down' }, expected]);
  expect(kept).toEqual([expected.next]);
});

describe('the pages that are generated', () => {
  it.each([...pages.keys()])('%s is what the code says', async (name) => {
    expect(await read(path.join('docs', name))).toBe(pages.get(name));
  });

  it('the README lists all destinations', async () => {
    const readme = await read('README.md');
    expect(readme).toBe(listDestinations(readme, registry.destinations));
  });

  it('are all there are of destinations', async () => {
    const files = await readdir(path.join(projectFolder, 'docs/destinations'));
    expect(files.map((name) => `destinations/${name}`).filter((name) => !pages.has(name))).toEqual([]);
  });
});

it('the guide to migrate links to every destination that answers differently from the recordings', async () => {
  const guide = await read('docs/migrating.md');
  const types = ['waivers', 'stand-ins'].flatMap((folder) =>
    readdirSync(path.join(projectFolder, 'test/conformance', folder)).map((name) => path.basename(name, '.json')),
  );
  expect(types.length).toBeGreaterThan(40);
  const unnamed = types.filter((type) => {
    const destination = registry.get(type);
    if (destination === undefined) return true;
    const told = isRejecting(destination) ? `| ${destination.title} |` : `(destinations/${destination.name}.md)`;
    return !guide.includes(told);
  });
  expect(unnamed).toEqual([]);
});
