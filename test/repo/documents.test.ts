import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import ts from 'typescript';
import type { AddressInfo } from 'node:net';
import { renderEvents } from '../../src/cli/docs/events.ts';
import { Registry } from '../../src/core/registry.ts';
import { Transformer } from '../../src/core/transform.ts';
import { createApp } from '../../src/http/app.ts';
import { createListener } from '../../src/http/listener.ts';
import { transform } from '../support/api.ts';
import { crm, Vendor } from '../support/vendor.ts';
import { projectFolder } from '../support/project.ts';

const read = (name: string) => readFile(path.join(projectFolder, name), 'utf8');

it('the request of the README gets the answer of the README', async () => {
  const text = await read('README.md');
  const [, request = ''] = /-d '(\{[^']+\})'/.exec(text) ?? [];
  const [, answer = ''] = /\n {4}(\{ "results"[\s\S]+?)\n\n\S/.exec(text) ?? [];
  const { results } = JSON.parse(answer) as { results: object[] };
  expect(await transform(JSON.parse(request))).toEqual(results);
});

it('the request of the page about explain gets the answer of the page', async () => {
  const text = await read('docs/explain.md');
  const [, request = ''] = /-d '(\{[^']+\})'/.exec(text) ?? [];
  const [, answer = ''] = /\n {4}(\{ "results"[\s\S]+?)\n\n\S/.exec(text) ?? [];
  const { results } = JSON.parse(answer) as { results: object[] };
  expect(await transform(JSON.parse(request), '?explain=true')).toEqual(results);
});

it('the destination of CONTRIBUTING works', async () => {
  const text = await read('CONTRIBUTING.md');
  const [, code = ''] = /\n( {7}import \{ defineDestination[\s\S]+? {7}\}\);\n)/.exec(text) ?? [];
  const folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
  try {
    const file = path.join(folder, 'index.ts');
    await writeFile(file, code);
    const { default: definition } = (await import(pathToFileURL(file).href)) as { default: unknown };
    const transformer = new Transformer({ registry: new Registry([{ file, definition }]) });
    const event = { type: 'group', groupId: 'a/1', traits: { name: 'Acme', employees: '63', plan: 'pro' } };
    const target = { id: 'a', name: 'acme-crm', config: { apiKey: 'k' }, enabled: true };
    expect(transformer.transform([{ payload: event }], [target], new Date())).toMatchObject([
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
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('the loop of the page about dialogues holds one to its end, in 30 lines', async () => {
  const text = await read('docs/dialogues.md');
  const [, code = ''] = /\n```ts\n([\s\S]+?)```\n/.exec(text) ?? [];
  expect(code.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(30);
  const script = `${ts.transpileModule(code, {}).outputText}; transform(service, call);`;

  const app = createApp({
    registry: new Registry([{ file: 'crm', definition: crm }]),
    version: '1.2.3',
    bodyLimit: 1e6,
    pipelineBodyLimit: 1e6,
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

it('the page about events is what the code says', async () => {
  expect(await read('docs/events.md')).toBe(renderEvents());
});

it('every document links to files that are there', async () => {
  for (const name of [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'docs/events.md',
    'docs/dialogues.md',
    'docs/explain.md',
  ]) {
    const links = [...(await read(name)).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link ?? '');
    for (const link of links)
      await expect(
        readFile(path.join(projectFolder, path.dirname(name), link)).catch(
          (error: unknown) => (error as { code: string }).code,
        ),
      ).resolves.not.toBe('ENOENT');
  }
});
