import { setTimeout as sleep } from 'node:timers/promises';

import autocannon from 'autocannon';
import _ from 'lodash';

import type { Load } from './loads.ts';
import { drive, HEADERS, warmUp } from './measure.ts';
import { type Server, startService } from './servers.ts';

/** The memory for objects, in megabytes, with which the service is overloaded. */
const HEAP_MB = 256;

const SAMPLE_INTERVAL_MS = 5_000;

/**
 * Sends twice as much as the service can take, and prints what it still does, and what becomes of the rest.
 * @param seconds how long
 */
export async function benchOverload(load: Load, seconds: number): Promise<void> {
  const service = await startService({ environment: { NODE_OPTIONS: `--max-old-space-size=${String(HEAP_MB)}` } });
  try {
    await warmUp([service], load);
    const rated = await drive(service, load, 10);
    const { url } = service;
    const result = await autocannon({
      url: url + load.path,
      method: 'POST',
      headers: HEADERS,
      body: load.body,
      connections: 500,
      overallRate: Math.round((2 * rated) / load.batch),
      duration: seconds,
      timeout: 60,
    });
    const good = (result['2xx'] / result.duration) * load.batch;
    console.log(`rated ${rated.toFixed(0)}/s; at twice that, ${((100 * good) / rated).toFixed(0)} % of it answered,`);
    console.log(
      `${String(result.non2xx)} requests refused, ${String(result.errors)} failed, ${String(result.timeouts)} timed out`,
    );
    console.log(`slowest answer ${(result.latency.max / 1000).toFixed(1)} s`);
    const stopped = performance.now();
    await drive(service, load, 1);
    console.log(`recovered ${((performance.now() - stopped) / 1000 - 1).toFixed(1)} s after it`);
  } finally {
    service.stop();
  }
}

/**
 * Sends half of what the service can take, bodies of all kinds among it, and prints how its memory develops.
 * @param seconds how long
 */
export async function benchSoak(load: Load, seconds: number): Promise<void> {
  const service = await startService();
  try {
    const rated = await drive(service, load, 10);
    const requests = oddRequests(load);
    const driving = autocannon({
      url: service.url,
      connections: 16,
      overallRate: Math.round(rated / 2 / load.batch),
      duration: seconds,
      requests,
    });
    const samples: Sample[] = [];
    const end = performance.now() + seconds * 1_000;
    while (performance.now() < end) {
      await sleep(SAMPLE_INTERVAL_MS);
      samples.push(await sample(service));
    }
    const { '2xx': good, '4xx': refused, '5xx': failed, errors } = await driving;
    console.log(
      `${String(good)} answered, ${String(refused)} refused, ${String(failed)} failed, ${String(errors)} broken`,
    );
    printTrend('resident memory', samples, 'process_resident_memory_bytes');
    printTrend('heap', samples, 'nodejs_heap_size_used_bytes');
    printTrend('handles', samples, 'nodejs_active_handles_total');
  } finally {
    service.stop();
  }
}

/** A load among calls that cannot be answered, and calls with a config that nobody has sent before. */
function oddRequests({ path, body }: Load): autocannon.Request[] {
  const call = (at: string, text: string): autocannon.Request => ({
    method: 'POST',
    path: at,
    headers: HEADERS,
    body: text,
  });
  const usual = call(path, body);
  const broken = ['', '{', '[]', '{"events":7}', '[{"message":null}]', `${'['.repeat(5_000)}${']'.repeat(5_000)}`];
  const event = { type: 'group', groupId: 'acme', userId: 'u-1' };
  const fresh = (): string => {
    const destination = { name: 'userpilot', config: { apiKey: _.uniqueId('key-') } };
    return JSON.stringify({ event, destination });
  };
  return [
    ..._.times(20, () => usual),
    ...broken.flatMap((text) => [call(path, text), call('/transform', text)]),
    ..._.times(20, () => ({
      ...call('/transform', ''),
      setupRequest: (request: autocannon.Request) => ({ ...request, body: fresh() }),
    })),
  ];
}

/** What the service tells of itself at one time. */
interface Sample {
  seconds: number;
  metrics: string;
}

async function sample({ url }: Server): Promise<Sample> {
  const response = await fetch(`${url}/metrics`);
  return { seconds: performance.now() / 1_000, metrics: await response.text() };
}

/** Prints where a gauge stands and where it is going, by least squares over all but the first quarter. */
function printTrend(label: string, samples: readonly Sample[], name: string): void {
  const pattern = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm');
  const points = samples.slice(samples.length >> 2).map(({ seconds, metrics }) => ({
    x: seconds,
    y: Number(pattern.exec(metrics)?.[1]),
  }));
  const [x, y] = [_.meanBy(points, 'x'), _.meanBy(points, 'y')];
  const slope =
    _.sumBy(points, (point) => (point.x - x) * (point.y - y)) / _.sumBy(points, (point) => (point.x - x) ** 2);
  const perHour = (100 * slope * 3_600) / y;
  console.log(`${label}: ${Math.round(y).toLocaleString('en')} on average, ${perHour.toFixed(1)} % an hour`);
}
