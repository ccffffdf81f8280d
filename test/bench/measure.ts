import autocannon from 'autocannon';
import _ from 'lodash';
import type { Load } from './loads.ts';
import type { Server } from './servers.ts';

const HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** How long and how often a server is driven. */
export interface Effort {
  seconds: number;
  rounds: number;
}

/** Drives a server with a load. @returns events per second */
export async function drive({ url }: Server, { path, batch, body }: Load, seconds: number): Promise<number> {
  const options = { url: url + path, method: 'POST' as const, headers: HEADERS, body };
  const result = await autocannon({ ...options, connections: 8, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${options.url} failed under load`);
  return (result.requests.total / result.duration) * batch;
}

/** Drives two servers in turn, each round in the other order, and takes the medians. */
export async function compare(a: Server, b: Server, load: Load, effort: Effort): Promise<[number, number]> {
  const rates: [number[], number[]] = [[], []];
  for (const round of _.range(effort.rounds)) {
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      rates[which].push(await drive([a, b][which] as Server, load, effort.seconds));
    }
  }
  return [median(rates[0]), median(rates[1])];
}

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
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

export const geometricMean = (numbers: number[]) => Math.exp(_.mean(numbers.map(Math.log)));
