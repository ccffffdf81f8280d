import _ from 'lodash';

import type { Request } from '../../contract/requests.ts';
import type {
  AskOutcome,
  BatchedResults,
  Fail,
  Result,
  ResultBatch,
  Send,
  SendInBatches,
} from '../../contract/results.ts';
import { shipmentsOf } from '../../core/batch.ts';
import type { Stream } from '../../core/definition.ts';
import { toAsk } from '../../core/dialogue.ts';
import { fail } from '../../core/outcome.ts';
import type { Asking, Sending } from '../../core/transform.ts';
import { textOfEach, type ToText } from '../text.ts';
import type { Pair } from './pairs.ts';

/** The result of a pair whose vendor must be asked. */
export type OnAsk<Asked extends AskOutcome | Fail> = (asking: Asking, now: Date) => Asked;

/** For callers that have not said that they can ask. */
export const refuseToAsk: OnAsk<Fail> = () =>
  fail('DIALOGUE_NEEDED', 'the vendor must be asked first; send "dialogues": "ask" to learn what to ask');

/** For the command line, which never asks vendors. */
export const leaveToService: OnAsk<Fail> = () =>
  fail('DIALOGUE_NEEDED', 'the vendor must be asked first, which only the service can do');

/** For callers of the library that have not asked what to ask. */
export const leaveToAsk: OnAsk<Fail> = () =>
  fail('DIALOGUE_NEEDED', 'the vendor must be asked first; call ask() instead of transform()');

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
    toResult(pair, onAsk, ({ requests }): Send => ({
      outcome: 'send',
      requests: requests.map(({ request }) => toRequest(request)),
    })),
  );
}

/** A result of any kind. */
export type AnyResult = Result<Send | SendInBatches | AskOutcome>;

/** The JSON text of results. A result too long for text becomes its pair's failure. */
export const textOfResults: ToText<AnyResult> = (results) =>
  textOfEach(results, JSON.stringify, (result) => ({
    ..._.pick(result, ['event', 'destination', 'destinationId', 'ref', 'messageId']),
    ...fail('OUTPUT_TOO_LARGE', 'the result is larger than the service can answer'),
  }));

/** Results that point to batches. Requests are merged as far as each destination allows. */
export function toBatchedResults<Asked extends AskOutcome | Fail>(
  pairs: readonly Pair[],
  onAsk: OnAsk<Asked>,
): BatchedResults<Asked> {
  const sends = new Map<number, (Omit<Sending, 'outcome'> & { result: number; batches: number[] })[]>();
  const results = pairs.map((pair, result) =>
    toResult(pair, onAsk, ({ requests, event }): SendInBatches => {
      const send = { result, requests, event, batches: [] };
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
      batches.push({ destination, request: toRequest(request), results: merged.map(({ result }) => result) });
    }
  }
  return { results, batches };
}

/** Only pipelines get streams instead of requests. */
function toRequest(request: Request | Stream): Request {
  if ('rudder' in request) throw new Error('a literal for pipelines is not a request');
  return request;
}

function toResult<Sent, Asked extends AskOutcome | Fail>(
  { event, ref, messageId, destination, destinationId, now, mapping }: Pair,
  onAsk: OnAsk<Asked>,
  toSend: (sending: Sending) => Sent,
): Result<Sent | Asked> {
  const { outcome: mapped, warnings, explain } = mapping;
  const outcome = mapped.outcome === 'send' ? toSend(mapped) : mapped.outcome === 'ask' ? onAsk(mapped, now) : mapped;
  const result: Result<Sent | Asked> = { event, destination, destinationId, ...outcome };
  if (ref !== undefined) result.ref = ref;
  if (messageId !== undefined) result.messageId = messageId;
  if (warnings.length > 0) result.warnings = warnings;
  if (explain !== undefined) result.explain = explain;
  return result;
}
