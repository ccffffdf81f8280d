import _ from 'lodash';

import type { Answer } from '../../src/contract/dialogue.ts';
import type { Request } from '../../src/contract/requests.ts';
import { Registry } from '../../src/core/registry.ts';
import { createApp } from '../../src/http/app.ts';
import type { Fixture } from '../../src/verify/fixture.ts';
import { clientInTurn } from '../support/client.ts';
import { sampleOf } from '../support/effort.ts';
import { fixtures, registry } from '../support/project.ts';

/*
 * Two tenants of one call that differ in nothing but the secrets of their config, or in the token that comes with the
 * call, share no answer of a vendor: each is asked, and answered, what it is when it is alone.
 */

const limits = { bodyBytes: 10_000_000, pipelineBodyBytes: 10_000_000 };

/** A tenant, by what its secrets start with, and the answers to what it asks, in their order. */
interface Tenant {
  mark: string;
  answers: readonly Answer[];
}

/** What each tenant was asked for and answered in one call, as texts without the marks. */
interface Seen {
  calls: string[];
  answer: string;
}

type Route = (app: ReturnType<typeof createApp>, fixture: Fixture, marks: readonly string[]) => Promise<unknown[]>;

const withMark = <T>(value: T, mark: string): T =>
  JSON.parse(JSON.stringify(value ?? null).replaceAll('secret-', mark)) as T;

const clientOf = await clientInTurn();

async function post(app: ReturnType<typeof createApp>, path: string, body: object | string): Promise<string> {
  const type = typeof body === 'string' ? 'application/x-ndjson' : 'application/json';
  const response = await clientOf(app).post(path).set('Content-Type', type).responseType('blob').send(body);
  const text = String(response.body);
  expect([path, response.status, text]).toEqual([path, 200, text]);
  return text;
}

const destinationsOf = ({ destination: name, config, delivery }: Fixture, marks: readonly string[]) =>
  marks.map((mark) => ({
    name,
    id: `${mark}id`,
    config: withMark(config, mark),
    ...(delivery && { delivery: withMark(delivery, mark) }),
  }));

const itemsOf = ({ destination: name, event, config, delivery }: Fixture, marks: readonly string[]) =>
  marks.map((mark, jobId) => ({
    message: event,
    metadata: { jobId, ...(delivery && { secret: withMark(delivery, mark) }) },
    destination: {
      ID: 'd',
      Config: withMark(config, mark),
      hasDynamicConfig: false,
      DestinationDefinition: { Name: name },
    },
  }));

/** What is said of each tenant, in their order. */
const routes: Record<string, Route> = {
  transform: async (app, fixture, marks) => {
    const body = { event: fixture.event, destinations: destinationsOf(fixture, marks) };
    const { results } = JSON.parse(await post(app, '/transform', body)) as { results: object[] };
    return results.map((result) => _.omit(result, 'destination'));
  },
  stream: async (app, fixture, marks) => {
    const head = { destinations: destinationsOf(fixture, marks) };
    const lines = [head, { event: fixture.event }].map((line) => JSON.stringify(line)).join('\n');
    const text = await post(app, '/transform', lines);
    return text
      .trim()
      .split('\n')
      .map((line) => _.omit(JSON.parse(line) as object, 'destination'));
  },
  batch: async (app, fixture, marks) => {
    const body = { event: fixture.event, destinations: destinationsOf(fixture, marks), batch: true };
    const answer = JSON.parse(await post(app, '/transform', body)) as {
      results: (object & { batches?: number[] })[];
      batches: { request: Request }[];
    };
    return answer.results.map(({ batches = [], ...result }) => [
      _.omit(result, 'destination'),
      batches.map((batch) => answer.batches[batch]?.request),
    ]);
  },
  processor: async (app, fixture, marks) => {
    const text = await post(app, `/v0/destinations/${fixture.destination}`, itemsOf(fixture, marks));
    const elements = JSON.parse(text) as { metadata: { jobId: number } }[];
    const byJob = _.groupBy(elements, ({ metadata }) => metadata.jobId);
    return marks.map((_mark, jobId) => byJob[jobId]?.map((element) => _.omit(element, 'metadata')));
  },
  router: async (app, fixture, marks) => {
    const body = { input: itemsOf(fixture, marks), destType: fixture.destination };
    const { output } = JSON.parse(await post(app, '/routerTransform', body)) as {
      output: { metadata: { jobId: number }[] }[];
    };
    const byJob = new Map(
      output.flatMap((element) => element.metadata.map(({ jobId }) => [jobId, _.omit(element, 'metadata')] as const)),
    );
    return marks.map((_mark, jobId) => byJob.get(jobId));
  },
};

/** Makes one call for some tenants, whose vendor knows them by their marks only. */
async function callFor(route: Route, fixture: Fixture, tenants: readonly Tenant[]): Promise<Seen[]> {
  const rest = new Map(tenants.map(({ mark, answers }) => [mark, [...answers]]));
  const calls = new Map<string, string[]>(tenants.map(({ mark }) => [mark, []]));
  const { file, destination } = fixture;
  const app = createApp({
    // Most of the start of an app is spent on all the other destinations.
    registry: new Registry([{ file, definition: registry.get(destination) }]),
    version: '1.2.3',
    limits,
    now: () => fixture.now,
    calls: {
      hosts: ['*', '*.*', '*.*.*', '*.*.*.*'],
      call: async (asked) => {
        const text = JSON.stringify(asked);
        const marks = [...rest.keys()].filter((mark) => text.includes(mark) || text.includes(encoded(mark, text)));
        expect([text, marks]).toEqual([text, [expect.anything()]]);
        const [mark = ''] = marks;
        calls.get(mark)?.push(unmarked(text, mark));
        // So that tenants that are asked at the same time could meet.
        await new Promise((resolve) => setImmediate(resolve));
        return rest.get(mark)?.shift() ?? { error: 'no answer' };
      },
    },
    telemetry: {
      onError: (error) => {
        throw error;
      },
    },
  });
  const answers = await route(
    app,
    fixture,
    tenants.map(({ mark }) => mark),
  );
  return tenants.map(({ mark }, index) => ({
    calls: calls.get(mark) ?? [],
    answer: unmarked(JSON.stringify(answers[index]), mark),
  }));
}

/** The mark as an encoded header contains it; a text without a mark if there is none. */
function encoded(mark: string, text: string): string {
  const [found = ''] = /Basic ([\w+/=]+)/.exec(text)?.slice(1) ?? [];
  return Buffer.from(found, 'base64').toString().includes(mark) ? found : '\0';
}

/** A text in which a tenant's mark, encoded or not, is any tenant's. */
const unmarked = (text: string, mark: string): string =>
  text
    .replaceAll(/Basic ([\w+/=]+)/g, (_all, credentials: string) => Buffer.from(credentials, 'base64').toString())
    .replaceAll(mark, 'secret-');

const throttled: Answer[] = Array.from({ length: 20 }, () => ({ status: 429, retryAfter: 30 }));
const refused: Answer[] = Array.from({ length: 20 }, () => ({ status: 401, json: {} }));

const withDialogues = Object.entries(
  _.groupBy(
    fixtures.filter(({ answers }) => answers.length > 0),
    'destination',
  ),
);

it('there are destinations that ask', () => {
  expect(withDialogues.length).toBeGreaterThan(0);
});

describe.each(withDialogues)('%s', (name, cases) => {
  const isForPipelines = !_.has(registry.get(name), 'rejectsPipelines');
  const served = isForPipelines ? routes : _.omit(routes, ['processor', 'router']);

  it.each(Object.entries(served))('keeps tenants apart on the route %s', async (_route, route) => {
    for (const fixture of sampleOf(cases, 1, 6)) {
      const one = { mark: 'one-', answers: fixture.answers };
      for (const others of [throttled, refused]) {
        const other = { mark: 'two-', answers: others };
        const [alone] = await callFor(route, fixture, [one]);
        const [otherAlone] = await callFor(route, fixture, [other]);
        const which = fixture.name;
        expect(alone?.calls.length).toBeGreaterThan(0);
        expect({ which, seen: await callFor(route, fixture, [one, other]) }).toEqual({
          which,
          seen: [alone, otherAlone],
        });
        expect({ which, seen: await callFor(route, fixture, [other, one]) }).toEqual({
          which,
          seen: [otherAlone, alone],
        });
      }
    }
  });
});
