import type { RequestHandler } from 'express';

import { chain, mapWindows, type Windows } from '../../core/turns.ts';
import { answerEnvelope, answerInBatches } from '../../wire/native/answer.ts';
import { readEnvelope, readFlag } from '../../wire/native/envelope.ts';
import type { IncomingEvent } from '../../wire/native/pairs.ts';
import { type AnyResult, textOfResults } from '../../wire/native/results.ts';
import { parseJson } from '../body.ts';
import type { TakeEvent } from '../capture.ts';
import { type List, sendLists } from '../json.ts';
import type { Shared } from './shared.ts';

/**
 * `POST /transform`: one result per pair of event and destination, with events in the outer order, and batches on
 * request.
 */
export function transformRoute({ transformer, calls, release, outcomes, take, now }: Shared): RequestHandler {
  return (request, response) => {
    const explain = readFlag('explain', request.query);
    const { value, byteLength } = parseJson(request);
    const envelope = readEnvelope(value, byteLength);
    const settings = { transformer, calls, release, now: now(), explain };
    const takeFirsts = (results: readonly AnyResult[], takeEvent: TakeEvent) => {
      for (const { event, destination } of results) {
        const { payload, rejected } = envelope.events[event] as IncomingEvent;
        if (destination === 0 && rejected === undefined) takeEvent(payload, envelope.targets);
      }
    };
    const record = (results: AnyResult[]) => {
      outcomes.recordResults(envelope.targets, results);
      // An event that is resumed has come before.
      if (take !== undefined && envelope.resume === undefined) takeFirsts(results, take);
      return results;
    };
    const resultsOf = (windows: Windows<AnyResult>): List<AnyResult> => ({
      opening: '{"results":[',
      windows: mapWindows(windows, record),
      toText: textOfResults,
    });
    if (!envelope.batch) return sendLists(response, [resultsOf(answerEnvelope(envelope, settings))], ']}');
    return chain(answerInBatches(envelope, settings), ({ results, batches }) =>
      sendLists(
        response,
        [resultsOf([results]), { opening: '],"batches":[', windows: [batches], toText: JSON.stringify }],
        ']}',
      ),
    );
  };
}
