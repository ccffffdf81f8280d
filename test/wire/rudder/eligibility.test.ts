import request from 'supertest';

import type { Json, JsonObject } from '../../../src/core/json.ts';
import { createApp } from '../../../src/http/app.ts';
import { readSettings } from '../../../src/http/settings.ts';
import { app as ungated, expectNoErrors } from '../../support/api.ts';
import { registry } from '../../support/project.ts';
import { startUpstream } from '../../support/upstream.ts';

afterEach(expectNoErrors);

const options = { registry, version: '1.2.3', limits: { bodyBytes: 2_000_000, pipelineBodyBytes: 20_000_000 } };
const gated = createApp({ ...options, pipeline: { isGated: true } });

function item(message: JsonObject, config: JsonObject = {}): JsonObject {
  return {
    message: { type: 'group', groupId: 'g-1', userId: 'u-1', timestamp: '2026-02-03T10:11:12.000Z', ...message },
    metadata: { jobId: 1, destinationId: 'd-1' },
    destination: {
      ID: 'd-1',
      Name: 'mine',
      Config: { apiKey: 'k', ...config },
      DestinationDefinition: { Name: 'STORMLY', DisplayName: 'Stormly', Config: {} },
      hasDynamicConfig: false,
    },
  };
}

async function process(items: Json[], app = gated): Promise<JsonObject[]> {
  const response = await request(app).post('/v0/destinations/stormly').send(items).expect(200);
  return response.body as JsonObject[];
}

const SENT = '200';

/** `200`, or the status and the error of the one element. */
async function answer(one: JsonObject): Promise<string> {
  const [element] = await process([one]);
  const { statusCode, error } = element as { statusCode: number; error?: string };
  return error === undefined ? String(statusCode) : `${String(statusCode)} ${error}`;
}

describe('integrations', () => {
  const OFF = '298 integrations.Stormly is false';
  const ALL_OFF = '298 integrations.All is false';

  it.each<[Json | undefined, string]>([
    [undefined, SENT],
    [{}, SENT],
    [null, '298 integrations is not an object'],
    ['all', '298 integrations is not an object'],
    [[], '298 integrations is not an object'],
    [{ All: true }, SENT],
    [{ All: false }, ALL_OFF],
    [{ All: 'false' }, '298 integrations.All is not a boolean'],
    [{ All: null, Stormly: true }, '298 integrations.All is not a boolean'],
    [{ Stormly: true }, SENT],
    [{ All: false, Stormly: true }, SENT],
    [{ Stormly: false }, OFF],
    [{ All: true, Stormly: false }, OFF],
    [{ Stormly: {} }, SENT],
    [{ All: false, Stormly: {} }, SENT],
    [{ All: false, Stormly: { a: 1 } }, SENT],
    [{ Stormly: 'false' }, SENT],
    [{ All: false, Stormly: 'true' }, ALL_OFF],
    [{ All: false, Stormly: 1 }, ALL_OFF],
    [{ Stormly: 0 }, SENT],
    [{ Stormly: null }, SENT],
    [{ All: false, Stormly: null }, ALL_OFF],
    [{ Stormly: [] }, SENT],
    [{ All: false, Stormly: [] }, ALL_OFF],
    [{ stormly: false, STORMLY: false, mine: false }, SENT],
    [{ All: false, stormly: true, STORMLY: true, mine: true }, ALL_OFF],
    [{ all: false }, SENT],
  ])('%j: %s', async (integrations, expected) => {
    expect(await answer(item(integrations === undefined ? {} : { integrations }))).toBe(expected);
  });

  it('that name an inherited property name nothing', async () => {
    const one = item({ integrations: { All: false } });
    const definition = { Name: 'STORMLY', DisplayName: 'constructor' };
    const destination = { ...(one.destination as JsonObject), DestinationDefinition: definition };
    expect(await answer({ ...one, destination })).toBe(ALL_OFF);
  });
});

describe('consent', () => {
  const refusedFor = (category: string) =>
    `298 consent for "${category}" is denied in context.consentManagement.deniedConsentIds`;
  const denies = (ids: Json, rest: JsonObject = {}) => ({ deniedConsentIds: ids, ...rest });
  const by = (provider: string, ...ids: string[]) => denies(ids, { provider });
  const entry = (provider: string, ids: Json[], rest: JsonObject = {}): JsonObject => ({
    provider,
    consents: ids.map((consent) => ({ consent })),
    ...rest,
  });
  const generic = (...entries: Json[]) => ({ consentManagement: entries });
  const oneTrust = (...ids: Json[]) => ({
    oneTrustCookieCategories: ids.map((oneTrustCookieCategory) => ({ oneTrustCookieCategory })),
  });
  const ketch = (...ids: Json[]) => ({ ketchConsentPurposes: ids.map((purpose) => ({ purpose })) });
  const OR = { resolutionStrategy: 'or' };
  const AND = { resolutionStrategy: 'and' };

  it.each<[string, Json | undefined, JsonObject, string]>([
    ['no consent data', undefined, oneTrust('a'), SENT],
    ["data that isn't an object", [], oneTrust('a'), SENT],
    ['denied ids that are text', denies('a'), oneTrust('a'), SENT],
    ["a provider that isn't text", denies(['a'], { provider: 1 }), oneTrust('a'), SENT],
    ["a strategy that isn't text", denies(['a'], { resolutionStrategy: 1 }), oneTrust('a'), SENT],
    ['nothing denied', denies([]), oneTrust('a'), SENT],
    ['empty ids denied', denies(['']), oneTrust(''), SENT],
    ['allowed ids of any kind', denies(['a'], { allowedConsentIds: 7 }), oneTrust('a'), refusedFor('a')],
    ['another case', denies(['A']), oneTrust('a'), SENT],
    ['ids that the destination does not list', denies(['b']), oneTrust('a'), SENT],
    ['a destination that needs none', denies(['a']), {}, SENT],

    ['the event’s provider, one denied', by('iubenda', 'b'), generic(entry('iubenda', ['a', 'b'])), refusedFor('b')],
    ['the event’s provider, none denied', by('iubenda', 'c'), generic(entry('iubenda', ['a', 'b'])), SENT],
    ['another provider', by('iubenda', 'a'), generic(entry('ketch', ['a'])), SENT],
    ['a provider in another case', by('Ketch', 'a'), generic(entry('ketch', ['a'])), SENT],
    ['no provider on the event', denies(['a']), generic(entry('ketch', ['a']), entry('', ['a'])), SENT],
    ['its own entry among several', by('ketch', 'a'), generic(entry('iubenda', ['a']), entry('ketch', ['b'])), SENT],
    [
      'two entries of its provider',
      by('ketch', 'a'),
      generic(entry('ketch', ['b']), entry('ketch', ['a'])),
      refusedFor('a'),
    ],
    [
      'the event’s or, one denied',
      denies(['a'], { provider: 'ketch', ...OR }),
      generic(entry('ketch', ['a', 'b'])),
      SENT,
    ],
    [
      'the event’s or, all denied',
      denies(['a', 'b'], { provider: 'ketch', ...OR }),
      generic(entry('ketch', ['a', 'b'])),
      refusedFor('a'),
    ],
    [
      'the event’s unknown strategy',
      denies(['a'], { provider: 'ketch', resolutionStrategy: 'OR' }),
      generic(entry('ketch', ['a', 'b'])),
      refusedFor('a'),
    ],
    ['the entry’s or, which is not asked', by('ketch', 'a'), generic(entry('ketch', ['a', 'b'], OR)), refusedFor('a')],
    [
      'custom: the entry’s or',
      denies(['a'], { provider: 'custom', ...AND }),
      generic(entry('custom', ['a', 'b'], OR)),
      SENT,
    ],
    [
      'custom: the entry’s and',
      denies(['a'], { provider: 'custom', ...OR }),
      generic(entry('custom', ['a', 'b'], AND)),
      refusedFor('a'),
    ],
    ['custom without a strategy', by('custom', 'a'), generic(entry('custom', ['a', 'b'])), refusedFor('a')],
    ['invalid entries', by('ketch', 'a'), generic(null, 'ketch', { provider: 'ketch' }, entry('ketch', [1, ''])), SENT],
    [
      'the form by platform, which is not read',
      by('ketch', 'a'),
      { consentManagement: { web: [entry('ketch', ['a'])] } },
      SENT,
    ],

    ['OneTrust, no provider, one denied', denies(['b']), oneTrust('a', 'b'), refusedFor('b')],
    ['OneTrust, its provider', by('oneTrust', 'a'), oneTrust('a', 'b'), refusedFor('a')],
    ['OneTrust, whatever the event’s strategy', denies(['a'], OR), oneTrust('a', 'b'), refusedFor('a')],
    ['OneTrust, another provider', by('ketch', 'a'), oneTrust('a'), SENT],
    ['OneTrust, custom', by('custom', 'a'), oneTrust('a'), SENT],
    ['OneTrust, invalid ids', denies(['1']), oneTrust(1, null, ''), SENT],
    [
      'OneTrust by platform',
      denies(['a']),
      { oneTrustCookieCategories: { web: [{ oneTrustCookieCategory: 'a' }] } },
      SENT,
    ],
    [
      'OneTrust after an entry for it, which decides',
      by('oneTrust', 'a'),
      { ...generic(entry('oneTrust', ['b'])), ...oneTrust('a') },
      SENT,
    ],
    [
      'OneTrust after an entry without consents, which does not',
      by('oneTrust', 'a'),
      { ...generic(entry('oneTrust', [''])), ...oneTrust('a') },
      refusedFor('a'),
    ],

    ['Ketch, no provider, one denied', denies(['a']), ketch('a', 'b'), SENT],
    ['Ketch, no provider, all denied', denies(['b', 'a']), ketch('a', 'b'), refusedFor('a')],
    ['Ketch, its provider', by('ketch', 'a'), ketch('a'), refusedFor('a')],
    ['Ketch, whatever the event’s strategy', denies(['a'], AND), ketch('a', 'b'), SENT],
    ['Ketch, another provider', by('oneTrust', 'a'), ketch('a'), SENT],
    ['Ketch after OneTrust, which decides', denies(['k']), { ...oneTrust('o'), ...ketch('k') }, SENT],
    ['Ketch after an empty OneTrust', denies(['k']), { ...oneTrust(''), ...ketch('k') }, refusedFor('k')],
    ['Ketch by its provider beside OneTrust', by('ketch', 'k'), { ...oneTrust('o'), ...ketch('k') }, refusedFor('k')],
  ])('%s', async (_name, consentManagement, config, expected) => {
    const context = consentManagement === undefined ? {} : { consentManagement };
    expect(await answer(item({ context }, config))).toBe(expected);
  });

  it('in the dialects of others is not read', async () => {
    const consent = { categoryPreferences: { a: false }, optOut: { a: true } };
    expect(await answer(item({ context: { consent }, integrations: {} }, oneTrust('a')))).toBe(SENT);
  });

  it('is read after the integrations', async () => {
    const message = { context: { consentManagement: denies(['a']) }, integrations: { Stormly: false } };
    expect(await answer(item(message, oneTrust('a')))).toBe('298 integrations.Stormly is false');
  });
});

const refused = item({ integrations: { All: false } });

it('a refused item has no effect on others, in either route', async () => {
  const items = [item({}), refused, { ...refused, message: null }, item({})];
  expect((await process(items)).map(({ statusCode }) => statusCode)).toEqual([200, 298, 400, 200]);
  const response = await request(gated)
    .post('/routerTransform')
    .send({ input: items, destType: 'stormly' })
    .expect(200);
  const { output } = response.body as { output: JsonObject[] };
  expect(output.map(({ statusCode }) => statusCode)).toEqual([200, 298, 400, 200]);
  expect(output[1]).toEqual({
    metadata: [refused.metadata],
    batched: false,
    destination: refused.destination,
    statusCode: 298,
    error: 'integrations.All is false',
    statTags: {
      errorCategory: 'dataValidation',
      errorType: 'filtered',
      destType: 'STORMLY',
      module: 'destination',
      implementation: 'native',
      feature: 'router',
      destinationId: 'd-1',
      workspaceId: '',
    },
  });
});

it('a refused item is not passed to an upstream either, however large', async () => {
  const upstream = await startUpstream();
  try {
    const app = createApp({ ...options, pipeline: { isGated: true, upstreamUrl: upstream.url } });
    const track = (more: JsonObject) => item({ type: 'track', integrations: { All: false }, ...more });
    const items = [track({}), track({ a: 'x'.repeat(1_100_000) }), track({ integrations: { Stormly: true } })];
    expect((await process(items, app)).map(({ statusCode }) => statusCode)).toEqual([298, 298, 200]);
    expect(upstream.asked().map(({ body }) => JSON.parse(body) as Json)).toEqual([[items[2]]]);
  } finally {
    upstream.close();
  }
});

it('is off unless it is asked for', async () => {
  const config = { oneTrustCookieCategories: [{ oneTrustCookieCategory: 'a' }] };
  const denied = item({ context: { consentManagement: { deniedConsentIds: ['a'] } } }, config);
  const elements = await process([refused, denied], ungated);
  expect(elements.map(({ statusCode }) => statusCode)).toEqual([200, 200]);

  expect(readSettings({}).PIPELINE_GATE).toBe(false);
  expect(readSettings({ PIPELINE_GATE: 'false' }).PIPELINE_GATE).toBe(false);
  expect(readSettings({ PIPELINE_GATE: 'true' }).PIPELINE_GATE).toBe(true);
  expect(() => readSettings({ PIPELINE_GATE: 'yes' })).toThrow(/^PIPELINE_GATE: /);
});
