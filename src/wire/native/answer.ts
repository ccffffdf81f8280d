import _ from 'lodash';
import type { Fail, Send, AskOutcome, BatchedResults, Result } from '../../contract/results.ts';
import { fail } from '../../core/outcome.ts';
import type { VendorCalls } from '../../core/settle.ts';
import type { Transformer } from '../../core/transform.ts';
import { chain, mapInTurns } from '../../core/turns.ts';
import type { Envelope } from './envelope.ts';
import { bindPairs, settlePairs, type IncomingEvent, type Pair } from './pairs.ts';
import { handOver, refuseToAsk, toBatchedResults, toResults, type OnAsk } from './results.ts';

export interface AnswerOptions {
  transformer: Transformer;
  /** Calls vendors, where the service holds dialogues itself. */
  calls: VendorCalls | undefined;
  /** The release that answers; dialogues are gone on with by the same one only. */
  release: string;
  now: Date;
  /** Whether results tell where every field comes from. */
  explain: boolean;
}

/** The body that answers an envelope. */
export type AnswerBody = { results: Result<Send | AskOutcome>[] } | BatchedResults<AskOutcome | Fail>;

/**
 * Answers an envelope: one result per (event, destination) pair, events outermost, and batches where they are asked for.
 * @returns at once where there is nothing to wait for
 */
export function answerEnvelope(envelope: Envelope, options: AnswerOptions): AnswerBody | Promise<AnswerBody> {
  const { batch, asksItself } = envelope;
  const { calls, release } = options;
  const onAsk: OnAsk<AskOutcome | Fail> = asksItself ? handOver(release) : refuseToAsk;
  const encode = (pairs: readonly Pair[]) =>
    batch ? toBatchedResults(pairs, onAsk) : { results: toResults(pairs, onAsk) };
  return chain(mapEnvelope(envelope, options), (pairs) =>
    asksItself || calls === undefined || !pairs.some(isAsking) ? encode(pairs) : settlePairs(pairs, calls).then(encode),
  );
}

/** Whether a vendor must be asked before the pair has an outcome. */
export const isAsking = ({ mapping }: Pair) => mapping.outcome.outcome === 'ask';

/** All pairs, or those that are gone on with. */
function mapEnvelope(
  { events, targets, resume }: Envelope,
  { transformer, release, now, explain }: AnswerOptions,
): Pair[] | Promise<Pair[]> {
  const mapPair = bindPairs(transformer, targets);
  if (resume === undefined) {
    const options = { now, explain };
    return mapInTurns(_.range(events.length * targets.length), (pair) => {
      const destination = pair % targets.length;
      const event = (pair - destination) / targets.length;
      return mapPair(events[event] as IncomingEvent, { event, destination }, options);
    });
  }
  return mapInTurns(resume, ({ event, destination, answers, ...begun }) => {
    const incoming = events[event] as IncomingEvent;
    // What another release asked may mean something else to this one.
    const stale = fail('ANSWERS_STALE', `the dialogue was begun by release ${begun.release}`);
    const rejected = begun.rejected ?? (begun.release === release ? undefined : stale);
    const answered = rejected === undefined ? incoming : { ...incoming, rejected };
    return mapPair(answered, { event, destination }, { now: begun.now, explain, answers });
  });
}
