import autocannon from 'autocannon';
import _ from 'lodash';
import type { Load } from './loads.ts';
import type { Server } from './servers.ts';

export const HEADERS = { 'content-type': 'application/json; charset=utf-8' };

const SAMPLE_MS = 10;

/** How long a server is driven before it is measured, in seconds: V8 compiles what has been called some thousand times. */
const WARM_UP = 2;

/** How long and how often a server is driven. */
export interface Effort {
  seconds: number;
  rounds: number;
}

/** Drives a server with a load. @returns events per second */
export async function drive({ url }: Server, { path, batch, body }: Load, seconds: number): Promise<number> {
  const options = { url: url + path, method: 'POST' as const, headers: HEADERS, body };
  // It looks only when it samples whether the time is over.
  const result = await autocannon({ ...options, connections: 8, duration: seconds, sampleInt: SAMPLE_MS });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${options.url} failed under load`);
  return (result.requests.total / (result.finish.getTime() - result.start.getTime())) * 1_000 * batch;
}

/** Drives servers until their code for a load is compiled. @param times so many times as long as usual */
export async function warmUp(servers: readonly Server[], load: Load, times = 1): Promise<void> {
  for (const server of servers) await drive(server, load, WARM_UP * times);
}

/** Events per second of two servers that were driven one right after the other. */
export type Round = readonly [number, number];

/** Drives two servers in turn, each round in the other order. */
export async function compare(a: Server, b: Server, load: Load, effort: Effort): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const round of _.range(effort.rounds)) {
    const [first, second] = round % 2 === 0 ? [a, b] : [b, a];
    const rates = [await drive(first, load, effort.seconds), await drive(second, load, effort.seconds)] as const;
    rounds.push(first === a ? rates : [rates[1], rates[0]]);
  }
  return rounds;
}

/** How the servers of rounds compare; what slows the machine for a while slows both of a round, and so is no matter. */
export const ratiosOf = (rounds: readonly Round[]) => rounds.map(([a, b]) => a / b);

/** What a server answers. @throws {Error} if not every event is sent */
export async function answerOf({ url }: Server, { path, body, isSent }: Load): Promise<string> {
  const response = await fetch(url + path, { method: 'POST', headers: HEADERS, body });
  const text = await response.text();
  if (!response.ok || !isSent(JSON.parse(text))) {
    throw new Error(`${path}: not every event is sent: ${text.slice(0, 400)}`);
  }
  return text;
}

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low = Number.NaN, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

export const geometricMean = (numbers: number[]) => Math.exp(_.mean(numbers.map(Math.log)));
