import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import _ from 'lodash';

import { isRejecting } from '../../src/core/definition.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { expectNoErrors, post, transform } from '../support/api.ts';
import { projectFolder, registry } from '../support/project.ts';

afterEach(expectNoErrors);

const event = {
  type: 'group',
  messageId: 'm-1',
  groupId: 'org-1',
  userId: 'person-1',
  timestamp: '2026-02-03T10:11:12Z',
};
const userpilot = { name: 'userpilot', config: { apiKey: 'k' } };
const stormly = { name: 'stormly', config: { apiKey: 'k' } };

describe('payloads of real SDKs', () => {
  const folder = path.join(projectFolder, 'examples/payloads');
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const payloads = files.map((name): [string, JsonObject] => [
    path.basename(name, '.json'),
    JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as JsonObject,
  ]);
  const destinations = registry.destinations.map((destination) => ({
    name: destination.name,
    config: isRejecting(destination) ? {} : Object.values(destination.examples)[0],
  }));

  it.each(payloads)('of %s get one result for every destination', async (_name, payload) => {
    const results = await transform({ events: [payload], destinations });
    expect(results.map(({ destinationId }) => destinationId)).toEqual(destinations.map(({ name }) => name));
    for (const result of results) {
      expect(result).toMatchObject({ event: 0, messageId: payload.messageId });
      expect(['send', 'drop', 'fail']).toContain(result.outcome);
    }
  });

  it('say who gets a group event and who does not', async () => {
    const events = payloads.map(([, payload]) => payload);
    const names = ['mixpanel', 'stormly', 'refiner', 'loops', 'amplitude'];
    const results = await transform({ events, destinations: destinations.filter(({ name }) => names.includes(name)) });
    const outcomes = results.map(({ event: index, destinationId, outcome }) => [
      payloads[index]?.[0],
      destinationId,
      outcome,
    ]);
    expect(
      _.mapValues(_.groupBy(outcomes, 0), (rows) => _.fromPairs(rows.map(([, to, outcome]) => [to, outcome]))),
    ).toEqual({
      'analytics-node': { amplitude: 'send', stormly: 'send', loops: 'drop', mixpanel: 'send', refiner: 'send' },
      'metarouter-analytics-js': {
        amplitude: 'send',
        stormly: 'send',
        loops: 'drop',
        mixpanel: 'send',
        refiner: 'send',
      },
      'rudderstack-analytics-js': {
        amplitude: 'send',
        stormly: 'send',
        loops: 'drop',
        mixpanel: 'send',
        refiner: 'send',
      },
      'segment-analytics-node': {
        amplitude: 'send',
        stormly: 'send',
        loops: 'drop',
        mixpanel: 'drop',
        refiner: 'send',
      },
      'segment-analytics-node-anonymous': {
        amplitude: 'fail',
        stormly: 'send',
        loops: 'drop',
        mixpanel: 'send',
        refiner: 'fail',
      },
    });
  });
});

describe('results', () => {
  it('are one for each pair, events outermost', async () => {
    const events = ['a', 'b', 'c'].map((groupId) => ({ ...event, groupId }));
    const results = await transform({ events, destinations: [userpilot, { ...userpilot, id: 'second' }, stormly] });
    expect(results.map((result) => [result.event, result.destination, result.destinationId])).toEqual(
      [0, 1, 2].flatMap((index) => [
        [index, 0, 'userpilot'],
        [index, 1, 'second'],
        [index, 2, 'stormly'],
      ]),
    );
  });

  it('carry requests to send', async () => {
    expect(await transform({ event, destination: userpilot })).toEqual([
      {
        event: 0,
        messageId: 'm-1',
        destination: 0,
        destinationId: 'userpilot',
        outcome: 'send',
        requests: [
          {
            method: 'POST',
            url: 'https://analytex.userpilot.io/v1/companies/identify',
            headers: { 'Content-Type': 'application/json', Authorization: 'Token k', 'X-API-Version': '2020-09-22' },
            query: {},
            body: { json: { company_id: 'org-1', metadata: {} } },
          },
        ],
      },
    ]);
  });

  it('carry warnings, with the field and what became of it', async () => {
    const [result] = await transform({
      event: { ...event, timestamp: 'yesterday' },
      destination: { name: 'amplitude', config: { apiKey: 'k', groupType: 'company' } },
    });
    expect(result?.warnings).toEqual([
      { code: 'FIELD_NOT_CONVERTED', path: 'timestamp', message: expect.stringContaining('next source') as unknown },
      { code: 'TIME_OF_RECEIPT', path: 'timestamp', message: expect.stringContaining('time of receipt') as unknown },
    ]);
  });

  it('warn of malformed fields, as far as the destination reads them', async () => {
    const odd = { ...event, traits: ['x'], anonymousId: {} };
    const accoil = { name: 'accoil-analytics', config: { apiKey: 'k' } };
    const results = await transform({ event: odd, destinations: [userpilot, accoil] });
    expect(results.map(({ warnings = [] }) => warnings.map(({ code, path: at }) => `${code} ${at}`))).toEqual([
      ['FIELD_MALFORMED traits'],
      ['FIELD_MALFORMED traits', 'FIELD_MALFORMED anonymousId'],
    ]);
  });

  it('warn if the traits are in the context', async () => {
    const library = { name: 'rudderanalytics-ruby', version: '3.0.0' };
    const ruby = { type: 'group', groupId: 'g', context: { library, traits: { name: 'Acme' } } };
    const results = await transform({ event: ruby, destinations: [userpilot, { name: 'loops' }] });
    expect(results).toEqual([
      expect.objectContaining({
        requests: [expect.objectContaining({ body: { json: { company_id: 'g', metadata: { name: 'Acme' } } } })],
        warnings: [expect.objectContaining({ code: 'TRAITS_FROM_CONTEXT', path: 'context.traits' })],
      }),
      expect.objectContaining({ outcome: 'drop', code: 'GROUP_NOT_SUPPORTED' }),
    ]);
  });

  it('are drops, naming the category, where consent is refused', async () => {
    const context = { consent: { categoryPreferences: { ads: false, stats: true } } };
    const results = await transform({
      event: { ...event, context },
      destinations: [
        { ...userpilot, id: 'ads', consent: { categories: ['ads'] } },
        { ...userpilot, id: 'stats', consent: { categories: ['stats'] } },
        { ...userpilot, id: 'none' },
      ],
    });
    expect(results).toEqual([
      expect.objectContaining({
        destinationId: 'ads',
        outcome: 'drop',
        code: 'CONSENT_DENIED',
        message: expect.stringContaining('"ads"') as unknown,
      }),
      expect.objectContaining({ destinationId: 'stats', outcome: 'send' }),
      expect.objectContaining({ destinationId: 'none', outcome: 'send' }),
    ]);
  });

  it('return the reference of the event, of any type', async () => {
    const refs = [1, 'x', null, { offset: [1] }, false];
    const results = await transform({ events: refs.map((ref) => ({ ref, event })), destinations: [stormly] });
    expect(results.map(({ ref }) => ref)).toEqual(refs);
    expect(results.every(({ outcome }) => outcome === 'send')).toBe(true);
  });

  it('take an event with a field called event for an event', async () => {
    const [result] = await transform({ event: { ...event, event: 'Order Completed' }, destination: stormly });
    expect(result).toMatchObject({ outcome: 'send' });
  });

  it.each<[string, unknown, object]>([
    ['an unknown destination', { name: 'nobody' }, { outcome: 'fail', code: 'DESTINATION_UNKNOWN' }],
    ['a name of Object.prototype', { name: '__proto__' }, { outcome: 'fail', code: 'DESTINATION_UNKNOWN' }],
    ['a disabled destination', { ...stormly, enabled: false }, { outcome: 'drop', code: 'DESTINATION_DISABLED' }],
    ['a destination that takes no groups', { name: 'loops' }, { outcome: 'drop', code: 'GROUP_NOT_SUPPORTED' }],
    ['a missing config', { name: 'stormly' }, { outcome: 'fail', code: 'CONFIG_INVALID', path: 'config.apiKey' }],
    ['an empty key', { name: 'stormly', config: { apiKey: '' } }, { code: 'CONFIG_INVALID', path: 'config.apiKey' }],
    [
      'a config of the wrong type',
      { name: 'stormly', config: { apiKey: 1 } },
      { code: 'CONFIG_INVALID', path: 'config.apiKey' },
    ],
    ['a config that is a list', { name: 'stormly', config: [] }, { code: 'CONFIG_INVALID', path: 'config' }],
    ['a config that is null', { name: 'stormly', config: null }, { code: 'CONFIG_INVALID', path: 'config' }],
    [
      'a line break in a key',
      { name: 'stormly', config: { apiKey: 'k\r\nX-Evil: 1' } },
      { code: 'CONFIG_INVALID', path: 'config.apiKey' },
    ],
    [
      'an unknown region',
      { name: 'mixpanel', config: { token: 't', groupKeySettings: [{ groupKey: 'groupId' }], dataResidency: 'US' } },
      { code: 'CONFIG_INVALID', path: 'config.dataResidency' },
    ],
    ['an alias in another case', { name: 'am', config: { apiKey: 'k', groupType: 'company' } }, { outcome: 'send' }],
  ])('say what becomes of %s', async (_name, destination, expected) => {
    expect(await transform({ event, destination })).toEqual([expect.objectContaining(expected)]);
  });

  it('do not repeat a key that a config holds', async () => {
    const { text } = await post({
      event,
      destination: { name: 'stormly', config: { apiKey: 'top-secret\r\n' } },
    }).expect(200);
    expect(text).not.toContain('top-secret');
  });
});

describe('a bad event', () => {
  const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as JsonObject;
  const bad: [string, string, object][] = [
    ['null', 'null', { outcome: 'fail', code: 'EVENT_INVALID', path: 'event' }],
    ['a list', '[]', { outcome: 'fail', code: 'EVENT_INVALID' }],
    ['a number', '7', { outcome: 'fail', code: 'EVENT_INVALID' }],
    ['text', '"group"', { outcome: 'fail', code: 'EVENT_INVALID' }],
    ['without a type', '{"groupId":"g"}', { outcome: 'fail', code: 'EVENT_TYPE_MISSING', path: 'type' }],
    ['of no type', '{"type":null}', { outcome: 'fail', code: 'EVENT_TYPE_MISSING', path: 'type' }],
    ['of an empty type', '{"type":""}', { outcome: 'fail', code: 'EVENT_TYPE_MISSING', path: 'type' }],
    [
      'that is the body of an SDK',
      '{"batch":[{"type":"group","groupId":"g"}]}',
      {
        outcome: 'fail',
        code: 'EVENT_INVALID',
        path: 'event.batch',
        message: expect.stringContaining('sdkBatch') as unknown,
      },
    ],
    ['of another type', '{"type":"track"}', { outcome: 'drop', code: 'NOT_A_GROUP_EVENT' }],
    ["of a type that isn't text", '{"type":{"group":1}}', { outcome: 'drop', code: 'NOT_A_GROUP_EVENT' }],
    ['without an id', '{"type":"group","userId":"u"}', { outcome: 'fail', code: 'GROUP_ID_MISSING', path: 'groupId' }],
    [
      'with an inexact id',
      '{"type":"group","groupId":12345678901234567890}',
      { outcome: 'fail', code: 'ID_NOT_EXACT', path: 'groupId' },
    ],
    [
      'with a bad id in a list',
      '{"type":"group","groupId":["a",{}]}',
      { outcome: 'fail', code: 'GROUP_ID_INVALID', path: 'groupId[1]' },
    ],
    [
      '2,000 levels deep',
      JSON.stringify({ ...event, traits: nested(2000) }),
      { outcome: 'fail', code: 'EVENT_TOO_DEEP', path: expect.stringContaining('event.traits.a.a') as unknown },
    ],
    [
      '100,000 levels deep',
      `{"type":"group","traits":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      { outcome: 'fail', code: 'EVENT_TOO_DEEP' },
    ],
    [
      'with a huge key',
      JSON.stringify({ ...event, traits: { ['k'.repeat(2000)]: 1 } }),
      { outcome: 'fail', code: 'EVENT_KEY_TOO_LONG', path: 'event.traits' },
    ],
    [
      'larger than the limit',
      JSON.stringify({ ...event, traits: { a: 'x'.repeat(1_000_000) } }),
      { outcome: 'fail', code: 'EVENT_TOO_LARGE', path: 'event' },
    ],
    [
      'with a key __proto__',
      '{"type":"group","groupId":"g","__proto__":{"x":1},"traits":{"__proto__":{"admin":true}}}',
      { outcome: 'send' },
    ],
    [
      'with keys of functions',
      '{"type":"group","groupId":"g","traits":{"constructor":1,"toString":2,"toJSON":3}}',
      { outcome: 'send' },
    ],
    [
      'with fields of other types',
      '{"type":"group","groupId":"g","traits":"x","context":[],"integrations":7,"userId":{}}',
      { outcome: 'send' },
    ],
    ['with a lone surrogate', '{"type":"group","groupId":"\\ud800"}', { outcome: 'send' }],
    ['in another case', '{"type":"GROUP","groupId":"g"}', { outcome: 'send' }],
  ];

  it.each(bad)('%s has its own outcome and touches no other', async (_name, text, expected) => {
    const good = JSON.stringify(event);
    const envelope = (events: string) => `{"events":[${events}],"destinations":[${JSON.stringify(userpilot)}]}`;
    const { text: clean } = await post(envelope([good, good].join())).expect(200);
    const { text: mixed } = await post(envelope([good, text, good].join())).expect(200);
    const results = (JSON.parse(mixed) as { results: JsonObject[] }).results;
    expect(results).toHaveLength(3);
    expect(results[1]).toMatchObject(expected);
    const others = results
      .filter((_result, index) => index !== 1)
      .map((result, index) => ({ ...result, event: index }));
    expect(JSON.stringify({ results: others })).toBe(clean);
    expect(mixed).not.toMatch(/Cannot read|is not a function|undefined|\[object/);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('keeps its reference, unless that is too large', async () => {
    const results = await transform({
      events: [
        { ref: 'r', event: null },
        { ref: 'x'.repeat(2000), event },
      ],
      destinations: [stormly],
    });
    expect(results).toEqual([
      expect.objectContaining({ ref: 'r', outcome: 'fail', code: 'EVENT_INVALID' }),
      expect.objectContaining({ outcome: 'fail', code: 'REF_INVALID', path: 'ref' }),
    ]);
    expect(results[1]).not.toHaveProperty('ref');
  });

  it('keeps traits with the key __proto__ as data', async () => {
    const { text } = await post(
      `{"event":{"type":"group","groupId":"g","timestamp":"2026-01-02T03:04:05Z","traits":{"__proto__":{"admin":true}}},"destination":${JSON.stringify(stormly)}}`,
    ).expect(200);
    expect(text).toContain('"traits":{"__proto__":{"admin":true}}');
  });
});
