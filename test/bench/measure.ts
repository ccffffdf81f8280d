import _ from 'lodash';
import { Pool } from 'undici';

import type { Load } from './loads.ts';
import type { Server } from './servers.ts';

export const HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** How many requests are under way at a time. */
const CONNECTIONS = 4;

/** How long a server is driven before it is measured, in seconds: V8 compiles what has been called some thousand times. */
const WARM_UP = 2;

/** How long and how often a server is driven. */
export interface Effort {
  seconds: number;
  rounds: number;
}

/** What a server has answered, and the time that it took, in seconds. */
interface Driven {
  events: number;
  taken: number;
}

/** Drives a server with a load. @returns events per second */
export async function drive(server: Server, load: Load, seconds: number): Promise<number> {
  const { events, taken } = await answered(server, load, seconds);
  return events / taken;
}

async function answered({ url }: Server, { path, batch, body }: Load, seconds: number): Promise<Driven> {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  const began = performance.now();
  const end = began + 1_000 * seconds;
  let requests = 0;
  const call = async () => {
    while (performance.now() < end) {
      const answer = await pool.request({ path, method: 'POST', headers: HEADERS, body });
      if (answer.statusCode !== 200) throw new Error(`${url}${path} failed under load`);
      // `dump` would close the connection after 128 kB, whatever its limit.
      await answer.body.arrayBuffer();
      requests++;
    }
  };
  await Promise.all(_.times(CONNECTIONS, call));
  const taken = (performance.now() - began) / 1_000;
  await pool.close();
  return { events: requests * batch, taken };
}

/**
 * Drives a server with a load. Servers tell in their metrics how much CPU time they have taken, all threads included.
 * @returns CPU seconds per event
 */
export async function cpuOf(server: Server, load: Load, seconds: number): Promise<number> {
  // To tell the metrics takes time, too: as much between the first two as between the last two.
  const [idle, before] = [await cpuSeconds(server), await cpuSeconds(server)];
  const { events } = await answered(server, load, seconds);
  const after = await cpuSeconds(server);
  return (after - before - (before - idle)) / events;
}

async function cpuSeconds({ url }: Server): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const [, taken] = /^process_cpu_seconds_total (\S+)$/m.exec(metrics) ?? [];
  if (taken === undefined) throw new Error(`${url}/metrics does not tell the CPU time`);
  return Number(taken);
}

/** Drives servers until their code for a load is compiled. @param times so many times as long as usual */
export async function warmUp(servers: readonly Server[], load: Load, times = 1): Promise<void> {
  for (const server of servers) await drive(server, load, WARM_UP * times);
}

/** What was measured of servers that were driven one right after the other. */
export type Round = readonly number[];

/** Drives servers in turn. @returns their events per second */
export const compare = (servers: readonly Server[], load: Load, effort: Effort) =>
  alternate(servers, drive, load, effort);

/** Measures servers in turn, every other round in the other order. */
export async function alternate(
  servers: readonly Server[],
  measure: (server: Server, load: Load, seconds: number) => Promise<number>,
  load: Load,
  effort: Effort,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const round of _.range(effort.rounds)) {
    const isReversed = round % 2 === 1;
    const measured: number[] = [];
    for (const server of isReversed ? servers.toReversed() : servers)
      measured.push(await measure(server, load, effort.seconds));
    rounds.push(isReversed ? measured.reverse() : measured);
  }
  return rounds;
}

/**
 * How two servers of rounds compare, by their positions; what slows the machine for a while slows all of a round,
 * so it doesn't matter.
 */
export const ratiosOf = (rounds: readonly Round[], a = 0, b = 1) =>
  rounds.map((rates) => (rates[a] as number) / (rates[b] as number));

/** What a server answers. @throws {Error} if not every event is sent */
export async function answerOf({ url }: Server, { path, body, isSent }: Load): Promise<string> {
  const response = await fetch(url + path, { method: 'POST', headers: HEADERS, body });
  const text = await response.text();
  if (!response.ok || !isSent(JSON.parse(text))) {
    throw new Error(`${path}: not every event is sent: ${text.slice(0, 400)}`);
  }
  return text;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low = Number.NaN, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

export const geometricMean = (numbers: number[]) => Math.exp(_.mean(numbers.map(Math.log)));
