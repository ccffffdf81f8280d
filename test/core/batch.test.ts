import _ from 'lodash';

import type { Request } from '../../src/contract/requests.ts';
import { shipmentsOf, type Shippable } from '../../src/core/batch.ts';
import type { BatchRule, IndexedRequest } from '../../src/core/definition.ts';
import type { Json } from '../../src/core/json.ts';

const rule: BatchRule = { items: 3, bytes: 1_000, at: 'body.json.list' };

/** A request with a list, and with whatever else makes it one of its own kind. */
function request(list: Json[], { index = 0, url = 'https://a.example/', batch = rule, more = {} } = {}) {
  return {
    index,
    request: { method: 'POST', url, headers: {}, query: {}, body: { json: { ...more, list } } },
    batch,
  } satisfies IndexedRequest<Request>;
}

/** Whom an event is about that no other is about. */
const somebody = () => ({ subject: { groups: [_.uniqueId('group')], people: [_.uniqueId('person')] } });

/** The elements of each batch of each shipment, with the events that they are of. */
function ship(...events: (IndexedRequest<Request>[] | Partial<Shippable<Request>>)[]) {
  const sends = events.map((event) => ({
    requests: [],
    event: somebody(),
    ...(Array.isArray(event) ? { requests: event } : event),
  }));
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
  ['another rule', request([2], { batch: { ...rule, items: 4 } })],
])('keeps apart what has %s', (_name, other) => {
  expect(ship([request([1])], [other])).toHaveLength(2);
});

it("merges requests that aren't neighbors", () => {
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
  const single: IndexedRequest<Request> = _.omit(request([9], { index: 1 }), 'batch');
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
  const shipments = shipmentsOf([1, 2, 3].map((element) => ({ requests: [streamed(element)], event: somebody() })));
  expect(shipments.flatMap(({ batches }) => batches.map((batch) => batch.request))).toEqual([
    { rudder: { payload: '[1,2]' } },
    { rudder: { payload: '[3]' } },
  ]);
});

it('merges equal requests anywhere in the definition, also those of one event', () => {
  const both = (element: number) => [request([element]), request([-element], { index: 1 })];
  const batch = { ...rule, items: 4 };
  const wide = (element: number) => both(element).map((indexed) => ({ ...indexed, batch }));
  expect(ship(wide(1), wide(2))).toEqual([{ members: [0, 1], batches: [{ list: [1, -1, 2, -2], of: [0, 1] }] }]);
});

describe('what writes the same record', () => {
  const [on, off] = ['https://a.example/on', 'https://a.example/off'];
  const about = (group: string, person: string) => ({ subject: { groups: [group], people: [person] } });
  const write = (url: string, element: string, event = about(`group of ${element}`, element)) => ({
    requests: [request([element], { url })],
    event,
  });
  const lists = (...events: Parameters<typeof ship>) =>
    ship(...events).flatMap(({ batches }) => batches.map(({ list }) => (list as string[]).join(' ')));

  it('keeps its order', () => {
    expect(lists(write(on, 'a'), write(off, 'a'), write(on, 'a'))).toEqual(['a', 'a', 'a']);
  });

  it('comes after what came between, though its own kind was begun before', () => {
    expect(lists(write(off, 'b'), write(on, 'a'), write(off, 'a'), write(off, 'c'))).toEqual(['b', 'a', 'a c']);
  });

  it('keeps nothing else apart', () => {
    expect(lists(write(on, 'a'), write(off, 'b'), write(on, 'c'), write(off, 'd'), write(on, 'a'))).toEqual([
      'a c a',
      'b d',
    ]);
  });

  it('is what has the group or the person in common where no rule says more', () => {
    const inGroup = (url: string, person: string) => write(url, person, about('g', person));
    expect(lists(inGroup(on, 'a'), inGroup(off, 'b'), inGroup(on, 'c'))).toEqual(['a', 'b', 'c']);
    const ofPerson = (url: string, group: string) => write(url, group, about(group, 'p'));
    expect(lists(ofPerson(on, 'a'), ofPerson(off, 'b'), ofPerson(on, 'c'))).toEqual(['a', 'b', 'c']);
  });

  it('is what an element says in one group where a rule says how', () => {
    const batch = { ...rule, record: ['id', 'email'] };
    const of = (url: string, element: Json, group = 'g') => ({
      requests: [request([element], { url, batch })],
      event: about(group, _.uniqueId('person')),
    });
    const known = { id: 'a', email: 'e' };
    expect(ship(of(on, known), of(off, { id: 'b' }), of(on, { id: 'c' }))).toHaveLength(2);
    expect(ship(of(on, known), of(off, { email: 'e' }), of(on, { id: 'a' }))).toHaveLength(2);
    expect(ship(of(on, known), of(off, { email: 'e' }), of(on, { email: 'e' }))).toHaveLength(3);
    expect(ship(of(on, known), of(off, known, 'h'), of(on, known))).toHaveLength(2);
  });

  it('keeps its order also around what is sent alone', () => {
    expect(lists(write(on, 'a'), { ...write(on, 'a'), isAlone: true }, write(on, 'a'), write(on, 'b'))).toEqual([
      'a',
      'a',
      'a b',
    ]);
    const single = { requests: [_.omit(write(on, 'a').requests[0] as object, 'batch') as never] };
    expect(lists(write(on, 'a'), { ...write(on, 'a'), ...single }, write(on, 'a'))).toEqual(['a', 'a', 'a']);
  });

  it('keeps its order where events have several requests', () => {
    const more = (url: string) => ({
      requests: [request(['a'], { url }), request(['a more'], { index: 1, url: 'https://a.example/more' })],
      event: about('g', 'a'),
    });
    expect(lists(more(on), more(on), more(off), more(on))).toEqual([
      'a a',
      'a more a more',
      'a',
      'a more',
      'a',
      'a more',
    ]);
  });
});

it('takes time in proportion to the number of events', () => {
  const secondsFor = (count: number) => {
    const sends = _.times(count, (index) => ({
      requests: [
        request([index], { url: `https://a.example/${String(index % 7)}`, batch: { ...rule, items: 5 } }),
        request([index], { index: 1, batch: { ...rule, items: 4 } }),
      ],
      event: { subject: { groups: [String(index % 1_000)], people: [String(index % 900)] } },
    }));
    const began = performance.now();
    shipmentsOf(sends);
    return performance.now() - began;
  };
  secondsFor(2_000);
  expect(secondsFor(20_000)).toBeLessThan(40 * Math.max(5, secondsFor(2_000)));
});

it('merges single elements into a list', () => {
  const unwrapped = (row: number) => ({
    index: 0,
    request: { rudder: { row: { row }, sheet: 's' } },
    batch: { items: 2, bytes: 1_000, at: 'rudder.row', unwrapped: true as const },
  });
  const shipments = shipmentsOf(
    [1, 2, 3].map((row) => ({ requests: [unwrapped(row)], event: somebody(), isAlone: row === 2 })),
  );
  expect(shipments.flatMap(({ batches }) => batches.map((batch) => batch.request))).toEqual([
    { rudder: { row: [{ row: 1 }, { row: 3 }], sheet: 's' } },
    { rudder: { row: { row: 2 }, sheet: 's' } },
  ]);
});
