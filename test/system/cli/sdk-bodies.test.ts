import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Result } from '../../../src/contract/results.ts';
import { clock, transform } from '../../support/api.ts';
import { runCommand } from '../../support/command.ts';
import { sdkCalls, sdkDestinations } from '../../support/sdk-calls.ts';

/* What SDKs put on the wire, through the command line: the service answers the same. */

const NOW = '2026-01-02T03:04:05.678Z';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
});

afterAll(async () => {
  delete clock.now;
  await rm(folder, { recursive: true });
});

it('bodies of SDKs are read as the service reads them', async () => {
  clock.now = new Date(NOW);
  const calls = sdkCalls.filter(({ body }) => body !== undefined);
  const lines = calls.map(({ text, body }) => (body?.batch === undefined ? text : `{"sdkBatch":${text}}`));
  const config = path.join(folder, 'config.json');
  await writeFile(config, JSON.stringify(sdkDestinations));
  const args = ['transform', '--config', config, '--now', NOW];
  const { status, stdout } = await runCommand(args, { input: lines.join('\n') });
  expect(status).toBe(0);
  const results = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Result & { line: number });

  const expected: object[] = [];
  for (const [index, line] of lines.entries()) {
    const events = `"${calls[index]?.body?.batch === undefined ? 'event' : 'sdkBatch'}"`;
    const body = line.startsWith('{"sdkBatch":') ? line.slice('{"sdkBatch":'.length, -1) : line;
    const answers = await transform(`{"destinations":${JSON.stringify(sdkDestinations)},${events}:${body}}`);
    const first = expected.length / sdkDestinations.length;
    expected.push(...answers.map((result) => ({ ...result, line: index + 1, event: first + result.event })));
  }
  expect(results).toEqual(expected);
});

it('a document may be a body, and an invalid one is reported', async () => {
  const run = (input: unknown) => runCommand(['transform', '--to', 'loops'], { input: JSON.stringify(input, null, 2) });
  const batch = [{ type: 'group' }, { type: 'track' }].map((event) => ({ ...event, groupId: 'g' }));
  expect((await run({ sdkBatch: { batch } })).stderr).toContain('2 events, 2 results');
  expect((await run({ sdkBatch: {} })).stdout).toContain('sdkBatch.batch is not a list');
  expect((await run({ batch })).stdout).toContain('send it as sdkBatch');
});
