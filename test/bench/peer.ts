import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

import { answerOf, compare, type Effort, geometricMean, median, ratiosOf, warmUp } from './measure.ts';
import type { RecordedLoad, Recording } from './recorded.ts';
import { type Server, startFloor, startService } from './servers.ts';

const BATCHES = [100, 1] as const;
type BatchSize = (typeof BATCHES)[number];

/** The ratio of the recorded transformer, the peer, to the same floor: by type, and by the items of a call. */
const peerRatiosSchema = z.record(z.string(), z.object({ 1: z.number(), 100: z.number() }));

/** A destination must be this many times as fast as the peer, or reach this share of the floor, whichever is less. */
const PEER_TIMES = 1.3;
const FLOOR_SHARE: Record<BatchSize, number> = { 100: 0.8, 1: 0.6 };

/** The required geometric mean of all destinations. */
const MEAN: Record<BatchSize, number> = { 100: 0.78, 1: 0.55 };

/**
 * Compares the pipeline's route with the floor, and the ratio with the peer's, and prints a table per size of a call.
 * @returns the exit status: 1 where a bar is missed
 */
export async function benchPeer(recordings: readonly Recording[], effort: Effort): Promise<number> {
  const peers = await readPeerRatios();
  const service = await startService();
  try {
    const missed: string[] = [];
    for (const batch of BATCHES) {
      const rows = recordings.map(({ type, load }) => ({ type, load: load(batch), peer: peers[type]?.[batch] ?? NaN }));
      missed.push(...(await benchBatch(service, batch, rows, effort)));
    }
    console.log(missed.length === 0 ? '\nevery bar is reached' : `\nmissed: ${missed.join(', ')}`);
    return missed.length === 0 ? 0 : 1;
  } finally {
    service.stop();
  }
}

/** The types that the peer's ratio is known of. */
export const peerTypes = async () => Object.keys(await readPeerRatios());

async function readPeerRatios() {
  const text = await readFile(path.join(import.meta.dirname, 'peer-ratios.json'), 'utf8');
  return peerRatiosSchema.parse(JSON.parse(text));
}

interface Row {
  type: string;
  load: RecordedLoad;
  peer: number;
}

/** @returns what has missed its bar */
async function benchBatch(service: Server, batch: BatchSize, rows: readonly Row[], effort: Effort): Promise<string[]> {
  const answers = Object.fromEntries(rows.map(({ load }) => [load.path, load.answer]));
  const floors = [await startFloor(answers), await startFloor(answers)] as const;
  const missed: string[] = [];
  const ratios: number[] = [];
  const print = (label: string, ...columns: string[]) => {
    console.log(label.padEnd(26) + columns.map((text) => text.padStart(8)).join(''));
  };
  const judge = (label: string, ratio: number, bar: number, columns: string[]) => {
    const isReached = ratio >= bar;
    if (!isReached) missed.push(`${label} at ${String(batch)}`);
    print(label, ratio.toFixed(2), ...columns, bar.toFixed(2), isReached ? 'reached' : 'missed');
  };
  console.log();
  print(`batch ${String(batch)}`, 'ours', 'peer', 'noise', 'bar');
  try {
    for (const { type, load, peer } of rows) {
      const servers = [service, ...floors];
      await answerOf(service, load);
      await warmUp(servers, load);
      const rounds = await compare(servers, load, effort);
      const [ratio, noise] = [0, 2].map((server) => median(ratiosOf(rounds, server, 1))) as [number, number];
      ratios.push(ratio);
      const bar = Math.min(PEER_TIMES * peer, FLOOR_SHARE[batch]);
      judge(type, ratio, bar, [peer.toFixed(2), noise.toFixed(2)]);
    }
    judge('geometric mean', geometricMean(ratios), MEAN[batch], ['', '']);
  } finally {
    for (const floor of floors) floor.stop();
  }
  return missed;
}
