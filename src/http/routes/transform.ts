import type { RequestHandler } from 'express';
import type { Transformer } from '../../core/transform.ts';
import { parseJson } from '../body.ts';
import { readEnvelope } from '../envelope.ts';
import { sendJson } from '../json.ts';

/** `POST /transform`: one result per (event, destination) pair, events outermost. */
export function transformRoute(transformer: Transformer, now: () => Date): RequestHandler {
  return (request, response) => {
    const { value, byteLength } = parseJson(request);
    const { events, targets } = readEnvelope(value, byteLength);
    sendJson(response, 200, { results: transformer.transform(events, targets, now()) });
  };
}
