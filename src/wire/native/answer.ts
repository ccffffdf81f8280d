import type { Fail, Send, AskOutcome, BatchedResults, Result } from '../../contract/results.ts';
import { fail } from '../../core/outcome.ts';
import type { VendorCalls } from '../../core/settle.ts';
import type { Target, Transformer } from '../../core/transform.ts';
import { chain, collect, inWindows, mapWindows, type Window } from '../../core/turns.ts';
import type { Envelope, Resumed } from './envelope.ts';
import { bindTargets, mapPair, settlePairs, type IncomingEvent, type Pair } from './pairs.ts';
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

/** Answers an envelope: one result per (event, destination) pair, events outermost. */
export function answerEnvelope(
  envelope: Envelope,
  options: AnswerOptions,
): Iterable<Window<Result<Send | AskOutcome>>> {
  const onAsk = onAskOf(envelope, options);
  return mapWindows(pairsOf(envelope, options), (pairs) => toResults(pairs, onAsk));
}

/**
 * Answers an envelope with batches: one result per pair, and the batches that hold their requests.
 * @returns at once where there is nothing to wait for
 */
export function answerInBatches(
  envelope: Envelope,
  options: AnswerOptions,
): BatchedResults<AskOutcome | Fail> | Promise<BatchedResults<AskOutcome | Fail>> {
  return chain(collect(pairsOf(envelope, options)), (pairs) => toBatchedResults(pairs, onAskOf(envelope, options)));
}

const onAskOf = ({ asksItself }: Envelope, { release }: AnswerOptions): OnAsk<AskOutcome | Fail> =>
  asksItself ? handOver(release) : refuseToAsk;

/** Whether a vendor must be asked before the pair has an outcome. */
export const isAsking = ({ mapping }: Pair) => mapping.outcome.outcome === 'ask';

/** All pairs of an envelope or those that are gone on with, with the dialogues that the service holds itself. */
function pairsOf(envelope: Envelope, options: AnswerOptions): Iterable<Window<Pair>> {
  const { calls } = options;
  return mapWindows(mapEnvelope(envelope, options), (pairs) =>
    envelope.asksItself || calls === undefined || !pairs.some(isAsking) ? pairs : settlePairs(pairs, calls),
  );
}

function mapEnvelope(
  { events, targets, resume }: Envelope,
  { transformer, release, now, explain }: AnswerOptions,
): Iterable<Window<Pair>> {
  if (resume === undefined) {
    const { one } = bindTargets(transformer, targets);
    const mapAt = (index: number) => {
      const event = Math.floor(index / targets.length);
      return one(events[event] as IncomingEvent, event, index % targets.length, { now, explain });
    };
    return inWindows(events.length * targets.length, mapAt, requestsIn);
  }
  const resumeAt = (index: number) => {
    const { event, destination, answers, ...begun } = resume[index] as Resumed;
    const [incoming, target] = [events[event], targets[destination]] as [IncomingEvent, Target];
    // What another release asked may mean something else to this one.
    const stale = fail('ANSWERS_STALE', `the dialogue was begun by release ${begun.release}`);
    const rejected = begun.rejected ?? (begun.release === release ? undefined : stale);
    const answered = rejected === undefined ? incoming : { ...incoming, rejected };
    return mapPair(transformer, { event, destination }, answered, target, { now: begun.now, explain, answers });
  };
  return inWindows(resume.length, resumeAt, requestsIn);
}

const requestsIn = ({ mapping: { outcome } }: Pair): number =>
  outcome.outcome === 'send' ? outcome.requests.length : 0;
