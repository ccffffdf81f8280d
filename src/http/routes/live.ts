import cors from 'cors';
import { type RequestHandler, Router } from 'express';

import { isJsonObject, isPresent, type Json } from '../../core/json.ts';
import { readSdkBatch } from '../../wire/native/sdk-batch.ts';
import { type Parsed, parseUtf8 } from '../../wire/parse.ts';
import { Problem } from '../../wire/problem.ts';
import { parseBytes } from '../body.ts';
import { sendJson } from '../json.ts';
import type { Live } from '../live.ts';
import { only } from './method.ts';

/** The calls of SDKs in Segment's dialect, and the type that each implies. Browser SDKs abbreviate them. */
const calls = new Map<string, string | undefined>([
  ['batch', undefined],
  ['import', undefined],
  ...['alias', 'group', 'identify', 'page', 'screen', 'track'].flatMap((type): [string, string][] => [
    [type, type],
    [type.charAt(0), type],
  ]),
]);

/** The paths of SDKs. What follows the last slash is the call. */
const SDK_PATHS = ['/v1/:call', '/*path/group'];

/** Pages on the same machine may call SDK paths. */
const fromThisMachine = cors({ origin: /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/, methods: 'POST', maxAge: 600 });

/**
 * What SDKs call while the playground is served, and `GET /live`, by which the page follows it.
 * @param read reads the body of a request
 * @param guard lets SDKs in; all of them if absent
 */
export function liveRoutes(live: Live, read: RequestHandler, guard: RequestHandler | undefined): Router {
  const router = Router();
  for (const path of SDK_PATHS) {
    router
      .route(path)
      .all(passOtherCalls, fromThisMachine)
      .post(guard ?? [], read, takeSdkCall(live))
      .all(only('POST'));
  }
  router
    .route('/live')
    .get((request, response) => {
      const { after = '0' } = request.query;
      if (typeof after !== 'string' || !/^\d{1,15}$/.test(after)) {
        throw new Problem('ENVELOPE_INVALID', 'after is not a whole number', 'after');
      }
      sendJson(response, 200, live.after(Number(after)));
    })
    .all(only('GET'));
  return router;
}

const callOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

const passOtherCalls: RequestHandler = (request, _response, next) => {
  next(calls.has(callOf(request.path)) ? undefined : 'route');
};

/** Takes the body of an SDK's call as JSON, whatever its content type says. */
function takeSdkCall(live: Live): RequestHandler {
  return (request, response) => {
    try {
      const type = calls.get(callOf(request.path));
      for (const event of eventsIn(parseBytes(request, parseUtf8), type)) live.addEvent(event);
    } catch (error) {
      if (error instanceof Problem) live.addProblem(error.message);
      throw error;
    }
    sendJson(response, 200, { success: true });
  };
}

function eventsIn({ value: body, byteLength }: Parsed, type: string | undefined): Json[] {
  if (!isJsonObject(body)) throw new Problem('ENVELOPE_INVALID', 'the body is not an object');
  if (Array.isArray(body.batch)) return readSdkBatch(body, byteLength).map(({ payload }) => payload as Json);
  if (type === undefined) throw new Problem('ENVELOPE_INVALID', 'batch is not a list', 'batch');
  return [isPresent(body.type) ? body : { ...body, type }];
}
