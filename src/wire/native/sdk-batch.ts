import _ from 'lodash';

import { isJsonObject, isPresent, type Json, type JsonObject, own, setOwn } from '../../core/json.ts';
import { checkSizeWithin, isLongerThan } from '../../core/limits.ts';
import { Problem } from '../problem.ts';
import type { IncomingEvent } from './pairs.ts';

/** The event's times. Those of the body don't apply to an event that has its own. */
const eventTimes = ['timestamp', 'originalTimestamp'];
const times = [...eventTimes, 'sentAt', 'receivedAt'];

/** The part of an SDK's body that applies to all of its events. */
const sharedFields = ['context', 'integrations', ...times];

/** The maximum size of a shared field's JSON text in bytes, since every event gets it. */
const MAX_SHARED_BYTES = 32_768;

/**
 * Reads the unchanged body of an SDK's call in Segment's dialect: its `batch`, with the body's shared fields in each
 * event, as the SDKs' own servers do. An event's own fields take precedence, field by field.
 * @param byteLength the maximum size of an event's text in the body
 * @throws {Problem} ENVELOPE_INVALID with the place
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

/** Merges two objects; the second one's fields win. If one is not an object, the second one is the result. */
function merged(outer: Json | undefined, inner: Json | undefined): Json {
  if (!isJsonObject(outer) || !isJsonObject(inner)) return inner ?? null;
  const result = { ...outer };
  for (const key of Object.keys(inner)) setOwn(result, key, merged(own(outer, key), inner[key]));
  return result;
}
