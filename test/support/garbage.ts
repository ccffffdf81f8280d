import { Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Collects all garbage of this process. */
export async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  // What was used in a turn stays until its end.
  await sleep(0);
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}
