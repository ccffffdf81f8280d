import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import _ from 'lodash';
import { pino } from 'pino';

import { createApp } from '../../../src/http/app.ts';
import { type Exchange, exchangesOf, recordedTypes } from '../../conformance/exchanges.ts';
import { Judge } from '../../conformance/waivers.ts';
import { registry } from '../../support/project.ts';

/*
 * A shadow before an upstream that answers as it was recorded to, sometimes late and sometimes not at all. Callers get
 * exactly the upstream's answers, and differences are found where they are known.
 *
 * @requires ../shared/conformance
 */

const types = recordedTypes();
const exchanges = types.flatMap(exchangesOf);

/** Every 20th call is answered late, and every 30th with a failure. */
const isLate = (call: number) => call % 20 === 0;
const isFailing = (call: number) => call % 30 === 0;

let upstream: Server;
let service: Server;
const errors: unknown[] = [];
const lines: string[] = [];

const urlOf = (server: Server) => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
async function listening(server: Server): Promise<Server> {
  await once(server, 'listening');
  return server;
}

beforeAll(async () => {
  upstream = await listening(
    createServer((request, response) => {
      void text(request).then(async () => {
        const call = Number(request.headers['x-call']);
        if (isLate(call)) await sleep(20);
        const { status, answer } = expectedOf(call);
        response.writeHead(status, { apiVersion: '2', 'Content-Type': 'application/json' }).end(answer);
      });
    }).listen(0, '127.0.0.1'),
  );
  const app = createApp({
    registry,
    version: '1.2.3',
    limits: { bodyBytes: 2_000_000, pipelineBodyBytes: 20_000_000 },
    pipeline: { upstreamUrl: urlOf(upstream), shadow: {} },
    telemetry: {
      log: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }),
      onError: (error) => errors.push(error),
    },
  });
  service = await listening(app.listen(0, '127.0.0.1'));
});

afterAll(() => {
  for (const server of [service, upstream]) {
    server.close();
    server.closeAllConnections();
  }
});

function expectedOf(call: number): { status: number; answer: string } {
  if (isFailing(call)) return { status: 500, answer: 'the upstream fails' };
  const { response } = exchanges[call % exchanges.length] as Exchange;
  // No serializer of this service would indent.
  return { status: response.status, answer: JSON.stringify(response.body, undefined, 1) };
}

async function play(call: number): Promise<void> {
  const exchange = exchanges[call % exchanges.length] as Exchange;
  const response = await fetch(urlOf(service) + exchange.path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Call': String(call) },
    body: JSON.stringify(exchange.request),
  });
  const answer = await response.text();
  // One assertion for each of the calls would take longer than the calls.
  if (!_.isEqual({ status: response.status, answer }, expectedOf(call))) throw new Error(`${exchange.id}: ${answer}`);
}

/** The counts of shadows, once they don't change any more. */
async function settledCounts(): Promise<{ name: string; result: string; count: number }[]> {
  let before = -1;
  for (;;) {
    const metrics = await (await fetch(`${urlOf(service)}/metrics`)).text();
    const series = metrics.matchAll(/^transformer_shadow_total\{destination="(.+)",result="(.+)"\} (\d+)$/gm);
    const counts = [...series].map(([, name = '', result = '', count]) => ({ name, result, count: Number(count) }));
    const total = _.sumBy(counts, 'count');
    if (total === before) return counts;
    before = total;
    await sleep(1_000);
  }
}

it('every answer is the upstream’s, byte by byte', async () => {
  let next = 0;
  const caller = async () => {
    while (next < exchanges.length) await play(next++);
  };
  await Promise.all(Array.from({ length: 4 }, caller));
  expect(errors).toEqual([]);
});

it('differences are found in the types that are known to differ, and in no others', async () => {
  const counts = await settledCounts();
  const of = (wanted: string) => _.uniq(counts.filter(({ result }) => result === wanted).map(({ name }) => name));
  expect(of('equal').length).toBeGreaterThan(20);
  const judged = types.map((type) => new Judge(type));
  const differing = types.filter((_type, index) => {
    const { waivers = [], standIns = [] } = judged[index] ?? {};
    return waivers.length + standIns.length > 0;
  });
  expect(_.difference(of('different'), _.uniq(differing.map((type) => registry.get(type)?.name)))).toEqual([]);
  expect(of('different').length).toBeGreaterThan(20);
  expect(lines.length).toBeGreaterThan(20);
});
