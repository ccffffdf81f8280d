import _ from 'lodash';

import type { BatchedResults } from '../../src/contract/results.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { expectNoErrors, post, transform } from '../support/api.ts';

afterEach(expectNoErrors);

async function transformInBatches(body: JsonObject): Promise<BatchedResults> {
  const response = await post({ ...body, batch: true }).expect(200);
  return response.body as BatchedResults;
}

const timestamp = '2026-02-03T10:11:12.000Z';
const eventOf = (groupId: string, more: JsonObject = {}): JsonObject => ({
  type: 'group',
  groupId,
  userId: 'u-1',
  timestamp,
  traits: { name: 'Acme' },
  ...more,
});
const mixpanel = (id: string, token: string) => ({
  id,
  name: 'mixpanel',
  config: { token, groupKeySettings: [{ groupKey: 'groupId' }] },
});
const stormly = { name: 'stormly', config: { apiKey: 'k' } };

it('merges the requests of events, and points from each result to its batches in the order of sending', async () => {
  const { results, batches } = await transformInBatches({
    events: [eventOf('g-1'), eventOf('g-2')],
    destination: mixpanel('mp', 't'),
  });
  expect(results).toEqual([
    { event: 0, destination: 0, destinationId: 'mp', outcome: 'send', batches: [0, 1] },
    { event: 1, destination: 0, destinationId: 'mp', outcome: 'send', batches: [0, 1] },
  ]);
  expect(batches).toMatchObject([
    {
      destination: 0,
      results: [0, 1],
      request: {
        url: 'https://api.mixpanel.com/engage/',
        body: { json: [{ $set: { groupId: ['g-1'] } }, { $set: { groupId: ['g-2'] } }] },
      },
    },
    {
      destination: 0,
      results: [0, 1],
      request: {
        url: 'https://api.mixpanel.com/groups/',
        body: { json: [{ $group_id: 'g-1' }, { $group_id: 'g-2' }] },
      },
    },
  ]);
});

it('sends merged events to where the vendor takes several, with what each says of its group', async () => {
  const { batches } = await transformInBatches({
    events: [eventOf('g-1'), eventOf('g-2')],
    destination: { name: 'amplitude', config: { apiKey: 'k', groupType: 'company' } },
  });
  expect(_.map(batches, 'request.url')).toEqual([
    'https://api2.amplitude.com/batch',
    'https://api2.amplitude.com/groupidentify',
  ]);
  expect(_.map(_.get(batches, '[0].request.body.json.events') as JsonObject[], 'groups')).toEqual([
    { company: 'g-1' },
    { company: 'g-2' },
  ]);
  const identification = _.get(batches, '[1].request.body.form.identification') as string;
  expect(_.map(JSON.parse(identification) as object[], 'group_value')).toEqual(['g-1', 'g-2']);
});

it.each([
  ['reflag', { secretKey: 'k' }, 'https://front.reflag.com/bulk', 'json', 100],
  [
    'marketo',
    { munchkinId: '123-ABC-456', accessToken: 'k' },
    'https://123-abc-456.mktorest.com/rest/v1/companies.json',
    'json.input',
    300,
  ],
])('fills the batches of %s up to what the vendor takes', async (name, config, url, list, most) => {
  const events = _.range(most + 1).map((index) => eventOf(`g-${String(index)}`));
  const { batches } = await transformInBatches({ events, destination: { name, config } });
  expect(_.map(batches, 'request.url')).toEqual([url, url]);
  expect(batches.map(({ request }) => (_.get(request.body, list) as object[]).length)).toEqual([most, 1]);
});

it('never merges what goes to two destinations of one kind, even with one config', async () => {
  const { batches } = await transformInBatches({
    events: [eventOf('g-1'), eventOf('g-2')],
    destinations: [mixpanel('a', 't'), mixpanel('b', 't'), mixpanel('c', 'other')],
  });
  expect(batches.map(({ destination, results }) => [destination, results])).toEqual([
    [0, [0, 3]],
    [0, [0, 3]],
    [1, [1, 4]],
    [1, [1, 4]],
    [2, [2, 5]],
    [2, [2, 5]],
  ]);
});

it('gives requests that cannot be merged batches of their own, and leaves drops and fails as they are', async () => {
  const { results, batches } = await transformInBatches({
    events: [eventOf('g-1'), eventOf('', {}), eventOf('g-3'), { type: 'track' }],
    destination: stormly,
  });
  expect(_.map(results, 'outcome')).toEqual(['send', 'fail', 'send', 'drop']);
  expect(_.map(results, 'batches')).toEqual([[0], undefined, [1], undefined]);
  expect(_.map(batches, 'results')).toEqual([[0], [2]]);
});

it('sends in batches what it sends without, and nothing else', async () => {
  const events = _.range(450).map((index) => eventOf(`g-${String(index)}`, { traits: { index } }));
  const destination = mixpanel('mp', 't');
  const { results, batches } = await transformInBatches({ events, destination });
  const elementsOf = (requests: object[]) => requests.flatMap((request) => _.get(request, 'body.json', []) as object[]);
  const singles = (await transform({ events, destination })).flatMap((result) =>
    result.outcome === 'send' ? result.requests : [],
  );
  const sent = elementsOf(_.map(batches, 'request'));
  expect(_.sortBy(sent, JSON.stringify)).toEqual(_.sortBy(elementsOf(singles), JSON.stringify));
  expect(batches.map(({ request }) => elementsOf([request]).length)).toEqual([450, 200, 200, 50]);
  for (const [index, result] of results.entries()) {
    const { batches: own } = result as { batches: number[] };
    expect(own).toHaveLength(2);
    for (const batch of own) expect(batches[batch]?.results).toContain(index);
  }
});

it('sends RudderStack several events in one call, which says of each what it is', async () => {
  const { batches } = await transformInBatches({
    events: [eventOf('g-1'), eventOf('g-2')],
    destination: { name: 'rudderstack', config: { dataPlaneUrl: 'https://acme.example', writeKey: 'w' } },
  });
  expect(batches).toMatchObject([
    {
      request: {
        url: 'https://acme.example/v1/batch',
        body: {
          json: {
            batch: [
              { type: 'group', groupId: 'g-1' },
              { type: 'group', groupId: 'g-2' },
            ],
          },
        },
      },
    },
  ]);
});

it.each<[name: string, config: JsonObject, list: string, most: number, id: string]>([
  ['zoho-crm', { accessToken: 't' }, 'data', 100, 'Group_Id'],
  ['heap', { appId: '1' }, 'accounts', 1000, 'account_id'],
  ['ortto', { privateApiKey: 'k' }, 'accounts', 100, 'fields.str:oc:external-id'],
])(
  'fills the lists of %s up to what it takes, and names no group twice in one',
  async (name, config, list, most, id) => {
    const listsOf = async (groups: readonly number[]) => {
      const events = groups.map((number) => eventOf(`g-${String(number)}`));
      const { batches } = await transformInBatches({ events, destination: { name, config } });
      return batches.map(({ request }) => {
        const elements = _.get(request, `body.json.${list}`) as object[];
        return elements.map((element) => _.get(element, id) as string);
      });
    };
    expect(_.map(await listsOf(_.range(most + 1)), 'length')).toEqual([most, 1]);
    expect(await listsOf([0, 1, 0])).toEqual([['g-0', 'g-1'], ['g-0']]);
  },
);

it('has no batches where there is nothing to send, and none of them without being asked', async () => {
  expect(await transformInBatches({ events: [], destination: stormly })).toEqual({ results: [], batches: [] });
  const response = await post({ event: eventOf('g'), destination: stormly, batch: false }).expect(200);
  expect(Object.keys(response.body as object)).toEqual(['results']);
});

it('takes true and false only', async () => {
  const response = await post({ event: eventOf('g'), destination: stormly, batch: 'true' }).expect(400);
  expect(response.body).toMatchObject({ code: 'ENVELOPE_INVALID', path: 'batch' });
});
