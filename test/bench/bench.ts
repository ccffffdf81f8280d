import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import _ from 'lodash';
import { z } from 'zod';

import { type Fixture, loadFixtures } from '../../src/verify/fixture.ts';
import { benchCost } from './cost.ts';
import { benchOverload, benchSoak } from './endurance.ts';
import { benchAgainst } from './gate.ts';
import { type LabelledLoad, type Load, loads } from './loads.ts';
import { answerOf, compare, type Effort, geometricMean, median, ratiosOf, type Round, warmUp } from './measure.ts';
import { benchPeer, peerTypes } from './peer.ts';
import { loadRecordings, type Recording } from './recorded.ts';
import { projectFolder, type Server, startFloor, startService } from './servers.ts';

/*
 * How fast the service is, as a ratio to the floor (see floor.ts) that is driven with the same bytes in the same run:
 *   npm run bench                      every sending destination
 *   npm run bench -- stormly braze     some of them
 *   npm run bench -- --seconds 5       longer
 *   npm run bench -- --route native    one route only: native or pipeline
 *   npm run bench -- --shape flat      batches of 10, 100 and 1,000 events
 *   npm run bench -- --shape overload  twice as much as it can take, for as many seconds
 *   npm run bench -- --shape soak      half of what it can take, with bodies of all kinds, for as many seconds
 *   npm run bench -- --shape peer      the pipeline's route, beside what a recorded transformer, the peer, has of the
 *                                      floor; fails where a bar is missed. --exchanges names the folder of its recordings
 *   npm run bench -- --shape cost      what mapping takes beside parsing and writing; fails where that is more
 *   npm run bench -- --against main    the CPU time beside that of another revision; fails where the working tree takes more
 *
 * The machine may be shared, so only ratios mean anything, and none that is closer to 1 than floor against floor.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '0.5' },
    rounds: { type: 'string', default: '9' },
    route: { type: 'string', default: 'both' },
    shape: { type: 'string', default: 'each' },
    exchanges: { type: 'string', default: path.join(projectFolder, '../shared/conformance/generated') },
    against: { type: 'string' },
  },
});
const effort: Effort = { seconds: Number(values.seconds), rounds: Number(values.rounds) };
const route = z.enum(['native', 'pipeline', 'both']).parse(values.route);
const routes = route === 'both' ? (['native', 'pipeline'] as const) : [route];
const shape = z.enum(['each', 'flat', 'overload', 'soak', 'peer', 'cost']).parse(values.shape);
const BATCHES = [100, 1];

/** The fixtures `full` of the destinations that were asked for and are sent to without a dialogue. */
async function benchedFixtures(): Promise<Fixture[]> {
  const fixtures = await loadFixtures(path.join(projectFolder, 'fixtures'));
  return fixtures.filter(
    ({ name, destination, expected, answers }) =>
      name === 'full' &&
      answers.length === 0 &&
      expected !== undefined &&
      'send' in expected &&
      (positionals.length === 0 || positionals.includes(destination)),
  );
}

function printHeader(title: string): void {
  console.log(`\n${title.padEnd(22)}${'service'.padStart(12)}${'floor'.padStart(12)}${'ratio'.padStart(9)}`);
}

function printRow(label: string, rounds: readonly Round[]): number {
  const [service, floor] = [0, 1].map((server) => median(rounds.map((rates) => rates[server] as number)));
  const ratio = median(ratiosOf(rounds));
  const rate = (events: number) => `${Math.round(events).toLocaleString('en')}/s`.padStart(12);
  console.log(`${label.padEnd(22)}${rate(service as number)}${rate(floor as number)}${ratio.toFixed(3).padStart(9)}`);
  return ratio;
}

/** Prints how well two floors agree, which is how much a ratio of this table can mean. */
async function benchFloor(service: Server, load: Load): Promise<void> {
  const answers = { [load.path]: await answerOf(service, load) };
  const floors = [await startFloor(answers), await startFloor(answers)];
  try {
    await warmUp(floors, load);
    printRow('floor against floor', await compare(floors, load, effort));
  } finally {
    for (const floor of floors) floor.stop();
  }
}

async function benchDestination(service: Server, load: Load, label: string): Promise<number> {
  const floor = await startFloor({ [load.path]: await answerOf(service, load) });
  try {
    await warmUp([service, floor], load);
    return printRow(label, await compare([service, floor], load, effort));
  } finally {
    floor.stop();
  }
}

async function benchTable(service: Server, rows: readonly LabelledLoad[]): Promise<void> {
  const ratios: number[] = [];
  for (const [index, { label, load }] of rows.entries()) {
    if (index === 0) await benchFloor(service, load);
    ratios.push(await benchDestination(service, load, label));
  }
  console.log(`${'geometric mean'.padEnd(46)}${geometricMean(ratios).toFixed(3).padStart(9)}`);
}

/** Every destination by itself, against the floor. */
async function benchEach(service: Server, fixtures: readonly Fixture[]): Promise<void> {
  for (const name of routes) {
    for (const batch of BATCHES) {
      printHeader(`${name}, batch ${String(batch)}`);
      const rows = fixtures.map((fixture) => ({ label: fixture.destination, load: loads[name](fixture, batch) }));
      await benchTable(service, rows);
    }
  }
}

/** The cost of an event in batches of several sizes, in that of one in a batch of 100. */
async function benchFlat(service: Server, fixtures: readonly Fixture[]): Promise<void> {
  for (const name of routes) {
    for (const fixture of fixtures) {
      const costs: number[] = [];
      for (const batch of [10, 100, 1_000]) {
        const load = loads[name](fixture, batch);
        const floor = await startFloor({ [load.path]: await answerOf(service, load) });
        await warmUp([service, floor], load);
        const rounds = await compare([service, floor], load, effort);
        floor.stop();
        costs.push(1 / median(rounds.map(([own]) => own as number)), 1 / median(ratiosOf(rounds)));
      }
      const [c10 = 0, f10 = 0, c100 = 0, f100 = 0, c1000 = 0, f1000 = 0] = costs;
      const text = [c10 / c100, c1000 / c100, f10 / f100, f1000 / f100].map((ratio) => ratio.toFixed(2));
      console.log(
        `${name} ${fixture.destination}: at 10 and 1,000 ${text.slice(0, 2).join(', ')}; against the floor ${text.slice(2).join(', ')}`,
      );
    }
  }
}

/** What needs one service only, which has nothing else to do. */
async function withService(bench: (service: Server) => Promise<void>): Promise<void> {
  const service = await startService();
  try {
    await bench(service);
  } finally {
    service.stop();
  }
}

function loadsOf(fixtures: readonly Fixture[], batches: readonly number[]) {
  return routes.flatMap((name) =>
    batches.flatMap((batch) =>
      fixtures.map((fixture) => ({
        label: `${name} ${fixture.destination}, batch ${String(batch)}`,
        load: loads[name](fixture, batch),
      })),
    ),
  );
}

/** Types that are not measured: the vendor of june has closed. */
const CLOSED = ['june'];

/** The recordings in a folder of the types that were asked for; undefined where the folder does not exist. */
async function benchedRecordings(folder: string): Promise<Recording[] | undefined> {
  if (!existsSync(folder)) return undefined;
  const measured = _.difference(positionals.length > 0 ? positionals : await peerTypes(), CLOSED);
  return (await loadRecordings(folder)).filter(({ type }) => measured.includes(type));
}

async function benchRecorded(folder: string): Promise<number> {
  const recordings = await benchedRecordings(folder);
  if (recordings !== undefined) return benchPeer(recordings, effort);
  console.error(`${folder} does not exist; --exchanges <folder> names the folder of the recorded exchanges`);
  return 2;
}

const fixtures = await benchedFixtures();
if (values.against !== undefined) {
  process.exitCode = await benchAgainst(values.against, loadsOf(fixtures, BATCHES), effort.seconds);
} else if (shape === 'peer') {
  process.exitCode = await benchRecorded(values.exchanges);
} else if (shape === 'cost') {
  process.exitCode = await benchCost(fixtures, effort.rounds);
} else if (shape === 'overload' || shape === 'soak') {
  const bench = { overload: benchOverload, soak: benchSoak }[shape];
  for (const { load } of loadsOf(fixtures.slice(0, 1), [100])) await bench(load, effort.seconds);
} else {
  const bench = { each: benchEach, flat: benchFlat }[shape];
  await withService((service) => bench(service, fixtures));
}
