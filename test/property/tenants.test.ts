import fc from 'fast-check';
import _ from 'lodash';

import type { Json, JsonObject } from '../../src/core/json.ts';
import { Registry } from '../../src/core/registry.ts';
import { createApp } from '../../src/http/app.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { clientInTurn } from '../support/client.ts';
import { sampleOf } from '../support/effort.ts';
import { fixtures, registry } from '../support/project.ts';

/** Use this instead of the clock to repeat a failed run; the tests' names contain it. */
const seed = Date.now() % 2 ** 31;

/** Two tenants whose configs differ in nothing but their secrets. */
const tenants = [
  { others: 'other-', configOf: ({ config }: Fixture) => config },
  {
    others: 'secret-',
    configOf: ({ config }: Fixture) => JSON.parse(JSON.stringify(config).replaceAll('secret-', 'other-')) as JsonObject,
  },
];

/** An event of one tenant on its way to one destination. */
interface Pair {
  jobId: number;
  fixture: Fixture;
  config: JsonObject;
  /** What the secrets of the other tenant, and nothing else, start with. */
  others: string;
}

type App = ReturnType<typeof createApp>;
type Element = JsonObject & { metadata: Json };
/** What a route says of each pair, as text. All pairs are of one destination. */
type Ask = (app: App, pairs: readonly Pair[]) => Promise<Map<Pair, string>>;

const pairsOf = (cases: readonly Fixture[]): Pair[] =>
  cases
    .flatMap((fixture) => tenants.map(({ others, configOf }) => ({ fixture, config: configOf(fixture), others })))
    .map((pair, jobId) => ({ ...pair, jobId }));

const appAt = (now: Date, destinations: Registry = registry): App =>
  createApp({
    registry: destinations,
    version: '0.0.0',
    limits: { bodyBytes: 10_000_000, pipelineBodyBytes: 10_000_000 },
    now: () => now,
    telemetry: {
      onError: (error) => {
        throw error;
      },
    },
  });

/** An app that has never had a request; it knows one destination only, since most of the start is spent on all of them. */
const freshAppFor = ({ fixture: { file, now, destination } }: Pair): App =>
  appAt(now, new Registry([{ file, definition: registry.get(destination) }]));

const clientOf = await clientInTurn();

async function post(app: App, path: string, body: unknown): Promise<unknown> {
  const response = await clientOf(app)
    .post(path)
    .send(body as object);
  expect([path, response.status]).toEqual([path, 200]);
  return response.body;
}

/** Everything but the job, the event and the config is the same for all tenants and destinations. */
function itemOf({ jobId, fixture, config }: Pair, dontBatch: boolean): JsonObject {
  return {
    message: fixture.event,
    metadata: { jobId, destinationId: 'd-1', sourceId: 's-1', workspaceId: 'w-1', dontBatch },
    destination: {
      ID: 'd-1',
      Name: 'mine',
      Config: config,
      DestinationDefinition: { Name: fixture.destination },
      RevisionID: 'r-1',
      hasDynamicConfig: false,
    },
  };
}

function expectAllOf(pairs: readonly Pair[], jobs: readonly number[]): void {
  expect(_.sortBy(jobs)).toEqual(_.sortBy(pairs.map(({ jobId }) => jobId)));
}

/** The text of a value, without the nonce of a signature and its digest, which never repeat. */
const textOf = (value: object = {}) =>
  JSON.stringify(value).replaceAll(/PasswordDigest=\\".+?\\", Nonce=\\".+?\\"/g, 'PasswordDigest Nonce');

const typeOf = (pairs: readonly Pair[]) => pairs[0]?.fixture.destination ?? '';

async function process(app: App, pairs: readonly Pair[]): Promise<Map<Pair, string>> {
  const items = pairs.map((pair) => itemOf(pair, false));
  const elements = (await post(app, `/v0/destinations/${typeOf(pairs)}`, items)) as Element[];
  const byJob = _.groupBy(elements, ({ metadata }) => (metadata as JsonObject).jobId);
  expectAllOf(pairs, Object.keys(byJob).map(Number));
  return new Map(pairs.map((pair) => [pair, textOf(byJob[pair.jobId])]));
}

async function routeElements(app: App, pairs: readonly Pair[], dontBatch: boolean): Promise<Element[]> {
  const input = pairs.map((pair) => itemOf(pair, dontBatch));
  const { output } = (await post(app, '/routerTransform', { input, destType: typeOf(pairs) })) as { output: Element[] };
  expectAllOf(pairs, output.flatMap(jobsOf));
  return output;
}

const jobsOf = ({ metadata }: Element) => (metadata as JsonObject[]).map(({ jobId }) => jobId as number);

async function route(app: App, pairs: readonly Pair[]): Promise<Map<Pair, string>> {
  // An element of its own for each pair, or there is nothing to compare.
  const elements = await routeElements(app, pairs, true);
  const byJob = _.keyBy(elements, (element) => jobsOf(element).join());
  return new Map(pairs.map((pair) => [pair, textOf(byJob[pair.jobId])]));
}

async function transform(app: App, pairs: readonly Pair[]): Promise<Map<Pair, string>> {
  const answers = new Map<Pair, string>();
  for (const pair of pairs) {
    const { event, destination: name } = pair.fixture;
    const body = { event, destination: { id: 'd-1', name, config: pair.config } };
    answers.set(pair, JSON.stringify(await post(app, '/transform', body)));
  }
  return answers;
}

const routes: Record<string, Ask> = { process, route, transform };

interface Visit {
  route: string;
  pair: Pair;
}

/** All visits in two orders, one after the other, in calls that mix tenants, with calls of all routes between them. */
function callsOf(visits: Visit[]): Visit[][] {
  const orders = fc.sample(fc.shuffledSubarray(visits, { minLength: visits.length }), { seed, numRuns: 2 });
  return orders.flatMap((order) =>
    _.chunk(order, 400).flatMap((part) =>
      Object.values(_.groupBy(part, ({ route, pair }) => `${route} ${pair.fixture.destination}`)),
    ),
  );
}

const chosen = Object.values(_.groupBy(fixtures, 'destination')).flatMap((own) => sampleOf(own, 1, 4));
const groups = Object.entries(_.groupBy(chosen, ({ now }) => now.toISOString()));

describe.each(groups)(`at %s, in the order of the seed ${String(seed)}`, (now, cases) => {
  const pairs = pairsOf(cases);
  const at = new Date(now);

  it('no state survives a request, and no tenant sees another’s', async () => {
    const visits = pairs.flatMap((pair) => Object.keys(routes).map((route) => ({ route, pair })));
    const alone = new Map<string, string | undefined>();
    for (const { route, pair } of visits) {
      const answers = await (routes[route] as Ask)(freshAppFor(pair), [pair]);
      alone.set(`${route} ${String(pair.jobId)}`, answers.get(pair));
    }

    const app = appAt(at);
    for (const call of callsOf(visits)) {
      const [{ route }] = call as [Visit];
      const answers = await (routes[route] as Ask)(
        app,
        call.map(({ pair }) => pair),
      );
      for (const [pair, answer] of answers) {
        const which = `${route} ${pair.fixture.destination}/${pair.fixture.name}`;
        expect([which, answer]).toEqual([which, alone.get(`${route} ${String(pair.jobId)}`)]);
        expect([which, answer]).not.toEqual([which, expect.stringContaining(pair.others)]);
      }
    }
  });

  it('what the router’s route puts together is of one tenant', async () => {
    const app = appAt(at);
    const [shuffled = []] = fc.sample(fc.shuffledSubarray(pairs, { minLength: pairs.length }), { seed, numRuns: 1 });
    for (const call of Object.values(_.groupBy(shuffled, ({ fixture }) => fixture.destination))) {
      for (const element of await routeElements(app, call, false)) {
        const text = JSON.stringify(element);
        for (const jobId of jobsOf(element)) expect(text).not.toContain(pairs[jobId]?.others);
      }
    }
  });
});
