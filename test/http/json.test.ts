import express from 'express';
import fc from 'fast-check';
import _ from 'lodash';
import request from 'supertest';

import { type Json } from '../../src/core/json.ts';
import { sendJson } from '../../src/http/json.ts';
import { parseUtf8 } from '../../src/wire/parse.ts';
import { KnownDestinations } from '../../src/wire/rudder/destinations.ts';
import { parseCall } from '../../src/wire/rudder/parse.ts';

/** More than what is parsed at once. */
const FILL = 'ü'.repeat(40_000);

/** Objects that start alike, and other elements of a list. */
const element = fc.oneof(
  fc.record({ message: fc.jsonValue(), rest: fc.jsonValue() }),
  fc.record({ message: fc.string().map((text) => `${text}},{"message":`) }),
  fc.record({ metadata: fc.jsonValue(), message: fc.jsonValue() }),
  fc.jsonValue(),
);

/** Long objects. Some contain objects that start like them. */
const long = fc.record({
  message: fc.constant(FILL),
  list: fc.array(fc.record({ message: fc.jsonValue() }), { maxLength: 2 }),
});

const lists = fc
  .array(fc.tuple(long, element), { minLength: 2, maxLength: 6 })
  .map((pairs): Json[] => pairs.flat() as Json[]);

/** Texts of bodies with a long list. In some, another field of the same name replaces it. */
const texts = fc
  .tuple(
    lists.map((list) => JSON.stringify(list)),
    fc.constantFrom(
      ['', ''],
      ['{"events":', '}'],
      ['{"events":', ',"destinations":[{"name":"a"}]}'],
      ['{"events":', ',"events":[{"message":1},{"message":2}]}'],
      ['{"events":', ',"\\u0065vents":7}'],
      ['{"__proto__":', ',"a":1}'],
      ['{"a":1,"events":', '}'],
    ),
  )
  .map(([list, [before = '', after = '']]) => before + list + after);

const outcomeOf = (parse: () => Json) => {
  try {
    return { value: parse() };
  } catch {
    return 'not JSON';
  }
};

test('text is parsed as JSON has it, in pieces or not', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(parseUtf8(Buffer.from(text)).value).toStrictEqual(JSON.parse(text));
    }),
  );
});

test('what is not JSON is not, wherever it is broken', () => {
  fc.assert(
    fc.property(texts, fc.nat(), fc.constantFrom('', '}', ']', '[', '"', ',', '},{"message":'), (text, where, put) => {
      const at = where % text.length;
      // Where nothing is put, something is taken away.
      const broken = text.slice(0, at) + put + text.slice(put === '' ? at + 1 : at);
      expect(outcomeOf(() => parseUtf8(Buffer.from(broken)).value)).toStrictEqual(
        outcomeOf(() => JSON.parse(broken) as Json),
      );
    }),
  );
});

/** Items as a server writes them, and such that a careless reader would take for them. */
const destination = fc.constantFrom<Json>(
  { Config: { apiKey: 'a"}{\\' } },
  { Config: { apiKey: 'b', nested: [{}, { destination: { Config: {} } }] } },
  {},
  null,
  'none',
);
const item = fc.oneof(
  fc.record({ message: fc.record({ a: fc.constant({}), destination }), metadata: fc.constant({}), destination }),
  fc.record({ metadata: fc.constant({}), destination, message: fc.jsonValue() }),
  fc.record({ metadata: fc.constant({}) }),
  fc.record({ metadata: fc.constant({}), 'odd"destination': destination }),
);

test('a call is parsed as JSON has it, whichever destinations repeat', () => {
  const known = new KnownDestinations();
  fc.assert(
    fc.property(fc.array(item, { maxLength: 6 }), fc.constantFrom('', 'ü', FILL.repeat(2)), (items, fill) => {
      const list = [...items, { metadata: { fill }, destination: { Config: {} } }, ...items];
      for (const text of [JSON.stringify(list), JSON.stringify({ input: list, destinations: {} })]) {
        expect(parseCall(Buffer.from(text)).value).toStrictEqual(JSON.parse(text));
        // Once more, where the destinations of earlier calls are known.
        expect(parseCall(Buffer.from(text), known).value).toStrictEqual(JSON.parse(text));
      }
    }),
  );
});

test('a call that is not JSON is not, wherever it is broken', () => {
  const known = new KnownDestinations();
  const text = JSON.stringify(_.times(3, () => ({ metadata: {}, destination: { Config: { key: '"}' } } })));
  for (const put of ['', '}', '{', '"', '1', '\\']) {
    for (let at = 0; at < text.length; at++) {
      const broken = text.slice(0, at) + put + text.slice(put === '' ? at + 1 : at);
      const expected = outcomeOf(() => JSON.parse(broken) as Json);
      expect(outcomeOf(() => parseCall(Buffer.from(broken)).value)).toStrictEqual(expected);
      expect(outcomeOf(() => parseCall(Buffer.from(broken), known).value)).toStrictEqual(expected);
    }
  }
});

test('items of a call share a destination that they repeat', () => {
  const items = _.times(3, (jobId) => ({ metadata: { jobId }, destination: { Config: { jobId: jobId === 2 } } }));
  const { value: body } = parseCall(Buffer.from(JSON.stringify(items)));
  const [a, b, c] = body as { destination: object }[];
  expect(b?.destination).toBe(a?.destination);
  expect(c?.destination).toEqual({ Config: { jobId: true } });
});

test.each([
  ['another bracket', (text: string) => `${text.slice(0, -1)}}`],
  ['no bracket', (text: string) => text.slice(0, -1)],
  ['two brackets', (text: string) => `${text}]`],
  ['a comma', (text: string) => `${text.slice(0, -1)},]`],
  ['a line break', (text: string) => `${text}\n`],
])('a long list that ends with %s is what JSON has it for', (_name, end) => {
  const text = end(JSON.stringify(_.times(4, () => ({ message: FILL }))));
  expect(outcomeOf(() => parseUtf8(Buffer.from(text)).value)).toStrictEqual(outcomeOf(() => JSON.parse(text) as Json));
});

test('a long list in an object is parsed in pieces, of which none is shorter than an event in it', () => {
  const bytes = Buffer.from(JSON.stringify({ events: _.times(4, () => ({ message: FILL })), destinations: [] }));
  const { byteLength } = parseUtf8(bytes);
  expect(byteLength).toBeGreaterThanOrEqual(Buffer.byteLength(FILL));
  expect(byteLength).toBeLessThan(bytes.length / 2);
});

test('a long list may start with a byte order mark', () => {
  const list = _.times(4, () => ({ message: FILL }));
  expect(parseUtf8(Buffer.from(`\uFEFF${JSON.stringify(list)}`)).value).toStrictEqual(list);
});

test.each([0, 1, 19, 20, 21, 40, 41, 2_500])('a list of %i elements is answered as JSON has it', async (length) => {
  const list = _.times(length, (index) => ({ index, text: `"é],[€"${'.'.repeat(index % 50)}`, none: undefined }));
  const app = express().get('/', (_request, response) => {
    sendJson(response, 200, list);
  });
  const { text, headers } = await request(app).get('/').expect(200);
  expect(text).toBe(JSON.stringify(list));
  expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
});
