import type { Result } from '../../src/contract/results.ts';
import type { Target, Transformer } from '../../src/core/transform.ts';
import { bindTargets, type IncomingEvent } from '../../src/wire/native/pairs.ts';
import { refuseToAsk, toResults } from '../../src/wire/native/results.ts';

/** The results of every event for every target, events outermost; where a vendor must be asked, that is refused. */
export function transform(
  transformer: Transformer,
  events: readonly IncomingEvent[],
  targets: readonly Target[],
  now: Date,
  explain = false,
): Result[] {
  const mapEvent = bindTargets(transformer, targets);
  return toResults(
    events.flatMap((incoming, event) => mapEvent(incoming, event, { now, explain })),
    refuseToAsk,
  );
}
