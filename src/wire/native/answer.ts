import type { AskOutcome, BatchedResults, Fail, Result, Send } from '../../contract/results.ts';
import { leastBytes, requestLimits } from '../../core/limits.ts';
import { fail } from '../../core/outcome.ts';
import type { VendorCalls } from '../../core/settle.ts';
import type { Transformer } from '../../core/transform.ts';
import { chain, collect, inWindows, mapWindows, type Windows } from '../../core/turns.ts';
import type { Envelope, Resumed } from './envelope.ts';
import { bindPairs, bytesOfPair, type IncomingEvent, type Pair, settlePairs } from './pairs.ts';
import { handOver, type OnAsk, refuseToAsk, toBatchedResults, toResults } from './results.ts';

export interface AnswerOptions {
  transformer: Transformer;
  /** Calls vendors, if the service runs dialogues itself. */
  calls: VendorCalls | undefined;
  /** The release that answers. Only the same release can resume a dialogue. */
  release: string;
  now: Date;
  /** Whether results explain where every field comes from. */
  explain: boolean;
}

/** Answers an envelope: one result per pair of event and destination, with events in the outer order. */
export function answerEnvelope(envelope: Envelope, options: AnswerOptions): Windows<Result<Send | AskOutcome>> {
  const onAsk = onAskOf(envelope, options);
  return mapWindows(pairsOf(envelope, options), (pairs) => toResults(pairs, onAsk));
}

/**
 * Answers an envelope with batches: one result per pair, and the batches that hold their requests.
 * @returns synchronously if there is nothing to wait for
 */
export function answerInBatches(
  envelope: Envelope,
  options: AnswerOptions,
): BatchedResults<AskOutcome | Fail> | Promise<BatchedResults<AskOutcome | Fail>> {
  return chain(collect(mapWindows(pairsOf(envelope, options), limitMerged())), (pairs) =>
    toBatchedResults(pairs, onAskOf(envelope, options)),
  );
}

interface HeldPair {
  pair: Pair;
  size: number;
}

/** Fails the largest pairs if all together are too large, so that the others can be merged. */
function limitMerged(): (pairs: Pair[]) => Pair[] {
  const { mergedBytes: most } = requestLimits;
  const held: HeldPair[] = [];
  let bytes = 0;
  return (pairs) => {
    for (const pair of pairs) {
      const { outcome, explain } = pair.mapping;
      if (outcome.outcome !== 'send') continue;
      const size = leastBytes([outcome.requests, explain]);
      held.push({ pair, size });
      bytes += size;
    }
    if (bytes <= most) return pairs;
    held.sort((one, other) => one.size - other.size);
    // Fails more than necessary, so that this does not happen for every window.
    while (bytes > most / 2) {
      const { pair, size } = held.pop() as HeldPair;
      bytes -= size;
      pair.mapping = { outcome: tooMuch, warnings: pair.mapping.warnings };
    }
    return pairs;
  };
}

const tooMuch = fail('OUTPUT_TOO_LARGE', 'the requests are too large to merge together; send fewer events per request');

const onAskOf = ({ asksItself }: Envelope, { release }: AnswerOptions): OnAsk<AskOutcome | Fail> =>
  asksItself ? handOver(release) : refuseToAsk;

/** All pairs of an envelope, or those to resume, with the dialogues that the service runs itself. */
function pairsOf(envelope: Envelope, options: AnswerOptions): Windows<Pair> {
  const calls = envelope.asksItself ? undefined : options.calls;
  return mapWindows(mapEnvelope(envelope, options), (pairs) => settlePairs(pairs, calls));
}

const mapEnvelope = (envelope: Envelope, options: MapEnvelopeOptions): Windows<Pair> => {
  const { length, pairAt } = mapperOf(envelope, options);
  return inWindows(length, pairAt, bytesOfPair);
};

type MapEnvelopeOptions = Omit<AnswerOptions, 'calls'>;

/** Makes the pairs of an envelope one by one, either the resumed ones or all, events outermost. */
export function mapperOf(
  { events, targets, resume }: Pick<Envelope, 'events' | 'targets' | 'resume'>,
  { transformer, release, now, explain }: MapEnvelopeOptions,
): { length: number; pairAt: (index: number) => Pair } {
  const mapPair = bindPairs(transformer, targets);
  if (resume === undefined) {
    const pairAt = (index: number) => {
      const destination = index % targets.length;
      const event = (index - destination) / targets.length;
      return mapPair(events[event] as IncomingEvent, { event, destination }, { now, explain });
    };
    return { length: events.length * targets.length, pairAt };
  }
  const pairAt = (index: number) => {
    const { event, destination, answers, ...begun } = resume[index] as Resumed;
    const incoming = events[event] as IncomingEvent;
    // An ask of another release may mean something else to this one.
    const stale = fail('ANSWERS_STALE', `the dialogue was started by release ${begun.release}; start it again`);
    const rejected = begun.rejected ?? (begun.release === release ? undefined : stale);
    const answered = rejected === undefined ? incoming : { ...incoming, rejected };
    return mapPair(answered, { event, destination }, { now: begun.now, explain, answers });
  };
  return { length: resume.length, pairAt };
}
