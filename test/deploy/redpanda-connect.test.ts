import { readFile } from 'node:fs/promises';
import path from 'node:path';
import request from 'supertest';
import { parse } from 'yaml';
import type { Result } from '../../src/contract/results.ts';
import { app } from '../support/api.ts';
import { projectFolder } from '../support/project.ts';

/*
 * What runs the configuration is not to be had here, so it is held to what the service answers to the same body.
 */

const folder = path.join(projectFolder, 'deploy/redpanda-connect');
const source = await readFile(path.join(folder, 'pipeline.yaml'), 'utf8');
const destinations = JSON.parse(await readFile(path.join(folder, 'destinations.json'), 'utf8')) as object[];

interface Http {
  url: string;
  verb: string;
  headers: Record<string, string>;
}

interface Processor {
  mapping?: string;
  archive?: { format: string };
  http?: Http;
  unarchive?: { format: string };
  try?: Processor[];
}

interface Config {
  pipeline: { processors: Processor[] };
  output: { switch: { cases: { check?: string; output: { reject?: string; kafka_franz?: { topic: string } } }[] } };
}

const { pipeline, output } = parse(source) as Config;
const [toLine, join, addDestinations, { try: guarded = [] } = {}] = pipeline.processors;
const [call, readAnswer, split] = guarded;

/** The body that the first three processors make of a batch, and what the service answers to it. */
async function play(head: unknown, messages: string[]): Promise<({ line: number } & Result)[]> {
  const lines = messages.map((message, offset) => {
    const ref = { topic: 'group-events', partition: 0, offset, key: 'acme' };
    try {
      return { event: JSON.parse(message) as unknown, ref };
    } catch {
      return { event: message, ref };
    }
  });
  const { headers, verb, url } = call?.http as Http;
  expect(verb).toBe('POST');
  const response = await request(app)
    .post(url.replace('${TRANSFORMER}', ''))
    .set(headers)
    .buffer(true)
    .parse((stream, done) => {
      let text = '';
      stream
        .on('data', (chunk: Buffer) => (text += chunk.toString()))
        .on('end', () => {
          done(null, text);
        });
    })
    .send([{ destinations: head }, ...lines].map((line) => JSON.stringify(line)).join('\n'));
  expect(response.status).toBe(200);
  const answer = (response.body as string)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { line: number } & Result);
  const end = answer.pop();
  expect(end).toEqual({ end: { events: messages.length, results: answer.length } });
  return answer;
}

it('does the steps that it says in their order', () => {
  expect(pipeline.processors).toHaveLength(4);
  expect(join).toEqual({ archive: { format: 'lines' } });
  expect([...(toLine?.mapping ?? '').matchAll(/^root\.(\S+) = /gm)].map(([, field]) => field)).toEqual([
    'event',
    'ref.topic',
    'ref.partition',
    'ref.offset',
    'ref.key',
  ]);
  expect(addDestinations?.mapping).toContain('let head = { "destinations": file("${DESTINATIONS}").parse_json() }');
  expect(split).toEqual({ unarchive: { format: 'json_array' } });
});

it('explains the variables that it has', () => {
  const used = [...source.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
  const explained = [...source.matchAll(/^# {3}([A-Z_]+) /gm)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(explained));
});

it('says who it is, as the service asks for it', () => {
  expect(call?.http?.headers.Authorization).toBe('Bearer ${API_TOKEN}');
});

it('every message of a batch comes back with its place, in a topic for its outcome', async () => {
  const event = { type: 'group', groupId: 'acme-42', userId: 'user-7', traits: { name: 'Acme' } };
  const results = await play(destinations, [
    JSON.stringify(event),
    'no JSON',
    '[1]',
    JSON.stringify({ ...event, groupId: 9 }),
  ]);
  expect(results.map(({ destinationId, outcome, ref }) => [destinationId, outcome, ref])).toEqual(
    ['send', 'fail', 'fail', 'send'].flatMap((outcome, offset) => {
      const ref = { topic: 'group-events', partition: 0, offset, key: 'acme' };
      return [
        ['userpilot', outcome, ref],
        ['loops', outcome === 'fail' ? 'fail' : 'drop', ref],
      ];
    }),
  );
  const [rejected, sent] = output.switch.cases;
  expect(rejected).toMatchObject({ check: 'errored()', output: { reject: expect.any(String) as string } });
  expect(sent).toMatchObject({ output: { kafka_franz: { topic: '${OUTPUT}.${! json("outcome") }' } } });
  expect(sent).not.toHaveProperty('check');
});

it('tells destinations that are not valid from events that are not', async () => {
  expect(readAnswer?.mapping).toContain('$results.any(result -> result.line == 1)');
  expect(readAnswer?.mapping).toContain('$lines.index(-1).end.results.or(-1) != $results.length()');
  const event = JSON.stringify({ type: 'group', groupId: 'acme-42' });
  expect((await play([{ nam: 'loops' }], [event])).map(({ line }) => line)).toEqual([1, 2]);
  expect((await play(destinations, [event, 'no JSON'])).map(({ line }) => line)).toEqual([2, 2, 3, 3]);
});
