import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { request } from 'undici';

import { killAll, ready, start } from '../../support/service.ts';

/*
 * A stream may have any number of events, so nothing of one may stay once it is answered.
 */

const EVENTS = 200_000;
/** What a process may take while it warms up; a fifth of what the answers have together. */
const MOST_GROWTH = 50e6;

afterEach(killAll);

function* body(): Generator<string> {
  yield '{"destinations":[{"name":"userpilot","config":{"apiKey":"k"}}]}\n';
  const traits = { name: 'Acme', description: 'Anvils. '.repeat(120) };
  const event = `${JSON.stringify({ event: { type: 'group', groupId: 'acme', userId: 'u-1', traits } })}\n`;
  for (let i = 0; i < EVENTS / 1_000; i++) yield event.repeat(1_000);
}

async function residentBytes(url: string): Promise<number> {
  const metrics = await (await request(`${url}/metrics`)).body.text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
}

it(`a stream of ${EVENTS.toLocaleString('en')} events and a slow reader do not make the process grow`, async () => {
  const url = await ready(start({ NODE_ENV: 'production' }));
  const response = await request(`${url}/transform`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: Readable.from(body()),
  });
  let [lines, tail, bytes] = [0, '', 0];
  let atQuarter: number | undefined;
  for await (const chunk of response.body) {
    const text = String(chunk);
    bytes += text.length;
    lines += text.split('\n').length - 1;
    // The last line may come in pieces.
    tail = (tail + text).slice(-200);
    if (lines > EVENTS / 4) atQuarter ??= await residentBytes(url);
    await sleep(1);
  }
  const grown = (await residentBytes(url)) - (atQuarter ?? Number.NaN);
  expect(JSON.parse(tail.trimEnd().split('\n').at(-1) ?? '')).toEqual({ end: { events: EVENTS, results: EVENTS } });
  expect(lines).toBe(EVENTS + 1);
  expect(bytes).toBeGreaterThan(5 * MOST_GROWTH);
  expect(grown).toBeLessThan(MOST_GROWTH);
});
