import path from 'node:path';
import { pathToFileURL } from 'node:url';

import _ from 'lodash';

import type { Fixture } from '../../src/verify/fixture.ts';
import { geometricMean, median } from './measure.ts';
import { projectFolder } from './servers.ts';

/** What mapping a pair may cost, as a multiple of parsing its event and writing its requests. */
const BAR = 1;

/** How much CPU time each side takes per round, and before the first one, in microseconds. */
const ROUND_US = 20_000;
const WARM_UP_US = 300_000;

/**
 * Compares, in this process, the CPU time of mapping a pair with that of `JSON.parse` of its event and `JSON.stringify`
 * of its requests, and prints the ratio of each destination.
 * @param fixtures cases that are sent without a dialogue; those with one wait for a vendor anyway
 * @returns the exit status: 1 where a ratio is above the bar
 */
export async function benchCost(fixtures: readonly Fixture[], rounds: number): Promise<number> {
  const sidesOf = await prepare();
  const rows = fixtures.map((fixture) => ({ label: fixture.destination, ...sidesOf(fixture) }));
  // A process that serves all destinations has compiled the code which they share for all of them.
  for (const { map, json } of rows) for (const side of [map, json]) cpuOf(side, timesWithin(side, WARM_UP_US));
  console.log(`\n${'one pair'.padEnd(22)}${'map'.padStart(12)}${'JSON'.padStart(12)}${'ratio'.padStart(9)}`);
  const ratios = rows.map(({ label, map, json }) => {
    const costs = compareCpu(map, json, rounds);
    const ratio = median(costs.map(([ofMap, ofJson]) => ofMap / ofJson));
    const columns = [0, 1].map((side) => `${median(costs.map((cost) => cost[side] as number)).toFixed(1)} µs`);
    console.log(
      `${label.padEnd(22)}${columns.map((text) => text.padStart(12)).join('')}${ratio.toFixed(2).padStart(9)}` +
        (ratio > BAR ? '  missed' : ''),
    );
    return ratio;
  });
  console.log(`${'geometric mean'.padEnd(46)}${geometricMean(ratios).toFixed(2).padStart(9)}`);
  return ratios.some((ratio) => ratio > BAR) ? 1 : 0;
}

type Side = () => unknown;

/** The two sides of a fixture, with the code as it is built: the compiler that runs the bench makes functions slower. */
async function prepare(): Promise<(fixture: Fixture) => { map: Side; json: Side }> {
  const { Transformer } = (await built('core/transform.js')) as typeof import('../../src/core/transform.ts');
  const { readEvent } = (await built('core/event.js')) as typeof import('../../src/core/event.ts');
  const { loadRegistry } = (await built('loader/load.js')) as typeof import('../../src/loader/load.ts');
  const transformer = new Transformer({ registry: await loadRegistry() });
  return ({ destination: name, config, delivery, event, now }) => {
    const target = { id: name, name, config, delivery, enabled: true };
    const bound = transformer.bind(target);
    const map = () => bound.map(readEvent(event), { now });
    const { outcome } = map();
    if (outcome.outcome !== 'send') throw new Error(`${name}: the event is not sent`);
    const requests = _.map(outcome.requests, 'request');
    const text = JSON.stringify(event);
    return { map, json: (): unknown[] => [JSON.parse(text), JSON.stringify(requests)] };
  };
}

const built = (file: string): Promise<unknown> =>
  import(pathToFileURL(path.join(projectFolder, 'dist/src', file)).href);

/** Runs both sides in turn, each round in the other order. @returns the CPU time of each per pair, in microseconds */
function compareCpu(map: Side, json: Side, rounds: number): (readonly [number, number])[] {
  const [mapTimes, jsonTimes] = [timesWithin(map, ROUND_US), timesWithin(json, ROUND_US)];
  return _.times(rounds, (round) => {
    if (round % 2 === 0) return [cpuOf(map, mapTimes), cpuOf(json, jsonTimes)] as const;
    const ofJson = cpuOf(json, jsonTimes);
    return [cpuOf(map, mapTimes), ofJson] as const;
  });
}

/** How often a side can be run within some CPU time, in microseconds. */
function timesWithin(side: Side, limit: number): number {
  let times = 1;
  while (cpuOf(side, times) * times < limit / 2) times *= 2;
  return times;
}

/** The CPU time that a side takes, in microseconds, garbage collection included. */
function cpuOf(side: Side, times: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i++) side();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
