import _ from 'lodash';
import { isJsonObject, isPresent, own, setOwn, type Json, type JsonObject } from '../../core/json.ts';
import { checkSizeWithin, isLongerThan } from '../../core/limits.ts';
import { Problem } from '../problem.ts';
import type { IncomingEvent } from './pairs.ts';

/** When an event happened; what the body says of it is not true of an event that has a time of its own. */
const eventTimes = ['timestamp', 'originalTimestamp'];
const times = [...eventTimes, 'sentAt', 'receivedAt'];

/** What the body of an SDK's call says for all of its events. */
const sharedFields = ['context', 'integrations', ...times];

/** The most bytes that the JSON text of a shared field may have, since every event gets it. */
const MAX_SHARED_BYTES = 32_768;

/**
 * Reads the body of a call as an SDK of Segment's dialect sent it: its `batch`, each event with what the body says for
 * all, as the SDKs' own servers do. What an event says itself outranks that, field by field.
 * @param byteLength of the text that the body came in
 * @throws {Problem} ENVELOPE_INVALID naming the place
 */
export function readSdkBatch(body: unknown, byteLength: number): IncomingEvent[] {
  if (!isJsonObject(body) || !Array.isArray(body.batch)) {
    throw new Problem('ENVELOPE_INVALID', 'sdkBatch.batch is not a list', 'sdkBatch.batch');
  }
  const shared = _.pickBy(_.pick(body, sharedFields), isPresent) as JsonObject;
  const tooLarge = Object.keys(shared).find((field) => isLongerThan(shared[field], MAX_SHARED_BYTES));
  if (tooLarge !== undefined) {
    const path = `sdkBatch.${tooLarge}`;
    throw new Problem('ENVELOPE_INVALID', `${path} is larger than ${String(MAX_SHARED_BYTES)} bytes`, path);
  }
  return body.batch.map((item) => {
    const payload = isJsonObject(item) ? withShared(item, shared) : item;
    const rejected = checkSizeWithin(byteLength, payload, 'event');
    return rejected === undefined ? { payload } : { payload, rejected };
  });
}

function withShared(item: JsonObject, shared: JsonObject): JsonObject {
  const event = { ...item };
  const hasTime = times.some((field) => isPresent(own(item, field)));
  for (const field of Object.keys(shared)) {
    const value = own(item, field);
    if (hasTime && eventTimes.includes(field)) continue;
    event[field] = isPresent(value) ? merged(shared[field], value) : (shared[field] as Json);
  }
  return event;
}

/** Two objects as one, whose fields are the second one's where both have them; anything else is the second one's. */
function merged(outer: Json | undefined, inner: Json | undefined): Json {
  if (!isJsonObject(outer) || !isJsonObject(inner)) return inner ?? null;
  const result = { ...outer };
  for (const key of Object.keys(inner)) setOwn(result, key, merged(own(outer, key), inner[key]));
  return result;
}
