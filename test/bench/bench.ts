import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadFixtures, type Fixture } from '../../src/cli/fixture.ts';
import { loads, type Load } from './loads.ts';
import { answerOf, compare, drive, geometricMean, type Effort } from './measure.ts';
import { projectFolder, startFloor, startService, type Server } from './servers.ts';

/*
 * How fast the service is, as a ratio to the floor (see floor.ts) that is driven with the same bytes in the same run:
 *   npm run bench                      every sending destination
 *   npm run bench -- june braze        some of them
 *   npm run bench -- --seconds 5       longer
 *   npm run bench -- --route native    one route only: native or pipeline
 *
 * The machine may be shared, so only ratios mean anything, and none that is closer to 1 than floor against floor.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    route: { type: 'string', default: 'both' },
  },
});
const effort: Effort = { seconds: Number(values.seconds), rounds: Number(values.rounds) };
const route = z.enum(['native', 'pipeline', 'both']).parse(values.route);
const routes = route === 'both' ? (['native', 'pipeline'] as const) : [route];
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

function printRow(label: string, [service, floor]: [number, number]): number {
  const ratio = service / floor;
  const rate = (events: number) => `${Math.round(events).toLocaleString('en')}/s`.padStart(12);
  console.log(`${label.padEnd(22)}${rate(service)}${rate(floor)}${ratio.toFixed(3).padStart(9)}`);
  return ratio;
}

/** Prints how well two floors agree, which is how much a ratio of this table can mean. */
async function benchFloor(service: Server, load: Load): Promise<void> {
  const answer = await answerOf(service, load);
  const floors = [await startFloor(answer), await startFloor(answer)] as const;
  try {
    for (const floor of floors) await drive(floor, load, effort.seconds);
    printRow('floor against floor', await compare(...floors, load, effort));
  } finally {
    for (const floor of floors) floor.stop();
  }
}

async function benchDestination(service: Server, load: Load, label: string): Promise<number> {
  const floor = await startFloor(await answerOf(service, load));
  try {
    for (const server of [service, floor]) await drive(server, load, effort.seconds);
    return printRow(label, await compare(service, floor, load, effort));
  } finally {
    floor.stop();
  }
}

async function benchTable(service: Server, rows: { label: string; load: Load }[]): Promise<void> {
  const ratios: number[] = [];
  for (const [index, { label, load }] of rows.entries()) {
    if (index === 0) await benchFloor(service, load);
    ratios.push(await benchDestination(service, load, label));
  }
  console.log(`${'geometric mean'.padEnd(46)}${geometricMean(ratios).toFixed(3).padStart(9)}`);
}

const service = await startService();
try {
  const fixtures = await benchedFixtures();
  for (const name of routes) {
    for (const batch of BATCHES) {
      printHeader(`${name}, batch ${String(batch)}`);
      const rows = fixtures.map((fixture) => ({ label: fixture.destination, load: loads[name](fixture, batch) }));
      await benchTable(service, rows);
    }
  }
} finally {
  service.stop();
}
