import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import type { Result } from '../../../src/contract/results.ts';
import { killAll, ready, type Service, start, told } from '../../support/service.ts';
import { startUpstream } from '../../support/upstream.ts';

/*
 * The service as an operator runs it: built, in a process of its own.
 */

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
});

afterEach(killAll);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Span {
  traceId: string;
  parentSpanId: string;
  name: string;
}

/** The spans of a call to a collector. See https://opentelemetry.io/docs/specs/otlp/#otlphttp */
function spansIn(body: unknown): Span[] {
  const { resourceSpans } = body as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** Writes a folder of destinations, each a module of the given text. */
async function destinations(name: string, modules: Record<string, string>): Promise<string> {
  for (const [destination, text] of Object.entries(modules)) {
    await mkdir(path.join(folder, name, destination), { recursive: true });
    await writeFile(path.join(folder, name, destination, 'index.mjs'), text);
  }
  return path.join(folder, name);
}

const acme = (title: string, aliases: string) => `
  import { defineDestination, event, post, secret, traits, url, z } from 'group-transformer/kit';
  export default defineDestination({
    name: 'acme', title: '${title}', aliases: ${aliases}, docs: 'https://acme.example/docs',
    config: z.object({ apiKey: secret('Key') }),
    examples: { default: { apiKey: 'secret-apiKey' } },
    hosts: ['acme.example'],
    requests: ({ apiKey }) => [
      post.json({
        url: url\`https://acme.example/groups/\${event.groupId}\`,
        headers: { Authorization: apiKey },
        body: { traits },
      }),
    ],
  });
`;

it('says where it is and how to use it, and what it says works', async () => {
  const service = start({});
  const url = await ready(service);
  await told(service, 'curl');
  const [, address, type, body] = /curl (\S+) -H '([^']+)' -d '([^']+)'/.exec(service.output()) ?? [];
  expect([address, type]).toEqual([`${url}/transform`, 'content-type: application/json']);
  const response = await fetch(`${url}/transform`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: body ?? '',
  });
  expect(await response.json()).toMatchObject({ results: [{ outcome: 'send', destinationId: 'userpilot' }] });
});

it('finishes what it has begun, and stops, when it is told to', async () => {
  const service = start({});
  const url = await ready(service);
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  service.child.kill('SIGTERM');
  expect(await service.exit).toBe(0);
});

it('takes requests for a while after it is told to stop, and says that it is not ready', async () => {
  const service = start({ DRAIN_DELAY: '2' });
  const url = await ready(service);
  service.child.kill('SIGTERM');
  await told(service, 'drains');
  const answer = await fetch(`${url}/ready`);
  expect([answer.status, answer.headers.get('connection')]).toEqual([503, 'close']);
  const body = JSON.stringify({ event: { type: 'group', groupId: 'g' }, destination: { name: 'loops' } });
  const transformed = await fetch(`${url}/transform`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect([transformed.status, transformed.headers.get('connection')]).toEqual([200, 'close']);
  expect(await service.exit).toBe(0);
});

it('stops at once when it is told so twice', async () => {
  const service = start({ DRAIN_DELAY: '20' });
  await ready(service);
  service.child.kill('SIGTERM');
  await told(service, 'drains');
  service.child.kill('SIGTERM');
  expect(await service.exit).toBe(1);
});

it('logs what it cannot go on after, drains and ends', async () => {
  const throwing = `${acme('Acme', '[]')} setTimeout(() => { throw new Error('out of nowhere') }, 500);`;
  const service = start({
    DRAIN_DELAY: '0',
    DESTINATIONS_PATH: await destinations('throwing', { acme: throwing }),
  });
  expect(await service.exit).toBe(1);
  expect(service.output().split('out of nowhere').length - 1).toBe(2); // the message, and once more in the stack
});

it('names the level of what it logs', async () => {
  const service = start({ UPSTREAM_TRANSFORMER_URL: 'http://localhost:1' });
  await ready(service);
  const levels = [...service.output().matchAll(/^\{"level":("?\w+"?)/gm)].map(([, level]) => level);
  expect(levels).toEqual(['"warn"', '"info"']);
});

it('serves pipelines on a port of their own', async () => {
  const service = start({ PIPELINE_PORT: '0', API_TOKENS: 'token-1, token-2' });
  const url = await ready(service);
  const [, port = ''] = /"pipelinePort":(\d+)/.exec(service.output()) ?? [];
  const pipelineUrl = `http://localhost:${port}`;
  expect(pipelineUrl).not.toBe(url);
  const status = async (address: string, init?: RequestInit) => (await fetch(address, init)).status;
  expect(await status(`${pipelineUrl}/features`)).toBe(200);
  expect(await status(`${pipelineUrl}/destinations`)).toBe(404);
  expect(await status(`${url}/features`)).toBe(404);
  expect(await status(`${url}/destinations`)).toBe(401);
  expect(await status(`${url}/destinations`, { headers: { authorization: 'Bearer token-2' } })).toBe(200);
  for (const address of [url, pipelineUrl])
    for (const path of ['health', 'ready', 'metrics']) expect(await status(`${address}/${path}`)).toBe(200);
});

it('refuses destinations of the upstream that nobody knows, and says what may be meant', async () => {
  const service = start({ UPSTREAM_TRANSFORMER_URL: 'http://localhost:1', UPSTREAM_DESTINATIONS: 'AM,hubpsot' });
  expect(await service.exit).toBe(1);
  expect(service.output()).toContain(
    'UPSTREAM_DESTINATIONS: no destination is named "hubpsot"; did you mean "hubspot"?',
  );
});

it('refuses a folder for what a shadow keeps that cannot be one', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  const service = start({
    UPSTREAM_TRANSFORMER_URL: 'http://localhost:1',
    UPSTREAM_MODE: 'shadow',
    SHADOW_PATH: file,
  });
  expect(await service.exit).toBe(1);
  expect(service.output()).toContain(`SHADOW_PATH: ${file}: the folder cannot be written`);
});

it('compares the answers of an upstream, and keeps what differs for its owner alone', async () => {
  const upstream = await startUpstream();
  const kept = path.join(folder, 'kept', 'fixtures');
  try {
    const service = start({ UPSTREAM_TRANSFORMER_URL: upstream.url, UPSTREAM_MODE: 'shadow', SHADOW_PATH: kept });
    const url = await ready(service);
    const response = await fetch(`${url}/v0/destinations/stormly`, {
      method: 'POST',
      body: JSON.stringify([
        {
          message: { type: 'group', groupId: 'acme-42', userId: 'private-user' },
          metadata: { messageId: 'm-1' },
          destination: { Config: { apiKey: 'private-key' } },
        },
      ]),
    });
    expect(await response.json()).toMatchObject([{ output: { endpoint: 'https://up.example/group' } }]);
    await told(service, 'the upstream answers differently');
    while (!(await readdir(kept)).includes('stormly')) await setTimeout(20);
    expect(((await stat(kept)).mode & 0o777).toString(8)).toBe('700');
    expect(service.output()).not.toContain('private');
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
  } finally {
    upstream.close();
  }
});

it('sends spans to where the operator says', async () => {
  const spans: Span[] = [];
  const collector = createServer((request, response) => {
    void json(request).then((body) => {
      spans.push(...spansIn(body));
      response.end('{}');
    });
  }).listen(0);
  try {
    const endpoint = `http://localhost:${String((collector.address() as AddressInfo).port)}`;
    const service = start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, DRAIN_DELAY: '0' });
    const url = await ready(service);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await fetch(`${url}/destinations/stormly`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    expect(spans).toEqual([
      expect.objectContaining({ traceId, parentSpanId: '00f067aa0ba902b7', name: 'GET /destinations/:name' }),
    ]);
  } finally {
    collector.close();
  }
});

describe('with several workers', () => {
  const workersOf = ({ child: { pid, exitCode } }: Service) =>
    exitCode === null
      ? readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
          .split(' ')
          .filter(Boolean)
          .map(Number)
      : [];

  it('serves on, and has as many as before, when one of them is killed', async () => {
    const service = start({ WORKERS: '2' });
    const url = await ready(service);
    const serving = () => service.output().split('"worker serves"').length - 1;
    while (serving() < 2) await setTimeout(20);
    const [victim, other] = workersOf(service) as [number, number];
    process.kill(victim, 'SIGKILL');
    while (serving() < 3) await setTimeout(20);
    expect(workersOf(service)).toContain(other);
    expect(workersOf(service)).not.toContain(victim);
    // A connection that was on its way to the one that was killed breaks, and may be made again.
    const ask = () => fetch(`${url}/ready`);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask().catch(ask)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    // Whichever is asked tells what all of them have counted.
    for (let asked = 0; asked < 10; asked++) await fetch(`${url}/transform`, { method: 'POST' });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'transformer_duration_seconds_count{route="/transform"} 10\n',
    );
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    expect(() => process.kill(other, 0)).toThrow('ESRCH');
  });

  it('stops where none of them can start', async () => {
    const service = start({ WORKERS: '2', DESTINATIONS_PATH: '/nowhere' });
    expect(await service.exit).toBe(1);
    expect(service.output()).toContain('/nowhere');
  });
});

it('loads further destinations, which get the running kit', async () => {
  const service = start({ DESTINATIONS_PATH: await destinations('team', { acme: acme('Acme', '["ACME_CRM"]') }) });
  const url = await ready(service);
  const response = await fetch(`${url}/transform`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      event: { type: 'group', groupId: 'g/1', traits: { a: 1 } },
      destinations: [
        { name: 'acme_crm', config: { apiKey: 'k' } },
        { name: 'stormly', config: {} },
      ],
    }),
  });
  const { results } = (await response.json()) as { results: Result[] };
  expect(results[0]).toMatchObject({
    requests: [
      {
        url: 'https://acme.example/groups/g%2F1',
        headers: { Authorization: 'k' },
        body: { json: { traits: { a: 1 } } },
      },
    ],
  });
  expect(results[1]).toMatchObject({ code: 'CONFIG_INVALID', path: 'config.apiKey' });
});

it.each<[string, () => Promise<Record<string, string>>, string[]]>([
  [
    'a name is taken',
    async () => ({ DESTINATIONS_PATH: await destinations('clash', { acme: acme('Mixpanel', '[]') }) }),
    ['clash/acme/index.mjs', '"mixpanel" already belongs to', 'mixpanel/index.js'],
  ],
  [
    'a folder has another name',
    async () => ({ DESTINATIONS_PATH: await destinations('folder', { other: acme('Other', '[]') }) }),
    ['other/index.mjs', 'must be named "acme"'],
  ],
  [
    'a module exports something else',
    async () => ({ DESTINATIONS_PATH: await destinations('other', { acme: 'export default {}' }) }),
    ['acme/index.mjs', 'must come from defineDestination'],
  ],
  [
    'a module throws',
    async () => ({ DESTINATIONS_PATH: await destinations('throws', { acme: 'throw new Error("no such key")' }) }),
    ['acme/index.mjs', 'no such key'],
  ],
  [
    'a definition is incomplete',
    async () => ({
      DESTINATIONS_PATH: await destinations('docs', {
        acme: acme('Acme', '[]').replace('https://acme.example/docs', 'see the wiki'),
      }),
    }),
    ['acme/index.mjs', 'docs "see the wiki" is not a URL'],
  ],
  [
    'a folder has no module',
    async () => {
      await mkdir(path.join(folder, 'empty/acme'), { recursive: true });
      return { DESTINATIONS_PATH: path.join(folder, 'empty') };
    },
    ['empty/acme', 'there is no index.js'],
  ],
  [
    'a folder is not there',
    () => Promise.resolve({ DESTINATIONS_PATH: path.join(folder, 'nowhere') }),
    ['nowhere', 'cannot be read'],
  ],
  ['a setting is wrong', () => Promise.resolve({ PORT: 'http' }), ['PORT']],
])('does not start where %s, and says why', async (_name, environment, expected) => {
  const service = start(await environment());
  expect(await service.exit).toBe(1);
  for (const text of expected) expect(service.output()).toContain(text);
  expect(service.output()).not.toContain('    at ');
});

describe('the playground', () => {
  it.each([
    [{}, 200],
    [{ NODE_ENV: 'production' }, 404],
    [{ NODE_ENV: 'production', PLAYGROUND: 'true' }, 200],
    [{ PLAYGROUND: 'false' }, 404],
  ])('given %j answers %i', async (environment: Record<string, string>, status) => {
    const response = await fetch(await ready(start(environment)));
    expect(response.status).toBe(status);
    expect((await response.text()).includes('<title>Group Transformer</title>')).toBe(status === 200);
  });
});

describe('it ends with 0 within 20 seconds', () => {
  const opening = {
    'an idle connection': '',
    'a header half sent': 'GET /health HTTP/1.1\r\nHo',
    'an open stream':
      'POST /transform HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n',
  };

  it.each(Object.entries(opening))('with %s', async (_name, bytes) => {
    const service = start({});
    const { port } = new URL(await ready(service));
    const socket = connect(Number(port), 'localhost').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(bytes);
    await setTimeout(200);
    await expectEnd(service);
  });

  it('with a collector of spans that does not answer', async () => {
    const dead = createServer(() => undefined).listen(0);
    const { port } = dead.address() as AddressInfo;
    const service = start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${String(port)}` });
    await fetch(`${await ready(service)}/destinations`);
    await expectEnd(service);
    dead.closeAllConnections();
    dead.close();
  });

  it.each(['1', '2'])('with a full disk under its log, in %s processes', async (count) => {
    const full = openSync('/dev/full', 'w');
    const port = await freePort();
    const service = start({ PORT: String(port), WORKERS: count }, { stdout: full });
    const answered = async (): Promise<number> =>
      fetch(`http://localhost:${String(port)}/health`).then(
        ({ status }) => status,
        () => setTimeout(100).then(answered),
      );
    expect(await answered()).toBe(200);
    await expectEnd(service);
    closeSync(full);
  });

  async function expectEnd({ child, exit }: Service): Promise<void> {
    const began = performance.now();
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(performance.now() - began).toBeLessThan(20_000);
  }

  async function freePort(): Promise<number> {
    const server = createServer().listen(0);
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  }
});
