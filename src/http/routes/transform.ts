import type { RequestHandler } from 'express';
import type { VendorCalls } from '../../core/settle.ts';
import type { Transformer } from '../../core/transform.ts';
import { chain } from '../../core/turns.ts';
import { answerEnvelope } from '../../wire/native/answer.ts';
import { readEnvelope, readExplain } from '../../wire/native/envelope.ts';
import { parseJson } from '../body.ts';
import { sendJson } from '../json.ts';
import type { Outcomes } from '../outcomes.ts';

interface TransformOptions {
  transformer: Transformer;
  /** Calls vendors, where the service holds dialogues itself. */
  calls: VendorCalls | undefined;
  version: string;
  outcomes: Outcomes;
  now: () => Date;
}

/** `POST /transform`: one result per (event, destination) pair, events outermost, and batches where they are asked for. */
export function transformRoute({ transformer, calls, version, outcomes, now }: TransformOptions): RequestHandler {
  return (request, response) => {
    const explain = readExplain(request.query);
    const { value, byteLength } = parseJson(request);
    const envelope = readEnvelope(value, byteLength);
    const answer = answerEnvelope(envelope, { transformer, calls, release: version, now: now(), explain });
    return chain(answer, (body) => {
      outcomes.recordResults(envelope.targets, body.results);
      sendJson(response, 200, body);
    });
  };
}
