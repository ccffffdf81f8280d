import type { z } from 'zod';
import { destinationsLine, envelope, resumeList, type destination, type resume } from '../../contract/envelope.ts';
import { merging, type Target } from '../../core/transform.ts';
import { MAX_ANSWER_BYTES, type Answers } from '../../core/dialogue.ts';
import { parseWith, type Fault } from '../../core/issues.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { checkSizeWithin, isLongerThan, requestLimits, shortenMessage } from '../../core/limits.ts';
import type { Fail } from '../../contract/results.ts';
import { fail } from '../../core/outcome.ts';
import { Problem } from '../problem.ts';
import type { IncomingEvent } from './pairs.ts';
import { readSdkBatch } from './sdk-batch.ts';

/**
 * Whether a request's query asks for explanations.
 * @throws {Problem} ENVELOPE_INVALID naming the parameter
 */
export function readExplain({ explain = 'false' }: Record<string, unknown>): boolean {
  if (explain === 'true' || explain === 'false') return explain === 'true';
  throw new Problem('ENVELOPE_INVALID', 'explain is neither true nor false', 'explain');
}

/** A request to `/transform`, read. */
export interface Envelope {
  events: IncomingEvent[];
  targets: Target[];
  /** Whether requests of several events are to be merged. */
  batch: boolean;
  /** Whether the caller asks vendors itself. */
  asksItself: boolean;
  /** The pairs to go on with; absent, all are begun. */
  resume: Resumed[] | undefined;
}

/** A pair whose dialogue goes on; `event` and `destination` are positions. */
export interface Resumed {
  event: number;
  destination: number;
  /** The time at which the dialogue began. */
  now: Date;
  /** The release of the service that began it. */
  release: string;
  answers: Answers;
  rejected?: Fail;
}

/**
 * Reads the envelope of a request; what is wrong with a single event is that event's own failure.
 * @throws {Problem} ENVELOPE_INVALID naming the place, TOO_MANY_EVENTS or TOO_MANY_PAIRS
 */
export function readEnvelope(body: unknown, byteLength: number): Envelope {
  if (!isJsonObject(body)) throw new Problem('ENVELOPE_INVALID', 'the body is not an object');
  const read = parseWith(envelope, body);
  if ('says' in read) throw envelopeProblem(read);
  const { data } = read;

  const events = readEvents(body, data, byteLength);
  const destinations = listOf('destination', data.destinations, data.destination && [data.destination]);
  if (events.length > requestLimits.events) {
    throw new Problem('TOO_MANY_EVENTS', `at most ${String(requestLimits.events)} events per request`, 'events');
  }
  const { batch, dialogues } = data;
  const resume = data.resume && resumedOf(data.resume, events, destinations);
  const pairs = resume?.length ?? events.length * destinations.length;
  if (pairs > requestLimits.pairs) {
    const most = `at most ${String(requestLimits.pairs)} pairs of an event and a destination per request`;
    throw new Problem('TOO_MANY_PAIRS', `${most}, and these are ${String(pairs)}`);
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
  throw new Problem('ENVELOPE_INVALID', `sdkBatch and ${other} are both given`, 'sdkBatch');
}

/** What a line of a stream says: which destinations are in force from there on, or an event for them. */
export type StreamLine = { targets: Target[] } | { incoming: IncomingEvent };

/**
 * Reads a line of a stream; what is wrong with the event in it is that event's own failure.
 * @throws {Problem} ENVELOPE_INVALID naming the place
 */
export function readStreamLine(line: unknown, byteLength: number): StreamLine {
  if (isJsonObject(line) && 'destinations' in line) return { targets: readDestinations(line) };
  if (isWrapped(line)) return { incoming: readItem(line, byteLength) };
  throw new Problem('ENVELOPE_INVALID', 'the line is neither { "destinations" } nor { "event", "ref" }');
}

/**
 * Reads `{ destinations }`.
 * @throws {Problem} ENVELOPE_INVALID naming the place
 */
export function readDestinations(value: unknown): Target[] {
  const read = parseWith(destinationsLine, value);
  if ('says' in read) throw envelopeProblem(read);
  return readTargets(read.data.destinations);
}

/**
 * Reads a list of dialogues to go on with.
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
      throw new Problem('ENVELOPE_INVALID', `the pair is also that of resume[${String(first)}]`, at);
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
  if (event >= events.length) throw new Problem('ENVELOPE_INVALID', 'there is no such event', `${at}.event`);
  if (destination >= destinations.length) {
    throw new Problem('ENVELOPE_INVALID', 'there is no such destination', `${at}.destination`);
  }
  const resumed: Resumed = { event, destination, now: new Date(now), release, answers };
  const tooLarge = Object.keys(answers).find((key) => isLongerThan(answers[key], MAX_ANSWER_BYTES));
  if (tooLarge === undefined) return resumed;
  const message = `the answer to ${tooLarge} is larger than ${String(MAX_ANSWER_BYTES)} bytes`;
  return { ...resumed, rejected: fail('ANSWER_INVALID', message) };
}

function listOf<T>(name: string, list: T[] | undefined, single: T[] | undefined): T[] {
  if (list !== undefined && single !== undefined) {
    throw new Problem('ENVELOPE_INVALID', `${name} and ${name}s are both given`, name);
  }
  const items = list ?? single;
  if (items === undefined) throw new Problem('ENVELOPE_INVALID', `${name}s is missing`, `${name}s`);
  return items;
}

function envelopeProblem({ steps, says }: Fault): Problem {
  const path = steps.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${String(step)}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
  return new Problem('ENVELOPE_INVALID', shortenMessage(`${path} ${says}`), path);
}

function readTargets(destinations: z.output<typeof destination>[]): Target[] {
  const ids = new Map<string, number>();
  return destinations.map(({ id, name, config = {}, delivery, enabled, consent }, index) => {
    const target: Target = { id: id ?? name, name, config, delivery, enabled, ...(consent && { consent }) };
    const first = ids.get(target.id);
    if (first !== undefined) {
      const at = `destinations[${String(index)}].id`;
      throw new Problem('ENVELOPE_INVALID', `the id "${target.id}" is also that of destinations[${String(first)}]`, at);
    }
    ids.set(target.id, index);
    return target;
  });
}

/** Whether a value is `{ event, ref }` and nothing else; events of other types may have a field `event` too. */
export function isWrapped(item: unknown): item is JsonObject {
  return isJsonObject(item) && 'event' in item && Object.keys(item).every((key) => key === 'event' || key === 'ref');
}

/**
 * Reads an item, which is an event or one with a reference.
 * @param byteLength of the text that the item came in
 */
export function readItem(item: unknown, byteLength: number): IncomingEvent {
  const wrapped = isWrapped(item);
  const payload = wrapped ? item.event : item;
  const incoming: IncomingEvent = { payload };
  if (wrapped && item.ref !== undefined) {
    if (isLongerThan(item.ref, requestLimits.refBytes)) {
      incoming.rejected = fail('REF_INVALID', `ref is larger than ${String(requestLimits.refBytes)} bytes`, 'ref');
    } else {
      incoming.ref = item.ref;
    }
  }
  const tooLarge = checkSizeWithin(byteLength, payload, 'event');
  if (tooLarge !== undefined) incoming.rejected = tooLarge;
  return incoming;
}
