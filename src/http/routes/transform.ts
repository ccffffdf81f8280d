import type { RequestHandler } from 'express';
import type { Transformer } from '../../core/transform.ts';
import { parseJson } from '../body.ts';
import { readEnvelope } from '../envelope.ts';
import { sendJson } from '../json.ts';

/** `POST /transform`: one result per (event, destination) pair, events outermost, and batches where they are asked for. */
export function transformRoute(transformer: Transformer, now: () => Date): RequestHandler {
  return (request, response) => {
    const { value, byteLength } = parseJson(request);
    const { events, targets, batch } = readEnvelope(value, byteLength);
    const answer = batch
      ? transformer.transformInBatches(events, targets, now())
      : { results: transformer.transform(events, targets, now()) };
    sendJson(response, 200, answer);
  };
}
