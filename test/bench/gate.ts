import _ from 'lodash';

import { withCheckout } from '../../src/verify/report/checkout.ts';
import type { LabelledLoad } from './loads.ts';
import { alternate, answerOf, cpuOf, type Effort, median, ratiosOf, warmUp } from './measure.ts';
import { projectFolder, type Server, startService } from './servers.ts';

/**
 * A process may be a third slower than another one of the same code, for all of its life: it depends on where the system
 * puts its memory. So all is measured in several pairs of processes. The median of five lies between the least and the
 * greatest of them with a confidence of 94 %, however they are distributed.
 */
const LAUNCHES = 5;

/** What else the machine does changes within a second, so both are driven in short turns. */
const ROUNDS = 20;
const TURN_SHARE = 0.2;

/** A change that is worth a word. */
const CHANGE = 0.05;

type Verdict = 'slower' | 'faster' | 'the same' | 'erratic';

/**
 * Drives a revision and the working tree in turn, with the same bytes, and compares the CPU time that an event takes:
 * what else the machine does changes that less than it changes how fast they answer.
 * @param ref whatever git takes for a commit
 * @returns the exit status: 1 where the working tree takes more in all pairs of processes, and over 5 % more in the median
 */
export async function benchAgainst(ref: string, loads: readonly LabelledLoad[], seconds: number): Promise<number> {
  return withCheckout(ref, projectFolder, new AbortController().signal, async ({ folder }) => {
    const launches: number[][] = [];
    const effort = { seconds: TURN_SHARE * seconds, rounds: ROUNDS };
    for (const number of _.range(LAUNCHES)) launches.push(await launch(folder, loads, number % 2 === 1, effort));
    const verdicts = _.zipWith(loads, _.unzip(launches), ({ label }, changes) => judge(label, changes));
    return verdicts.includes('slower') ? 1 : 0;
  });
}

/**
 * Compares a process of the working tree with one of a revision.
 * @param isReversed whether the revision's process starts first
 * @returns the change of each load
 */
async function launch(
  folder: string,
  loads: readonly LabelledLoad[],
  isReversed: boolean,
  effort: Effort,
): Promise<number[]> {
  const servers: Server[] = [];
  for (const root of isReversed ? [folder, projectFolder] : [projectFolder, folder]) {
    servers.push(await startService({ folder: root }));
  }
  if (isReversed) servers.reverse();
  try {
    const changes: number[] = [];
    for (const { load } of loads) {
      for (const server of servers) await answerOf(server, load);
      await warmUp(servers, load);
      changes.push(median(ratiosOf(await alternate(servers, cpuOf, load, effort))) - 1);
    }
    return changes;
  } finally {
    for (const server of servers) server.stop();
  }
}

function judge(label: string, changes: readonly number[]): Verdict {
  const sorted = changes.toSorted((one, other) => one - other);
  const verdict = verdictOf(sorted);
  console.log(
    `${label.padEnd(32)}CPU time ${percent(median(sorted)).padStart(8)} (${sorted.map(percent).join(', ')}): ${verdict}`,
  );
  return verdict;
}

function verdictOf(changes: readonly number[]): Verdict {
  const change = median(changes);
  if (Math.abs(change) < CHANGE) return 'the same';
  if (changes.every((one) => one > 0)) return 'slower';
  return changes.every((one) => one < 0) ? 'faster' : 'erratic';
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
