import _ from 'lodash';

import type { ExplainedField, LineageRow } from '../../src/contract/lineage.ts';
import type { Request } from '../../src/contract/requests.ts';
import type { AskOutcome, BatchedResults, Result } from '../../src/contract/results.ts';
import { placesOf } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { differences, type Expectation, type Fixture, toExpectation } from '../../src/verify/fixture.ts';
import { reviewFixture } from '../../src/verify/review/fixture.ts';
import { clock, expectNoErrors } from '../support/api.ts';
import { type Conversation, converse, envelopeOf, transformAsDescribed } from '../support/conversation.ts';
import { lineageOf, requestsOf } from '../support/lineage.ts';
import { process, route } from '../support/pipeline.ts';
import { fixtures, registry } from '../support/project.ts';

/*
 * Every fixture, once in each mode: mapped in process, asked for over HTTP, explained, in batches, and as a pipeline's
 * processor and router ask for it. All answers are held to what the API says of itself, or to what the pipeline decodes.
 *
 * An explanation comes of mapping once more, with a trace. It must not change what is answered; it must speak of every
 * value that is sent, and of nothing else; and it must know the rows of lineage and no others.
 */

afterAll(() => {
  delete clock.now;
});

afterEach(expectNoErrors);

const EXPLAINED = '?explain=true';

/** `secret-` as it is, in a URL, and in Base64 after any number of bytes. */
const needles = ['secret-', 'secret%2D', 'c2VjcmV0', 'lY3Jld', 'ZWNyZXQt'];

/** A config with `***` for every secret, and for what only the sender of a URL knows. */
function hidden<T>(config: T): T {
  return _.cloneDeepWith(config, (value: unknown) => {
    if (typeof value !== 'string' || !value.includes('secret-')) return undefined;
    return value.startsWith('https:') ? `${new URL(value).origin}/***` : value.replace(/secret-\w+/, '***');
  }) as T;
}

/** What an explanation has beside the row of lineage, and the value of a constant. */
const ofEvent: readonly string[] = ['request', 'in', 'out', 'status', 'value'] satisfies (
  keyof ExplainedField | 'value'
)[];

/** A row without what an explanation adds to it, as text. */
const keyOf = (row: LineageRow) =>
  JSON.stringify(
    Object.entries(row)
      .filter(([name]) => !ofEvent.includes(name))
      .sort(),
  );

type Leaf = readonly [place: string, value: unknown];

/** The values of a request, by the places at which they stand. */
function leavesOf(value: unknown, place: string): Leaf[] {
  if (typeof value !== 'object' || value === null) return [[place, value]];
  return Object.entries(value).flatMap(([key, child]) =>
    leavesOf(child, Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`),
  );
}

/** Every place that a field speaks of, with what it says is there. */
function toldBy({ to, out }: ExplainedField): Leaf[] {
  return leavesOf(out, to.endsWith('.*') ? to.slice(0, -2) : to);
}

/** A place of lineage as a pattern of places: an element of a list that may be absent can stand anywhere in it. */
const patternOf = (place: string) => new RegExp(`^${_.escapeRegExp(place).replaceAll('\\[\\]', '\\[\\d+\\]')}$`);

/** The request of a definition that a field speaks of, such as `requests[0]`. */
const rootOf = ({ to }: ExplainedField) => /^requests\[\d+\]/.exec(to)?.[0];

const explanationsOf = ({ turns }: Conversation) => turns.flatMap(({ explain }) => explain ?? []);
const expectationOf = ({ turns, dialogue }: Conversation): Expectation => ({
  ...toExpectation(turns.at(-1) as Result),
  ...(dialogue.length > 0 && { dialogue }),
});

const bodyOf = (request: Request | undefined) => request?.body;
const listed = ({ body }: Request) => body && 'json' in body && { json: [body.json] };

const cases = fixtures.map((fixture) => [`${fixture.destination}/${fixture.name}`, fixture] as const);

describe.each(cases)('%s', (_name, fixture) => {
  let plain: Conversation;
  let explained: Conversation;

  beforeAll(async () => {
    clock.now = fixture.now;
    plain = await converse(fixture);
    explained = await converse(fixture, EXPLAINED);
  });

  it('has the expected outcome, in process and over HTTP', async () => {
    expect(await reviewFixture(registry, fixture)).toEqual([]);
    expect(differences(fixture.expected, expectationOf(plain))).toEqual([]);
    // A caller that hasn't said that it can ask is told that it has to.
    const isAsked = plain.dialogue.length > 0;
    const call = isAsked && transformAsDescribed<{ results: unknown[] }>(envelopeOf(fixture));
    const { results } = (await call) || { results: [] };
    expect(_.map(results, 'code')).toEqual(isAsked ? ['DIALOGUE_NEEDED'] : []);
  });

  it('has the same results with an explanation as without, in batches, and beside itself', async () => {
    expect(explained.turns.map((result) => _.omit(result, 'explain'))).toEqual(plain.turns);
    expect(explained.dialogue).toEqual(plain.dialogue);

    const { destination, ...rest } = envelopeOf(fixture);
    const destinations = ['first', 'second'].map((id) => ({ id, ...destination }));
    const envelope = { ...rest, destinations, batch: true, dialogues: 'ask' };
    const answer = await transformAsDescribed<BatchedResults<AskOutcome>>(envelope, EXPLAINED);
    const [alone] = explained.turns;
    // What is another request in batches is explained as such, which tests of batches look into too.
    const isOther = requestsOf(fixture).some(({ batch }) => batch?.isOther === true);
    const compared = (result: object) => (isOther ? _.omit(result, ['explain', 'requests', 'warnings']) : result);
    const whole = answer.results.map((result) => {
      if (result.outcome !== 'send') return result;
      const own = result.batches.map((index) => answer.batches[index]?.request);
      // Requests for the groups of a list may be one, which tests of batches look into.
      const isMerged = alone?.outcome === 'send' && own.length < alone.requests.length;
      // What is sent by itself where it is alone is a list in a batch, though it be one of one.
      const isListed = alone?.outcome === 'send' && _.isEqual(own.map(bodyOf), alone.requests.map(listed));
      return { ..._.omit(result, 'batches'), requests: isMerged || isListed ? alone.requests : own };
    });
    expect(whole.map(compared)).toEqual(
      destinations.map(({ id }, position) => compared({ ...alone, destination: position, destinationId: id })),
    );
  });

  it('is explained wherever it was mapped, with all rows of lineage and no others', () => {
    const lineage = lineageOf(fixture);
    const isConstant = (row: LineageRow) => 'value' in row;
    const explanations = explanationsOf(explained);
    expect(explanations).toHaveLength(lineage.length > 0 ? explained.turns.length : 0);
    const rows = lineage.map(keyOf);
    const variable = _.reject(lineage, isConstant).map(keyOf);
    for (const { fields } of explanations) {
      const told = fields.map(keyOf);
      expect(_.difference(told, rows)).toEqual([]);
      // Of constants, those that are sent are told.
      expect(_.difference(variable, told)).toEqual([]);
    }
  });

  it('is told of every value that is sent where it comes from, and of no other', async () => {
    const concealed = { ...fixture, config: hidden(fixture.config), delivery: hidden(fixture.delivery) };
    const isSent = plain.turns.at(-1)?.outcome === 'send';
    const last = isSent ? (await converse(concealed)).turns.at(-1) : undefined;
    const fields = explained.turns.at(-1)?.explain?.fields ?? [];
    const made = last?.outcome === 'send' ? last.requests : [];
    made.forEach((request, position) => {
      const own = fields.filter((field) => field.request === position);
      const [root = '', ...others] = _.uniq(own.map(rootOf));
      expect(others).toEqual([]);
      const told = own
        .filter(({ out }) => out !== undefined)
        .flatMap(toldBy)
        .map(([at, value]) => ({ at, pattern: patternOf(at), value }));
      const sent = leavesOf(_.pick(request, ['url', 'headers', 'query', 'body', 'auth']), root);
      const isSame = ({ pattern, value }: (typeof told)[number], [at, leaf]: Leaf) =>
        // A secret that is JSON text is hidden as a whole.
        pattern.test(at) && (_.isEqual(value, leaf) || (value === '***' && String(leaf).includes('***')));
      expect(sent.filter((leaf) => !told.some((row) => isSame(row, leaf)))).toEqual([]);
      expect(told.filter((row) => !sent.some((leaf) => isSame(row, leaf)))).toEqual([]);
    });
    expect(fields.every(({ request }) => request === undefined || request < made.length)).toBe(true);
  });

  it('says of what is not sent why it is not, and nothing of secrets', () => {
    const { turns } = explained;
    const text = JSON.stringify(explanationsOf(explained));
    expect(needles.filter((needle) => text.includes(needle))).toEqual([]);
    for (const result of turns) {
      const { fields = [] } = result.explain ?? {};
      const isWhole = ({ to }: ExplainedField) => to === 'outcome' || /^requests\[\d+\]$/.test(to);
      const received = fields.filter(({ out }) => out !== undefined);
      expect(received).toEqual(fields.filter((field) => field.status === 'sent' && !isWhole(field)));
      const isOut = result.outcome === 'send' || result.outcome === 'ask' || turns.length > 1;
      expect(isOut || received.length === 0).toBe(true);

      const reasons = [...(result.warnings ?? []), result].flatMap((reason) =>
        'path' in reason ? (reason.path ?? []) : [],
      );
      const placesIn = ({ from, in: inputs }: ExplainedField) => [...from.flatMap(placesOf), ...Object.keys(inputs)];
      const speaksOf = (field: ExplainedField) =>
        placesIn(field).some((place) => reasons.some((path) => path === place || path.startsWith(`${place}[`)));
      expect(fields.filter((field) => field.status === 'unconverted' && !speaksOf(field))).toEqual([]);
    }
  });
});

const groups = Object.values(_.groupBy(fixtures, ({ destination, now }) => `${destination} ${now.toISOString()}`));
const calls = groups.map((own): [string, string, Fixture[]] => {
  const [{ destination, now }] = own as [Fixture];
  return [destination, now.toISOString(), own];
});

describe.each(calls)('%s at %s', (type, now, own) => {
  const items = own.map(({ event, config, delivery }, jobId): JsonObject => ({
    message: event,
    metadata: {
      jobId,
      messageId: `m-${String(jobId)}`,
      transformAt: 'processor',
      ...(delivery && { secret: delivery }),
    },
    destination: { ID: 'd-1', Config: config, DestinationDefinition: { Name: type }, hasDynamicConfig: false },
  }));

  beforeEach(() => {
    clock.now = new Date(now);
  });

  /** What a pipeline is told of what a fixture expects; undefined where it reads the event otherwise on purpose. */
  function statusOf({ destination, expected }: Fixture): number | undefined {
    if (_.has(registry.get(destination), 'rejectsPipelines')) return 298;
    // It has seen the integrations itself, and its vendors aren't asked here.
    if (expected === undefined || expected.dialogue !== undefined) return undefined;
    // No pipeline fetches tokens.
    if ('send' in expected)
      return _.some(expected.send, { auth: { type: 'oauth-client-credentials' } }) ? undefined : 200;
    // What it is handed needs less than a request.
    if (['kafka', 'azure-event-hubs'].includes(destination)) return undefined;
    // A token may be there the next time.
    if ('fail' in expected) return expected.fail.code.startsWith('DELIVERY_') ? 500 : 400;
    return expected.drop.code === 'INTEGRATION_OFF' ? undefined : 298;
  }

  it('is answered to the processor in a form that it decodes, in order', async () => {
    const elements = await process(type, items);
    expect(_.map(_.sortedUniqBy(elements, 'metadata.jobId'), 'metadata')).toEqual(_.map(items, 'metadata'));
    const byJob = _.groupBy(elements, 'metadata.jobId');
    const answered = own.map(({ name }, jobId) => {
      const urls = _.map(byJob[jobId], 'output.endpoint').filter((url) => typeof url === 'string');
      return { name, statuses: _.uniq(_.map(byJob[jobId] ?? [], 'statusCode')), urls };
    });
    const expected = own.map((fixture, jobId) => {
      const { statuses, urls } = answered[jobId] as (typeof answered)[number];
      const status = statusOf(fixture);
      const sent = fixture.expected !== undefined && 'send' in fixture.expected ? fixture.expected.send : [];
      // What goes by other means than HTTP has no URL.
      const isSent = status === 200 && urls.length > 0;
      return {
        name: fixture.name,
        statuses: status === undefined ? statuses : [status],
        urls: isSent ? _.map(sent, 'url') : status === undefined ? urls : [],
      };
    });
    expect(answered).toEqual(expected);
  });

  it('is answered to the router in a form that it decodes, each job once', async () => {
    const elements = await route(type, items);
    const jobs = elements.flatMap(({ metadata }) => metadata);
    expect(_.sortBy(jobs, 'jobId')).toEqual(_.map(items, 'metadata'));
    const byJob = new Map(
      elements.flatMap(({ metadata, statusCode }) => metadata.map(({ jobId }) => [jobId, statusCode] as const)),
    );
    const answered = own.map(({ name }, jobId) => [name, byJob.get(jobId)]);
    const expected = own.map((fixture, jobId) => [fixture.name, statusOf(fixture) ?? byJob.get(jobId)]);
    expect(answered).toEqual(expected);
  });
});
