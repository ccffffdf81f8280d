import type { z } from 'zod';

import { type destination, destinationsLine, envelope, type resume, resumeList } from '../../contract/envelope.ts';
import type { Fail } from '../../contract/results.ts';
import { type Answers, MAX_ANSWER_BYTES } from '../../core/dialogue.ts';
import { type Fault, parseWith } from '../../core/issues.ts';
import { isJsonObject, type Json, type JsonObject, own } from '../../core/json.ts';
import { checkSizeWithin, isLongerThan, requestLimits, shortenMessage } from '../../core/limits.ts';
import { fail } from '../../core/outcome.ts';
import { merging, type Target } from '../../core/transform.ts';
import { Problem } from '../problem.ts';
import type { IncomingEvent } from './pairs.ts';
import { readSdkBatch } from './sdk-batch.ts';

/**
 * Whether a request's query asks for something, such as explanations.
 * @throws {Problem} ENVELOPE_INVALID with the parameter
 */
export function readFlag(name: string, { [name]: flag = 'false' }: Record<string, unknown>): boolean {
  if (flag === 'true' || flag === 'false') return flag === 'true';
  throw new Problem('ENVELOPE_INVALID', `${name} must be true or false`, name);
}

/** A request to `/transform`, parsed. */
export interface Envelope {
  events: IncomingEvent[];
  targets: Target[];
  /** Whether to merge requests of several events. */
  batch: boolean;
  /** Whether the caller asks vendors itself. */
  asksItself: boolean;
  /** The pairs to resume. If absent, all pairs start. */
  resume: Resumed[] | undefined;
}

/** A pair whose dialogue resumes. `event` and `destination` are positions. */
export interface Resumed {
  event: number;
  destination: number;
  /** The time at which the dialogue started. */
  now: Date;
  /** The release that started it. */
  release: string;
  answers: Answers;
  rejected?: Fail;
}

/**
 * Reads the envelope of a request. A fault of a single event is that event's own failure.
 * @throws {Problem} ENVELOPE_INVALID with the place, TOO_MANY_EVENTS or TOO_MANY_PAIRS
 */
export function readEnvelope(body: unknown, byteLength: number): Envelope {
  if (!isJsonObject(body)) throw new Problem('ENVELOPE_INVALID', 'the body is not an object');
  const read = parseWith(envelope, body);
  if ('says' in read) throw envelopeProblem(read);
  const { data } = read;

  const events = readEvents(body, data, byteLength);
  const destinations = listOf('destination', data.destinations, data.destination && [data.destination]);
  if (events.length > requestLimits.events) {
    throw new Problem('TOO_MANY_EVENTS', `a request may have at most ${String(requestLimits.events)} events`, 'events');
  }
  const { batch, dialogues } = data;
  const resume = data.resume && resumedOf(data.resume, events, destinations);
  const pairs = resume?.length ?? events.length * destinations.length;
  if (pairs > requestLimits.pairs) {
    const most = `a request may have at most ${String(requestLimits.pairs)} pairs of event and destination`;
    throw new Problem('TOO_MANY_PAIRS', `${most}; this one has ${String(pairs)}`);
  }
  return {
    events,
    targets: batch ? readTargets(destinations).map(merging) : readTargets(destinations),
    batch,
    asksItself: dialogues === 'ask',
    resume,
  };
}

function readEvents(body: JsonObject, { event, events, sdkBatch }: z.output<typeof envelope>, byteLength: number) {
  if (sdkBatch === undefined) {
    const items = listOf('event', events, 'event' in body ? [event] : undefined);
    return items.map((item) => readItem(item, byteLength));
  }
  const other = ['event', 'events'].find((name) => name in body);
  if (other === undefined) return readSdkBatch(sdkBatch, byteLength);
  throw new Problem('ENVELOPE_INVALID', `give either sdkBatch or ${other}, not both`, 'sdkBatch');
}

/** A parsed line of a stream: the destinations from there on, or an event for them. */
export type StreamLine = { targets: Target[] } | { incoming: IncomingEvent };

/**
 * Reads a line of a stream. A fault of the event in it is that event's own failure.
 * @throws {Problem} ENVELOPE_INVALID with the place
 */
export function readStreamLine(line: unknown, byteLength: number): StreamLine {
  if (isJsonObject(line) && 'destinations' in line) return { targets: readDestinations(line) };
  if (isWrapped(line)) return { incoming: readItem(line, byteLength) };
  throw new Problem('ENVELOPE_INVALID', 'the line must be { "destinations" } or { "event", "ref" }');
}

/**
 * Reads `{ destinations }`.
 * @throws {Problem} ENVELOPE_INVALID with the place
 */
export function readDestinations(value: unknown): Target[] {
  const read = parseWith(destinationsLine, value);
  if ('says' in read) throw envelopeProblem(read);
  return readTargets(read.data.destinations);
}

/**
 * Reads a list of dialogues to resume.
 * @throws {Problem} ENVELOPE_INVALID naming the place
 */
export function readResume(value: unknown, events: readonly unknown[], destinations: readonly unknown[]): Resumed[] {
  const read = parseWith(resumeList, { resume: value });
  if ('says' in read) throw envelopeProblem(read);
  return resumedOf(read.data.resume, events, destinations);
}

function resumedOf(
  list: readonly z.output<typeof resume>[],
  events: readonly unknown[],
  destinations: readonly unknown[],
): Resumed[] {
  const seen = new Map<string, number>();
  return list.map((given, index) => {
    const at = `resume[${String(index)}]`;
    const pair = `${String(given.event)} ${String(given.destination)}`;
    const first = seen.get(pair);
    if (first !== undefined) {
      throw new Problem('ENVELOPE_INVALID', `this pair is already in resume[${String(first)}]`, at);
    }
    seen.set(pair, index);
    return readResumed(given, at, events, destinations);
  });
}

function readResumed(
  { event, destination, now, release, answers }: z.output<typeof resume>,
  at: string,
  events: readonly unknown[],
  destinations: readonly unknown[],
): Resumed {
  if (event >= events.length)
    throw new Problem('ENVELOPE_INVALID', 'there is no event at this position', `${at}.event`);
  if (destination >= destinations.length) {
    throw new Problem('ENVELOPE_INVALID', 'there is no destination at this position', `${at}.destination`);
  }
  const resumed: Resumed = { event, destination, now: new Date(now), release, answers };
  const tooLarge = Object.keys(answers).find((key) => isLongerThan(answers[key], MAX_ANSWER_BYTES));
  if (tooLarge === undefined) return resumed;
  const message = `the answer to ${tooLarge} is larger than ${String(MAX_ANSWER_BYTES)} bytes`;
  return { ...resumed, rejected: fail('ANSWER_INVALID', message) };
}

function listOf<T>(name: string, list: T[] | undefined, single: T[] | undefined): T[] {
  if (list !== undefined && single !== undefined) {
    throw new Problem('ENVELOPE_INVALID', `give either ${name} or ${name}s, not both`, name);
  }
  const items = list ?? single;
  if (items === undefined) throw new Problem('ENVELOPE_INVALID', `${name}s is missing`, `${name}s`);
  return items;
}

/** The problem for a fault in the caller's body. */
export function envelopeProblem({ steps, says }: Fault): Problem {
  const path = steps.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${String(step)}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
  return new Problem('ENVELOPE_INVALID', shortenMessage(`${path} ${says}`), path);
}

function readTargets(destinations: z.output<typeof destination>[]): Target[] {
  const ids = new Map<string, number>();
  return destinations.map(({ id, name, config = {}, delivery, enabled, consent, policy }, index) => {
    const given = { ...(consent && { consent }), ...(policy && { policy }) };
    const target: Target = { id: id ?? name, name, config, delivery, enabled, ...given };
    const first = ids.get(target.id);
    if (first !== undefined) {
      const at = `destinations[${String(index)}].id`;
      throw new Problem(
        'ENVELOPE_INVALID',
        `the id "${target.id}" already belongs to destinations[${String(first)}]`,
        at,
      );
    }
    ids.set(target.id, index);
    return target;
  });
}

/** Whether a value is exactly `{ event, ref }`. Events of other types may have a field `event` too. */
export function isWrapped(item: unknown): item is JsonObject {
  return isJsonObject(item) && 'event' in item && Object.keys(item).every((key) => key === 'event' || key === 'ref');
}

/**
 * Reads an item: an event, or one with a reference.
 * @param byteLength the size of the item's text
 */
export function readItem(item: unknown, byteLength: number): IncomingEvent {
  const wrapped = isWrapped(item);
  const payload = wrapped ? item.event : item;
  const incoming: IncomingEvent = { payload };
  if (wrapped && item.ref !== undefined) {
    Object.assign(incoming, refOf(item));
    if (incoming.ref === undefined) {
      incoming.rejected = fail('REF_INVALID', `ref is larger than ${String(requestLimits.refBytes)} bytes`, 'ref');
    }
  }
  const tooLarge = checkSizeWithin(byteLength, payload, 'event');
  if (tooLarge !== undefined) incoming.rejected = tooLarge;
  return incoming;
}

/** The `ref` of an item that may be anything, unless it is too large to come back. */
export function refOf(item: unknown): { ref?: Json } {
  const ref = isJsonObject(item) ? own(item, 'ref') : undefined;
  return ref === undefined || isLongerThan(ref, requestLimits.refBytes) ? {} : { ref };
}
