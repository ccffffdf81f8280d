import _ from 'lodash';
import request from 'supertest';

import type { Json, JsonObject } from '../../../src/core/json.ts';
import { app, expectNoErrors } from '../../support/api.ts';
import { registry } from '../../support/project.ts';

afterEach(expectNoErrors);

const message = {
  type: 'group',
  messageId: 'm-1',
  groupId: 'g-1',
  userId: 'u-1',
  timestamp: '2026-02-03T10:11:12.000Z',
};

/** An item as the server sends it. */
function item(name: string, config: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    message,
    metadata: {
      jobId: 1,
      workspaceId: 'w-1',
      messageId: 'm-1',
      sourceId: 's-1',
      destinationId: 'd-1',
      extra: [1, null],
    },
    destination: {
      ID: 'd-1',
      Name: 'mine',
      Config: config,
      Enabled: true,
      hasDynamicConfig: false,
      DestinationDefinition: { Name: name.toUpperCase(), DisplayName: name, Config: {} },
    },
    connection: { sourceId: '', destinationId: '', enabled: false, config: null, processorEnabled: false },
    ...more,
  };
}

const stormly = item('stormly', { apiKey: 'k' });
const { metadata, destination } = stormly as { metadata: JsonObject; destination: JsonObject };

async function call(path: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await request(app)
    .post(path)
    .set({ 'Content-Type': 'application/json; charset=utf-8', ...headers })
    .send(text);
  expect([response.status, response.headers.apiversion]).toEqual([200, '2']);
  return response.body;
}

const process = (type: string, items: Json, headers?: Record<string, string>) =>
  call(`/v0/destinations/${type}`, items, headers) as Promise<JsonObject[]>;

async function route(body: JsonObject): Promise<JsonObject[]> {
  const { output } = (await call('/routerTransform', body)) as { output: JsonObject[] };
  return output;
}

describe('the processor’s route', () => {
  const tags = {
    errorCategory: 'dataValidation',
    destType: 'STORMLY',
    module: 'destination',
    implementation: 'native',
    feature: 'processor',
  };

  it('answers with a request in the server’s form, and the metadata as it came', async () => {
    expect(await process('stormly', [stormly])).toEqual([
      {
        output: {
          version: '1',
          type: 'REST',
          method: 'POST',
          endpoint: 'https://rudderstack.t.stormly.com/webhook/rudderstack/group',
          userId: '',
          headers: { 'Content-Type': 'application/json', Authorization: 'Basic k' },
          params: {},
          body: {
            JSON: { userId: 'u-1', groupId: 'g-1', timestamp: '2026-02-03T10:11:12.000Z' },
            JSON_ARRAY: {},
            XML: {},
            FORM: {},
          },
          files: {},
        },
        metadata,
        statusCode: 200,
      },
    ]);
  });

  it('gives a list as text, a form as fields, and query values as they are', async () => {
    const [mixpanel] = await process('mp', [item('mp', { token: 't', groupKeySettings: [{ groupKey: 'groupId' }] })]);
    expect(mixpanel).toMatchObject({
      output: {
        params: { verbose: 2 },
        body: { JSON: {}, JSON_ARRAY: { batch: expect.stringMatching(/^\[\{.*\}\]$/) as unknown } },
      },
    });
    const [refiner] = await process('refiner', [item('refiner', { apiKey: 'k' })]);
    expect(refiner).toMatchObject({ output: { body: { JSON: {}, FORM: { id: 'u-1', 'account[id]': 'g-1' } } } });
  });

  it('gives numbers of a form as text where the server would print them with an exponent', async () => {
    const traits = {
      employees: 1_500_000,
      seats: 214,
      million: 1_000_000,
      below: 999_999.5,
      debt: -2_000_000,
      zero: 0,
      rate: 0.0001,
      tiny: 0.00005,
      text: '1500000',
      plan: { price: 1_250_000.5, users: [12_000_000, 12], isPaid: true },
    };
    const [refiner] = await process('refiner', [item('refiner', { apiKey: 'k' }, { message: { ...message, traits } })]);
    expect((refiner?.output as JsonObject).body).toEqual({
      JSON: {},
      JSON_ARRAY: {},
      XML: {},
      FORM: {
        id: 'u-1',
        'account[id]': 'g-1',
        'account[employees]': '1500000',
        'account[seats]': 214,
        'account[million]': '1000000',
        'account[below]': 999_999.5,
        'account[debt]': '-2000000',
        'account[zero]': 0,
        'account[rate]': 0.0001,
        'account[tiny]': '0.00005',
        'account[text]': '1500000',
        'account[plan][price]': '1250000.5',
        'account[plan][users][0]': '12000000',
        'account[plan][users][1]': 12,
        'account[plan][isPaid]': true,
      },
    });
  });

  it('keeps the order of items and of the requests of each', async () => {
    const config = { apiKey: 'k', groupTypeTrait: 'name', groupValueTrait: 'name' };
    const one = item('am', config, { message: { ...message, traits: { name: 'x' } }, metadata: { jobId: 1 } });
    const bad = item('am', config, { metadata: { jobId: 2 } });
    const elements = await process('AM', [one, bad, { ...one, metadata: { jobId: 3 } }]);
    expect(elements.map((element) => [(element.metadata as JsonObject).jobId, element.statusCode])).toEqual([
      [1, 200],
      [1, 200],
      [2, 400],
      [3, 200],
      [3, 200],
    ]);
  });

  it.each(['stormly', 'STORMLY', ' Stormly ', '%20stormly%20', 'stormly/', 'stormly?whIDResolve=true'])(
    'finds the destination under %j',
    async (type) => {
      expect(await process(type, [stormly])).toMatchObject([{ statusCode: 200 }]);
    },
  );

  it('says why there is no request, with tags that are text', async () => {
    const broken = item('stormly', {});
    expect(await process('stormly', [broken])).toEqual([
      {
        metadata,
        statusCode: 400,
        error: expect.stringContaining('config.apiKey') as unknown,
        statTags: {
          ...tags,
          errorType: 'configuration',
          destinationId: 'd-1',
          workspaceId: 'w-1',
        },
      },
    ]);
  });

  const withMessage = (changed: Json) => ({ ...stormly, message: changed });

  it.each<[string, Json, number | undefined, object]>([
    ['a rejecting destination', item('loops', {}), 298, { statTags: { errorType: 'filtered' } }],
    [
      'another type of event',
      withMessage({ ...message, type: 'track' }),
      400,
      { error: expect.stringContaining('handles group calls') as unknown },
    ],
    ['an event without a type', withMessage({}), 400, {}],
    ['a type that is a number', withMessage({ ...message, type: 7 }), 400, {}],
    ['a type with spaces', withMessage({ ...message, type: ' group ' }), 400, {}],
    ['a message that is text', withMessage('x'), 400, {}],
    ['a message that is null', withMessage(null), 400, {}],
    ['a message that is a list', withMessage([]), 400, {}],
    ['no message', { metadata, destination }, 400, {}],
    ['no destination', { message, metadata }, 400, { metadata }],
    ['no config', { ...stormly, destination: _.omit(destination, 'Config') }, 400, { metadata }],
    ['a config that is null', { ...stormly, destination: { ...destination, Config: null } }, 400, {}],
    ['a config that is text', { ...stormly, destination: { ...destination, Config: 'k' } }, 400, {}],
    ['a destination that is a list', { ...stormly, destination: [destination] }, 400, {}],
    ['null', null, 400, {}],
    ['a number', 1, 400, {}],
    ['text', 'x', 400, {}],
    ['a list', [stormly], 400, {}],
    ['an empty item', {}, 400, {}],
    ['a group in capitals', withMessage({ ...message, type: 'Group' }), 200, {}],
    [
      'integrations that say no, which the server has seen',
      withMessage({ ...message, integrations: { All: false, Stormly: false } }),
      200,
      {},
    ],
    [
      'an event too deep',
      withMessage({ ...message, traits: JSON.parse('['.repeat(150) + ']'.repeat(150)) as Json }),
      400,
      {},
    ],
  ])('answers %s on its own, and the others as if it were not there', async (_name, odd, statusCode, expected) => {
    const type = statusCode === 298 ? 'loops' : 'stormly';
    const good = statusCode === 298 ? item('loops', {}) : stormly;
    const [alone] = await process(type, [good]);
    const [before, answer, after] = await process(type, [good, odd, good]);
    expect(answer).toMatchObject({ statusCode, ...expected });
    expect([before, after]).toEqual([alone, alone]);
  });

  it.each(['metadata', 'destination'])(
    'fails an item whose %s is too deep to be echoed, and no other',
    async (field) => {
      const odd = `{"metadata":{"jobId":9},${JSON.stringify({ message, destination }).slice(1, -1)},"${field}":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
      const text = `[${JSON.stringify(stormly)},${odd},${JSON.stringify(stormly)}]`;
      const elements = (await call('/v0/destinations/stormly', text)) as JsonObject[];
      expect(elements.map(({ statusCode }) => statusCode)).toEqual([200, 400, 200]);
      const output = (await call('/routerTransform', `{"destType":"stormly","input":${text}}`)) as {
        output: JsonObject[];
      };
      expect(output.output.map(({ statusCode }) => statusCode)).toEqual([200, 400, 200]);
    },
  );

  it('answers an item without metadata without metadata', async () => {
    const [element] = await process('stormly', [{ message, destination }]);
    expect(element).not.toHaveProperty('metadata');
  });

  it.each([null, 1, 'x', {}, []])('answers %j with one element, and without metadata', async (odd) => {
    expect(await process('stormly', [odd])).toEqual([
      {
        statusCode: 400,
        error: 'the item has no destination',
        statTags: { ...tags, errorType: 'configuration', destinationId: '', workspaceId: '' },
      },
    ]);
  });

  it.each([
    ['configuration', 'stormly', item('stormly', {})],
    ['configuration', 'nobody', stormly],
    ['instrumentation', 'stormly', withMessage({ ...message, type: 'track' })],
    ['instrumentation', 'stormly', withMessage(_.omit(message, 'groupId'))],
    ['filtered', 'loops', item('loops', {})],
  ])('counts as %s what is wrong for %s', async (errorType, type, odd) => {
    expect(await process(type, [odd])).toMatchObject([
      { statTags: { errorCategory: 'dataValidation', errorType, destType: type.toUpperCase() } },
    ]);
  });

  it("has text in its tags even if the ids aren't text, since the server stops at any other value", async () => {
    const odd = { ...item('stormly', {}), metadata: { destinationId: 7, workspaceId: null } };
    expect(await process('stormly', [odd])).toMatchObject([{ statTags: { destinationId: '', workspaceId: '' } }]);
  });

  it('goes by the path where the item names another destination', async () => {
    expect(await process('stormly', [item('am', { apiKey: 'k' })])).toMatchObject([
      { output: { endpoint: 'https://rudderstack.t.stormly.com/webhook/rudderstack/group' }, statusCode: 200 },
    ]);
  });

  it('answers no items with none, and an unknown type for each item', async () => {
    expect(await process('stormly', [])).toEqual([]);
    for (const type of ['nobody', '__proto__', '..%2fetc']) {
      expect(await process(type, [stormly])).toMatchObject([{ statusCode: 400, metadata }]);
    }
  });

  it('takes any content type for JSON, and none', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      expect(await process('stormly', [stormly], { 'Content-Type': type })).toMatchObject([{ statusCode: 200 }]);
    }
    const untyped = request(app)
      .post('/v0/destinations/stormly')
      .send(JSON.stringify([stormly]))
      .unset('Content-Type');
    expect((await untyped.expect(200)).body).toEqual(await process('stormly', [stormly]));
  });

  it.each(['{', '', 'null', '"x"', '{}', '{"input":1}'])(
    'refuses the body %j, in which no item can be made out',
    async (body) => {
      const response = await request(app)
        .post('/v0/destinations/stormly')
        .set('Content-Type', 'application/json')
        .send(body);
      expect([response.status, response.type]).toEqual([400, 'application/problem+json']);
    },
  );

  it('does not take an event for another’s because their ids are the same', async () => {
    const other = item('stormly', { apiKey: 'other' });
    const answers = await process('stormly', [stormly, other, stormly]);
    const keys = answers.map(({ output }) => ((output as JsonObject).headers as JsonObject).Authorization);
    expect(keys).toEqual(['Basic k', 'Basic other', 'Basic k']);
  });

  it('fails an item that is too large, and no other', async () => {
    const large = withMessage({ ...message, traits: { a: 'x'.repeat(1_100_000) } });
    const answers = await process('stormly', [stormly, large, stormly]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400, 200]);
  });
});

it('the processor’s route maps for the type of the call, whichever types the same destination had in calls before', async () => {
  const shared = item('any', { apiKey: 'k', siteId: 's' });
  const endpoints = async (type: string) => _.map(await process(type, [shared]), 'output.endpoint');
  const stormlys = await endpoints('stormly');
  const refiners = await endpoints('refiner');
  expect(stormlys).toEqual(['https://rudderstack.t.stormly.com/webhook/rudderstack/group']);
  expect(refiners).toEqual(['https://api.refiner.io/v1/identify-user']);
  expect(await endpoints('stormly')).toEqual(stormlys);
});

describe('compacted calls', () => {
  const headers = { 'X-Content-Format': 'json+compactedv1' };
  const compacted = {
    input: [{ message, metadata }],
    destinations: { 'd-1': destination },
    connections: { 's-1:d-1': {} },
  };

  it('are answered like whole ones', async () => {
    expect(await process('stormly', compacted, headers)).toEqual(await process('stormly', [stormly]));
    expect(await route({ ...compacted, destType: 'stormly' })).toEqual(
      await route({ input: [stormly], destType: 'stormly' }),
    );
  });

  it('are told by their body, whatever the header says', async () => {
    expect(await process('stormly', compacted)).toEqual(await process('stormly', [stormly]));
    expect(await process('stormly', [stormly], headers)).toEqual(await process('stormly', [stormly]));
  });

  it.each([{}, { connections: {} }])('need no connections', async (more) => {
    const body = { ..._.omit(compacted, 'connections'), ...more };
    expect(await process('stormly', body, headers)).toEqual(await process('stormly', [stormly]));
  });

  it('may have no items', async () => {
    expect(await process('stormly', { ...compacted, input: [] }, headers)).toEqual([]);
    expect(await route({ ...compacted, input: [], destType: 'stormly' })).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['there under another id', { destinations: { 'd-2': destination } }],
    ['not there', { destinations: {} }],
    ['null', { destinations: { 'd-1': null } }],
    ['in a list', { destinations: [destination] }],
  ])('fail an item whose destination is %s, and no other', async (_name, { destinations }) => {
    const input = [{ message, metadata }, stormly];
    const [odd, good] = await process('stormly', { ...compacted, input, destinations: destinations as Json }, headers);
    expect(odd).toMatchObject({ statusCode: 400, metadata });
    expect([good]).toEqual(await process('stormly', [stormly]));
    const elements = await route({ ...compacted, input, destinations: destinations as Json, destType: 'stormly' });
    expect(elements.map(({ statusCode }) => statusCode)).toEqual([400, 200]);
  });

  it('fail without a list of destinations only what refers to it', async () => {
    expect(await process('stormly', _.omit(compacted, 'destinations'), headers)).toMatchObject([{ statusCode: 400 }]);
  });

  it.each(['__proto__', 'constructor', 'toString'])('know no destination with the id %s', async (destinationId) => {
    const input = [{ message, metadata: { destinationId } }];
    expect(await process('stormly', { ...compacted, input }, headers)).toMatchObject([
      { statusCode: 400, error: 'the item has no destination' },
    ]);
  });
});

describe('the router’s route', () => {
  const config = { apiKey: 'k', groupTypeTrait: 'name', groupValueTrait: 'name' };
  const amplitude = item('am', config, { message: { ...message, traits: { name: 'x' } }, metadata: { jobId: 7 } });

  it('keeps all requests of an event in one element', async () => {
    expect(await route({ input: [amplitude], destType: 'am' })).toMatchObject([
      {
        batchedRequest: [
          { endpoint: 'https://api2.amplitude.com/2/httpapi' },
          { endpoint: 'https://api2.amplitude.com/groupidentify' },
        ],
        metadata: [{ jobId: 7 }],
        batched: false,
        statusCode: 200,
        destination: amplitude.destination,
      },
    ]);
    expect(await route({ input: [stormly], destType: 'stormly' })).toMatchObject([
      { batchedRequest: { method: 'POST' }, metadata: [metadata] },
    ]);
  });

  it('has every job in exactly one element, whatever is wrong with it', async () => {
    const input = [amplitude, { ...amplitude, message: null }, { ...amplitude, destination: null }, amplitude].map(
      (entry, index) => ({
        ...entry,
        metadata: { jobId: index },
      }),
    );
    const elements = await route({ input, destType: 'am' });
    expect(elements.map((element) => [element.metadata, element.statusCode])).toEqual([
      [[{ jobId: 0 }], 200],
      [[{ jobId: 1 }], 400],
      [[{ jobId: 2 }], 400],
      [[{ jobId: 3 }], 200],
    ]);
    expect(elements[1]).toMatchObject({
      statTags: { feature: 'router', destType: 'AM' },
      destination: amplitude.destination,
    });
  });

  it('says why there is no request, with all that it was given', async () => {
    expect(await route({ input: [item('loops', {})], destType: 'loops' })).toEqual([
      {
        metadata: [metadata],
        batched: false,
        statusCode: 298,
        error: expect.any(String) as unknown,
        statTags: {
          errorCategory: 'dataValidation',
          errorType: 'filtered',
          destType: 'LOOPS',
          module: 'destination',
          implementation: 'native',
          feature: 'router',
          destinationId: 'd-1',
          workspaceId: 'w-1',
        },
        destination: item('loops', {}).destination,
      },
    ]);
  });

  it.each<[string, Json]>([
    ['null', null],
    ['a number', 1],
    ['text', 'x'],
    ['an empty item', {}],
    ['an item without metadata', _.omit(stormly, 'metadata', 'message')],
  ])('answers %s in its place, with metadata, which no element may lack', async (_name, odd) => {
    const [alone] = await route({ input: [stormly], destType: 'stormly' });
    const [before, answer, after] = await route({ input: [stormly, odd, stormly], destType: 'stormly' });
    expect([before, after]).toEqual([alone, alone]);
    expect(answer).toMatchObject({ metadata: [{}], batched: false, statusCode: 400 });
  });

  it.each(['{', '', 'null', '"x"', '{}', '{"destType":"stormly"}', '{"input":{},"destType":"stormly"}'])(
    'refuses the body %j, in which no item can be made out',
    async (body) => {
      const response = await request(app).post('/routerTransform').set('Content-Type', 'application/json').send(body);
      expect([response.status, response.type]).toEqual([400, 'application/problem+json']);
    },
  );

  it.each(['nobody', '__proto__', ''])('fails each item where the call names the type %j', async (destType) => {
    const elements = await route({ input: [stormly, amplitude], destType });
    expect(elements.map((element) => [element.metadata, element.statusCode, element.error])).toEqual([
      [[metadata], 400, `no destination is named "${destType}"`],
      [[{ jobId: 7 }], 400, `no destination is named "${destType}"`],
    ]);
  });

  it.each([{}, { destType: 7 }, { destType: null }])(
    'takes the type of each item where the call has %j',
    async (type) => {
      const elements = await route({ input: [amplitude, stormly], ...type });
      expect(elements.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    },
  );

  it('sends the requests of each of several destinations with its own config', async () => {
    const ids = ['d-1', 'd-2', 'd-1', 'd-3'];
    const destinations = _.mapValues({ 'd-1': 'a', 'd-2': 'b', 'd-3': '' }, (apiKey, ID) => ({
      ...destination,
      ID,
      Config: { apiKey },
      WorkspaceID: `w ${ID}`,
    }));
    const input = ids.map((destinationId, jobId) => ({ message, metadata: { jobId, destinationId } }));
    const whole = input.map((entry) => ({
      ...entry,
      destination: destinations[entry.metadata.destinationId as keyof typeof destinations],
    }));
    const elements = await route({ input: whole, destType: 'stormly' });
    const seen = elements.map(({ metadata: jobs, destination: echoed, batchedRequest }) => {
      const sent = batchedRequest as JsonObject | undefined;
      return [jobs, (echoed as JsonObject).ID, (sent?.headers as JsonObject | undefined)?.Authorization];
    });
    expect(seen).toEqual([
      [[input[0]?.metadata], 'd-1', 'Basic a'],
      [[input[1]?.metadata], 'd-2', 'Basic b'],
      [[input[2]?.metadata], 'd-1', 'Basic a'],
      [[input[3]?.metadata], 'd-3', undefined],
    ]);
    expect(await route({ input, destinations, destType: 'stormly' })).toEqual(elements);
  });

  it('keeps tenants and destinations of one call apart', async () => {
    const input = ['a', 'b', 'a'].map((apiKey, index) => ({
      ...item('stormly', { apiKey }),
      metadata: { jobId: index },
    }));
    const elements = await route({ input, destType: 'stormly' });
    const keys = elements.map(
      ({ batchedRequest }) => ((batchedRequest as JsonObject).headers as JsonObject).Authorization,
    );
    expect(keys).toEqual(['Basic a', 'Basic b', 'Basic a']);
  });

  it('answers no items with none', async () => {
    expect(await route({ input: [], destType: 'stormly' })).toEqual([]);
  });
});

it('the batch route gives each item back as it is', async () => {
  const output = { version: '1', endpoint: 'https://a.example' };
  expect(await call('/batch', { input: [{ ...stormly, message: output }], destType: 'am' })).toEqual([
    { batchedRequest: output, metadata: [metadata], batched: false, destination, statusCode: 200 },
  ]);
});

it('the batch route fails a request that is too deep to be echoed, and no other', async () => {
  const text = (content: string) => JSON.stringify(stormly).replace(JSON.stringify(message), content);
  const deep = `{"body":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  const body = `{"destType":"am","input":[${text('{}')},${text(deep)},${text('{"a":1}')}]}`;
  const echo = { metadata: [metadata], batched: false, destination };
  expect(await call('/batch', body)).toEqual([
    { ...echo, batchedRequest: {}, statusCode: 200 },
    {
      ...echo,
      statusCode: 400,
      error: 'the event is nested deeper than 100 levels',
      statTags: {
        errorCategory: 'dataValidation',
        errorType: 'instrumentation',
        destType: 'AM',
        module: 'destination',
        implementation: 'native',
        feature: 'batch',
        destinationId: 'd-1',
        workspaceId: 'w-1',
      },
    },
    { ...echo, batchedRequest: { a: 1 }, statusCode: 200 },
  ]);
});

describe('templates in a config', () => {
  const transform = async (template: string, sent: JsonObject, more: JsonObject = {}) => {
    const dynamic = item('stormly', { apiKey: template });
    const fields = _.omit(dynamic.destination as JsonObject, 'hasDynamicConfig');
    const [element] = await process('stormly', [{ ...dynamic, message: sent, destination: { ...fields, ...more } }]);
    const output = element?.output as JsonObject | undefined;
    return {
      key: (output?.headers as JsonObject | undefined)?.Authorization,
      body: (output?.body as JsonObject | undefined)?.JSON as JsonObject,
    };
  };
  const sent = { ...message, traits: { key: 'from-event', name: 'x', empty: '', none: null } };

  it('are filled in from the event, and what fills them is not sent', async () => {
    const { key, body } = await transform('{{ message.traits.key || "k" }}', sent);
    expect(key).toBe('Basic from-event');
    expect(body.traits).toEqual({ name: 'x', empty: '', none: null });
    expect((await transform('{{event.traits.key||k}}', sent)).key).toBe('Basic from-event');
  });

  it.each([
    '{{ message.traits.other || "k" }}',
    '{{ message.traits.none || k }}',
    '{{ message.constructor.name || k }}',
    '{{ destination.ID || "k" }}',
  ])('have their default: %s', async (template) => {
    expect((await transform(template, sent)).key).toBe('Basic k');
  });

  it('are text where the destination says that it has none', async () => {
    const template = '{{ message.traits.key || k }}';
    expect((await transform(template, sent, { hasDynamicConfig: false })).key).toBe(`Basic ${template}`);
  });

  it.each([true, null, 0, 'false'])('are filled in where the destination says %j of having any', async (given) => {
    const { key } = await transform('{{ message.traits.key || k }}', sent, { hasDynamicConfig: given });
    expect(key).toBe('Basic from-event');
  });

  it.each(['{{ message.traits.key }}', '{{ message.traits[key] || k }}', 'a {{ message.traits.key || k }}'])(
    'are text in any other form: %s',
    async (text) => {
      expect((await transform(text, sent)).key).toBe(`Basic ${text}`);
    },
  );

  it('have a value that is empty text, and no default for it', async () => {
    const dynamic = item('stormly', { apiKey: '{{ message.traits.empty || k }}' });
    const whole = { ...dynamic, destination: { ...(dynamic.destination as JsonObject), hasDynamicConfig: true } };
    expect(await process('stormly', [{ ...whole, message: sent }])).toMatchObject([
      { statusCode: 400, error: expect.stringContaining('config.apiKey') as unknown },
    ]);
  });

  it('are filled in from each event, and echoed unchanged', async () => {
    const dynamic = item('stormly', { apiKey: '{{ message.traits.key || k }}' });
    const whole = { ...dynamic, destination: { ...(dynamic.destination as JsonObject), hasDynamicConfig: true } };
    const input = ['a', 'b', null].map((key, jobId) => ({
      ...whole,
      metadata: { jobId },
      message: { ...message, traits: { key } },
    }));
    const elements = await route({ input, destType: 'stormly' });
    const seen = elements.map(({ batchedRequest, destination: echoed }) => [
      ((batchedRequest as JsonObject).headers as JsonObject).Authorization,
      echoed,
    ]);
    expect(seen).toEqual(['Basic a', 'Basic b', 'Basic k'].map((key) => [key, whole.destination]));
  });

  it('that name one field get the same value, and the event of another destination keeps it', async () => {
    const template = '{{ message.traits.key || k }}';
    const twice = item(
      'am',
      { apiKey: template, groupTypeTrait: template, groupValueTrait: 'name' },
      { message: { ...sent, traits: { key: 'name', name: 'x' } } },
    );
    const whole = { ...twice, destination: { ...(twice.destination as JsonObject), hasDynamicConfig: true } };
    const [first] = await process('am', [whole, stormly]);
    expect(first).toMatchObject({ output: { body: { JSON: { api_key: 'name', events: [{ groups: { x: 'x' } }] } } } });
  });
});

describe('/features', () => {
  const features = async () => {
    const { text, type } = await request(app).get('/features').expect(200);
    expect(type).toBe('text/plain');
    return JSON.parse(text) as JsonObject;
  };

  it('upgradedToSourceTransformV2: without it the server stops at its second look, ten seconds later', async () => {
    expect(await features()).toHaveProperty('upgradedToSourceTransformV2', true);
  });

  it('routerTransform: without it the requests of one event would be delivered in no order', async () => {
    const { routerTransform } = await features();
    expect(routerTransform).toMatchObject({ AM: true, MP: true });
    expect(routerTransform).not.toHaveProperty('STORMLY');
    expect(routerTransform).not.toHaveProperty('SURVICATE');
  });

  it('routerTransform: every type in it is found, or its events would all fail', async () => {
    const { routerTransform } = await features();
    for (const type of Object.keys(routerTransform as JsonObject)) {
      expect([type, registry.get(type.toLowerCase())]).toEqual([type, expect.anything()]);
    }
  });

  it('supportDestTransformCompactedPayloadV1: without it each event brings its config, and the workspace’s secrets', async () => {
    expect(await features()).toHaveProperty('supportDestTransformCompactedPayloadV1', true);
  });

  it('regulations: without it nothing says that users are not deleted here', async () => {
    expect(await features()).toHaveProperty('regulations', []);
  });

  it('supportTransformerProxyV1: without it nothing says that deliveries are not made here', async () => {
    expect(await features()).toHaveProperty('supportTransformerProxyV1', false);
  });

  it('has no other key, which would have the server ask for what is not here', async () => {
    expect(Object.keys(await features()).toSorted()).toEqual([
      'regulations',
      'routerTransform',
      'supportDestTransformCompactedPayloadV1',
      'supportTransformerProxyV1',
      'upgradedToSourceTransformV2',
    ]);
  });
});

describe('what else is asked of the service itself', () => {
  it('/health, /version and /transformerBuildVersion answer', async () => {
    await request(app).get('/health').expect(200, { status: 'ok', service: 'UP' });
    for (const path of ['/version', '/transformerBuildVersion']) {
      const response = await request(app).get(path).expect(200);
      expect([response.type, response.text]).toEqual(['text/plain', '1.2.3']);
    }
  });
});
