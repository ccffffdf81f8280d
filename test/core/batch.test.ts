import _ from 'lodash';
import { shipmentsOf } from '../../src/core/batch.ts';
import type { BatchRule, IndexedRequest } from '../../src/core/definition.ts';
import type { Json } from '../../src/core/json.ts';

const rule: BatchRule = { items: 3, bytes: 1_000, at: 'body.json.list' };

/** A request with a list, and with whatever else makes it one of its own kind. */
function request(list: Json[], { index = 0, url = 'https://a.example/', batch = rule, more = {} } = {}) {
  return {
    index,
    request: { method: 'POST', url, headers: {}, query: {}, body: { json: { ...more, list } } },
    batch,
  } satisfies IndexedRequest;
}

/** The elements of each batch of each shipment, with the events that they are of. */
function ship(...events: (IndexedRequest[] | { requests: IndexedRequest[]; isAlone: true })[]) {
  const sends = events.map((event) => (Array.isArray(event) ? { requests: event } : event));
  return shipmentsOf(sends).map(({ events: members, batches }) => ({
    members,
    batches: batches.map(({ request: sent, events: of }) => ({ list: _.get(sent, 'body.json.list'), of })),
  }));
}

it('merges what is equal in everything but the list, in order', () => {
  expect(ship([request([1])], [request([2])], [request([3])])).toEqual([
    { members: [0, 1, 2], batches: [{ list: [1, 2, 3], of: [0, 1, 2] }] },
  ]);
});

it('does not change the requests it is given', () => {
  const [first, second] = [request([1]), request([2])];
  const before = _.cloneDeep([first, second]);
  ship([first], [second]);
  expect([first, second]).toEqual(before);
});

it.each([
  ['another URL', request([2], { url: 'https://b.example/' })],
  ['anything else in the body', request([2], { more: { partner: 'x' } })],
  ['another index of the definition', request([2], { index: 1 })],
])('keeps apart what has %s', (_name, other) => {
  expect(ship([request([1])], [other])).toHaveLength(2);
});

it('merges requests that are no neighbours', () => {
  const other = request([2], { url: 'https://b.example/' });
  expect(ship([request([1])], [other], [request([3])])).toEqual([
    { members: [0, 2], batches: [{ list: [1, 3], of: [0, 2] }] },
    { members: [1], batches: [{ list: [2], of: [1] }] },
  ]);
});

it('starts a new batch when one has all the items that it may have', () => {
  expect(ship(..._.range(5).map((element) => [request([element])]))).toEqual([
    { members: [0, 1, 2], batches: [{ list: [0, 1, 2], of: [0, 1, 2] }] },
    { members: [3, 4], batches: [{ list: [3, 4], of: [3, 4] }] },
  ]);
});

it('starts a new batch before the whole body is over the limit, counting every event and bytes, not characters', () => {
  const text = 'é'.repeat(20);
  const sizeOf = (list: string[]) => Buffer.byteLength(JSON.stringify({ p: 'x'.repeat(30), list }));
  const requestOf = (bytes: number) =>
    request([text], { batch: { items: 100, bytes, at: 'body.json.list' }, more: { p: 'x'.repeat(30) } });
  const sizes = (bytes: number) => ship(..._.times(4, () => [requestOf(bytes)])).map(({ members }) => members.length);
  expect(sizes(sizeOf([text, text, text, text]))).toEqual([4]);
  expect(sizes(sizeOf([text, text, text]))).toEqual([3, 1]);
  expect(sizes(sizeOf([text, text]))).toEqual([2, 2]);
  expect(sizes(sizeOf([text, text]) - 1)).toEqual([1, 1, 1, 1]);
});

it('sends an element that is over the limit by itself', () => {
  const batch = { items: 9, bytes: 60, at: 'body.json.list' };
  const big = request(['x'.repeat(100)], { batch });
  expect(ship([request([1], { batch })], [big], [request([2], { batch })]).map(({ members }) => members)).toEqual([
    [0],
    [1],
    [2],
  ]);
});

it('starts a new batch for a value that a batch may have once only', () => {
  const batch = { ...rule, uniqueBy: 'id' };
  const of = (id: string) => [request([{ id }], { batch })];
  expect(ship(of('a'), of('b'), of('a'), of('b')).map(({ members }) => members)).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

it('leaves alone an event that says so, or that has a request without a list of its own', () => {
  const single: IndexedRequest = _.omit(request([9], { index: 1 }), 'batch');
  expect(
    ship([request([1])], { requests: [request([2])], isAlone: true }, [request([3]), single], [request([4])]),
  ).toEqual([
    { members: [0, 3], batches: [{ list: [1, 4], of: [0, 3] }] },
    { members: [1], batches: [{ list: [2], of: [1] }] },
    {
      members: [2],
      batches: [
        { list: [3], of: [2] },
        { list: [9], of: [2] },
      ],
    },
  ]);
});

it('keeps the requests of each event in the order of the definition, and what they share together', () => {
  const both = (element: number) => [
    request([element], { batch: { ...rule, items: 2 } }),
    request([-element], { index: 1, batch: { ...rule, items: 3 } }),
  ];
  expect(ship(both(1), both(2), both(3))).toEqual([
    {
      members: [0, 1, 2],
      batches: [
        { list: [1, 2], of: [0, 1] },
        { list: [3], of: [2] },
        { list: [-1, -2, -3], of: [0, 1, 2] },
      ],
    },
  ]);
});

it('splits the list of one event where a batch is full', () => {
  expect(ship([request([1, 2])], [request([3, 4])])).toEqual([
    {
      members: [0, 1],
      batches: [
        { list: [1, 2, 3], of: [0, 1] },
        { list: [4], of: [1] },
      ],
    },
  ]);
});

it('merges lists that are text', () => {
  const streamed = (element: number) => ({
    index: 0,
    request: { rudder: { payload: JSON.stringify([element]) } },
    batch: { items: 2, bytes: 1_000, at: 'rudder.payload' },
  });
  const shipments = shipmentsOf([1, 2, 3].map((element) => ({ requests: [streamed(element)] })));
  expect(shipments.flatMap(({ batches }) => batches.map((batch) => batch.request))).toEqual([
    { rudder: { payload: '[1,2]' } },
    { rudder: { payload: '[3]' } },
  ]);
});

it('merges elements that stand where a list of them is to be', () => {
  const unwrapped = (row: number) => ({
    index: 0,
    request: { rudder: { row: { row }, sheet: 's' } },
    batch: { items: 2, bytes: 1_000, at: 'rudder.row', unwrapped: true as const },
  });
  const shipments = shipmentsOf([1, 2, 3].map((row) => ({ requests: [unwrapped(row)], isAlone: row === 2 })));
  expect(shipments.flatMap(({ batches }) => batches.map((batch) => batch.request))).toEqual([
    { rudder: { row: [{ row: 1 }, { row: 3 }], sheet: 's' } },
    { rudder: { row: { row: 2 }, sheet: 's' } },
  ]);
});
