import request from 'supertest';

import { createApp } from '../../src/http/app.ts';
import { diagnoseJson } from '../../src/wire/syntax.ts';
import { registry } from '../support/project.ts';

const limits = { bodyBytes: 10_000_000, pipelineBodyBytes: 10_000_000 };
const app = createApp({ registry, version: '1.2.3', limits });
const messageOf = (text: string) => diagnoseJson(Buffer.from(text), 'it').message;

it.each([
  ['{"a": NaN}', 'at column 7, NaN is not a JSON value'],
  ['{\n  "a": [1,\n -Infinity]}', 'at line 3, column 2, -Infinity is not a JSON value'],
  ['{"a": undefined}', 'at column 7, undefined is not a JSON value'],
  ['{"a": True}', 'at column 7, True is not a JSON value'],
  ['{"a": 1,}', 'at column 9, a property name in double quotes is missing'],
  ["{'a': 1}", "at column 2, ' is not a JSON value"],
  ['[1,]', 'at column 4, a value is missing'],
  ['{"a" 1}', 'at column 6, a colon is missing'],
  ['{"a":1 "b":2}', 'at column 8, a comma is missing'],
  ['{"a":"x', 'at column 6, a string is not closed'],
  ['{"a":1} {"a":2}', 'at column 9, there is text after the end of the JSON value'],
  ['{} // no', 'at column 4, JSON has no comments'],
  ['\uFEFF{"a": NaN}', 'at column 7, NaN is not a JSON value'],
])('says where %s is broken', (text, fault) => {
  expect(messageOf(text)).toBe(`it is not JSON: ${fault}`);
});

it.each<[string, Buffer, string]>([
  ['nothing', Buffer.alloc(0), 'it is empty'],
  ['bytes that aren’t text', Buffer.from([0x22, 0xff, 0x22]), 'it is not UTF-8'],
  ['text that is nested too deep', Buffer.from('['.repeat(500_000)), 'it is not JSON'],
  ['text that is larger than an event', Buffer.from(`[${'1,'.repeat(600_000)}`), 'it is not JSON'],
])('says what can be said of %s', (_name, bytes, message) => {
  expect(diagnoseJson(bytes, 'it').message).toBe(message);
});

it('is told to a client, and to a pipeline', async () => {
  const body = '{"events": [\n  {"traits": {"score": NaN}}]}';
  for (const path of ['/transform', '/v0/destinations/june', '/routerTransform', '/batch']) {
    const response = await request(app).post(path).set('Content-Type', 'application/json').send(body).expect(400);
    expect(response.body).toMatchObject({
      code: 'BODY_NOT_JSON',
      detail: 'the body is not JSON: at line 2, column 24, NaN is not a JSON value',
    });
  }
});

it('keeps the ref of a line that is broken or misshapen, and no other line is refused for it', async () => {
  const lines = [
    '{"destinations":[{"name":"loops"}]}',
    '{"ref":{"offset":1},"event":{"type":"group","traits":{"score":NaN}}}',
    '{"ref":"two","events":[]}',
    `{"ref":"${'x'.repeat(2_000)}","event":Infinity}`,
    '{"ref":"four","event":{"type":"group","groupId":"g"}}',
  ];
  const { text } = await request(app)
    .post('/transform')
    .type('application/x-ndjson')
    .send(lines.join('\n'))
    .buffer(true);
  const answers = text.trimEnd().split('\n');
  expect(answers.map((line) => JSON.parse(line) as object)).toEqual([
    {
      line: 2,
      ref: { offset: 1 },
      outcome: 'fail',
      code: 'LINE_INVALID',
      message: 'the line is not JSON: at column 63, NaN is not a JSON value',
    },
    {
      line: 3,
      ref: 'two',
      outcome: 'fail',
      code: 'LINE_INVALID',
      message: 'the line must be { "destinations" } or { "event", "ref" }',
    },
    {
      line: 4,
      outcome: 'fail',
      code: 'LINE_INVALID',
      message: 'the line is not JSON: at column 2019, Infinity is not a JSON value',
    },
    expect.objectContaining({ line: 5, ref: 'four', outcome: 'drop' }),
    { end: { events: 1, results: 4 } },
  ]);
});
