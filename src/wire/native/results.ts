import { shipmentsOf } from '../../core/batch.ts';
import type { PlacedRequest } from '../../core/definition.ts';
import { toAsk, type Answers, type AskedStep } from '../../core/dialogue.ts';
import type {
  AskOutcome,
  BatchedResults,
  Drop,
  Fail,
  PairFields,
  Result,
  ResultBatch,
  Send,
  SendInBatches,
  Warning,
} from '../../contract/results.ts';
import type { Request } from '../../contract/requests.ts';
import { fail } from '../../core/outcome.ts';

/** The event goes out. `Sent` is a request, or what a pipeline is handed in the place of one. */
export interface Mapped<Sent> {
  outcome: 'send';
  requests: PlacedRequest<Sent>[];
}

/** The vendor must be asked first. */
export interface Asking {
  outcome: 'ask';
  steps: readonly AskedStep[];
}

/** A pair that must ask its vendor. */
export interface Party<Sent> {
  asking: Asking;
  /** The configuration: what is counted, throttled and shared together. */
  account: string;
  /** What must be done one after the other within a configuration: the group. */
  lane: string;
  /** The hosts that are known to be the vendor's own: names in which `*` is one label. */
  hosts: readonly string[];
  /** Maps the pair with the answers that are there. */
  resume: (answers: Answers) => Mapped<Sent> | Asking | Drop | Fail;
}

/**
 * Performs the dialogues of pairs.
 * @returns what comes of each, in order
 */
export type Settle = <Sent>(parties: readonly Party<Sent>[]) => Promise<(Mapped<Sent> | Drop | Fail)[]>;

/** What comes of one (event, target) pair. */
export interface Pair extends PairFields {
  /** The time at which it was mapped for the first time. */
  now: Date;
  mapped: Mapped<Request> | Asking | Drop | Fail;
  warnings: readonly Warning[];
}

/** What a pair becomes whose vendor must be asked. */
export type OnAsk<Asked extends AskOutcome | Fail> = (asking: Asking, now: Date) => Asked;

/** For callers that have not said that they can ask. */
export const refuseToAsk: OnAsk<Fail> = () =>
  fail('DIALOGUE_NEEDED', 'the vendor must be asked first; "dialogues": "ask" tells what');

/** For the library and the command line, which ask nobody. */
export const leaveToService: OnAsk<Fail> = () =>
  fail('DIALOGUE_NEEDED', 'the vendor must be asked first, which only the service can do');

/** For callers that ask the vendor themselves. */
export const handOver =
  (release: string): OnAsk<AskOutcome> =>
  ({ steps }, now) => ({ outcome: 'ask', asks: steps.map(toAsk), resumeWith: { now: now.toISOString(), release } });

/** Results with the requests of each pair. */
export function toResults<Asked extends AskOutcome | Fail>(
  pairs: readonly Pair[],
  onAsk: OnAsk<Asked>,
): Result<Send | Asked>[] {
  return pairs.map((pair) =>
    toResult(pair, onAsk, (requests): Send => ({ outcome: 'send', requests: requests.map(({ request }) => request) })),
  );
}

/** Results that point to batches, in which requests are merged as far as each destination allows. */
export function toBatchedResults<Asked extends AskOutcome | Fail>(
  pairs: readonly Pair[],
  onAsk: OnAsk<Asked>,
): BatchedResults<Asked> {
  const sends = new Map<number, { result: number; requests: readonly PlacedRequest[]; batches: number[] }[]>();
  const results = pairs.map((pair, result) =>
    toResult(pair, onAsk, (requests): SendInBatches => {
      const send = { result, requests, batches: [] };
      const ofDestination = sends.get(pair.destination);
      if (ofDestination === undefined) sends.set(pair.destination, [send]);
      else ofDestination.push(send);
      return { outcome: 'send', batches: send.batches };
    }),
  );
  const batches: ResultBatch[] = [];
  for (const [destination, ofDestination] of sends) {
    for (const { request, events } of shipmentsOf(ofDestination).flatMap((shipment) => shipment.batches)) {
      const merged = events.flatMap((event) => ofDestination[event] ?? []);
      for (const send of merged) send.batches.push(batches.length);
      batches.push({ destination, request, results: merged.map(({ result }) => result) });
    }
  }
  return { results, batches };
}

function toResult<Sending, Asked extends AskOutcome | Fail>(
  { event, ref, messageId, destination, destinationId, now, mapped, warnings, explain }: Pair,
  onAsk: OnAsk<Asked>,
  toSend: (requests: readonly PlacedRequest[]) => Sending,
): Result<Sending | Asked> {
  const outcome =
    mapped.outcome === 'send' ? toSend(mapped.requests) : mapped.outcome === 'ask' ? onAsk(mapped, now) : mapped;
  const result: Result<Sending | Asked> = { event, destination, destinationId, ...outcome };
  if (ref !== undefined) result.ref = ref;
  if (messageId !== undefined) result.messageId = messageId;
  if (warnings.length > 0) result.warnings = warnings;
  if (explain !== undefined) result.explain = explain;
  return result;
}
