import _ from 'lodash';

import { withCheckout } from '../../src/verify/report/checkout.ts';
import type { Load } from './loads.ts';
import { answerOf, compare, type Effort, ratiosOf, warmUp } from './measure.ts';
import { projectFolder, type Server, startService } from './servers.ts';

/** So many rounds, that few tell chance from change; the quantile of Student's distribution goes with their number. */
const ROUNDS = 10;
const T_90_PERCENT = 1.833;

/** A change that is worth a word, and a variation among rounds with which nothing can be said. */
const CHANGE = 0.05;
const ERRATIC = 0.1;

type Verdict = 'slower' | 'faster' | 'the same' | 'erratic';

/**
 * Drives a revision and the working tree in turn, with the same bytes.
 * @param ref whatever git takes for a commit
 * @returns the exit status: 1 where the working tree is slower by more than 5 %, with a confidence of 90 %
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
  const changes = ratiosOf(await compare([head, base], load, effort)).map((ratio) => ratio - 1);
  const change = _.mean(changes);
  const deviation = Math.sqrt(_.sum(changes.map((one) => (one - change) ** 2)) / (ROUNDS - 1));
  const margin = (T_90_PERCENT * deviation) / Math.sqrt(ROUNDS);
  const verdict = verdictOf(change, margin, deviation / (1 + change));
  console.log(`${label.padEnd(32)}${percent(change).padStart(8)} ± ${percent(margin)}: ${verdict}`);
  return verdict;
}

function verdictOf(change: number, margin: number, variation: number): Verdict {
  if (variation > ERRATIC) return 'erratic';
  if (Math.abs(change) < CHANGE || Math.abs(change) < margin) return 'the same';
  return change < 0 ? 'slower' : 'faster';
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
