import _ from 'lodash';

import { withCheckout } from '../../src/verify/report/checkout.ts';
import type { Load } from './loads.ts';
import { alternate, answerOf, cpuOf, type Effort, median, ratiosOf, warmUp } from './measure.ts';
import { projectFolder, type Server, startService } from './servers.ts';

/**
 * The median of so many rounds lies between the ratios of these ranks with a confidence of 96 %, however the ratios are
 * distributed. A mean would follow the few rounds in which the machine did something else.
 */
const ROUNDS = 20;
const RANKS = [5, 14] as const;

/** A change that is worth a word, and an interval in which nothing can be said. */
const CHANGE = 0.05;
const ERRATIC = 0.2;

type Verdict = 'slower' | 'faster' | 'the same' | 'erratic';

/**
 * Drives a revision and the working tree in turn, with the same bytes, and compares the CPU time that each takes for an
 * event: what else the machine does changes how fast it answers more than it changes that.
 * @param ref whatever git takes for a commit
 * @returns the exit status: 1 where the working tree takes over 5 % more, with a confidence of 96 %
 */
export async function benchAgainst(ref: string, loads: readonly { label: string; load: Load }[], seconds: number) {
  return withCheckout(ref, projectFolder, new AbortController().signal, async ({ folder }) => {
    const [base, head] = [await startService({ folder }), await startService()];
    try {
      const verdicts: Verdict[] = [];
      for (const { label, load } of loads)
        verdicts.push(await judge(label, head, base, load, { seconds, rounds: ROUNDS }));
      return verdicts.includes('slower') ? 1 : 0;
    } finally {
      for (const server of [base, head]) server.stop();
    }
  });
}

async function judge(label: string, head: Server, base: Server, load: Load, effort: Effort): Promise<Verdict> {
  for (const server of [head, base]) await answerOf(server, load);
  await warmUp([head, base], load);
  const changes = ratiosOf(await alternate([head, base], cpuOf, load, effort))
    .map((ratio) => ratio - 1)
    .toSorted((one, other) => one - other);
  const [least, most] = RANKS.map((rank) => changes[rank] as number) as [number, number];
  const change = median(changes);
  const verdict = verdictOf(change, least, most);
  console.log(
    `${label.padEnd(32)}${percent(change).padStart(8)} (${percent(least)} to ${percent(most)}) CPU time: ${verdict}`,
  );
  return verdict;
}

function verdictOf(change: number, least: number, most: number): Verdict {
  if (most - least > ERRATIC) return 'erratic';
  if (Math.abs(change) < CHANGE || _.inRange(0, least, most)) return 'the same';
  return change > 0 ? 'slower' : 'faster';
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
