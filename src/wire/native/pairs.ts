import _ from 'lodash';

import type { Fail, PairFields } from '../../contract/results.ts';
import { type ReadEvent, readEvent } from '../../core/event.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { settle, type VendorCalls } from '../../core/settle.ts';
import {
  type BoundTarget,
  bytesOf,
  type MapOptions,
  type Mapping,
  type Target,
  type Transformer,
} from '../../core/transform.ts';

/** An event from the caller: any JSON, and faults that are already known. */
export interface IncomingEvent {
  payload: unknown;
  /** Returned with every result of the event, unread. */
  ref?: Json;
  rejected?: Fail;
}

/** One pair of event and target, and its result. */
export interface Pair extends Omit<PairFields, 'warnings' | 'explain'> {
  /** The time at which it was first mapped. */
  now: Date;
  mapping: Mapping;
}

/**
 * Maps one pair. `event` and `destination` are positions. Pairs of one event follow each other, with the same object.
 */
export type PairMapper = (
  incoming: IncomingEvent,
  position: Pick<Pair, 'event' | 'destination'>,
  options: MapOptions,
) => Pair;

/**
 * Maps one event for all bound targets.
 * @param event its position in the input
 */
export type EventMapper = (incoming: IncomingEvent, event: number, options: MapOptions) => Pair[];

/** Looks up each target once. An event is read once for all of its pairs, if they follow each other. */
export function bindPairs(transformer: Transformer, targets: readonly Target[]): PairMapper {
  const bound = targets.map((target) => transformer.bind(target));
  let last: { incoming: IncomingEvent; read: ReadEvent } | undefined;
  return (incoming, position, options) => {
    if (last?.incoming !== incoming) last = { incoming, read: readIncoming(incoming) };
    const { destination } = position;
    const mapping = (bound[destination] as BoundTarget).map(last.read, options);
    return toPair(position, incoming, targets[destination] as Target, options.now, mapping);
  };
}

/** The same for callers that map one event after the other for all targets. */
export function bindTargets(transformer: Transformer, targets: readonly Target[]): EventMapper {
  const mapPair = bindPairs(transformer, targets);
  return (incoming, event, options) =>
    targets.map((_target, destination) => mapPair(incoming, { event, destination }, options));
}

/** Whether a vendor must be asked before the pair has an outcome. */
const isAsking = ({ mapping }: Pair) => mapping.outcome.outcome === 'ask';

/**
 * Runs the dialogues of the pairs that have one.
 * @param calls absent if vendors are not asked here
 * @returns synchronously if there is nothing to wait for
 */
export function settlePairs(pairs: Pair[], calls: VendorCalls | undefined): Pair[] | Promise<Pair[]> {
  if (calls === undefined || !pairs.some(isAsking)) return pairs;
  return settle(_.map(pairs, 'mapping'), calls).then((settled) =>
    pairs.map((pair, index) => ({ ...pair, mapping: settled[index] as Mapping })),
  );
}

/** The maximum size of a pair's result as text, in bytes. */
export const bytesOfPair = ({ mapping }: Pair): number => bytesOf(mapping);

const readIncoming = ({ payload, rejected }: IncomingEvent): ReadEvent => rejected ?? readEvent(payload);

function toPair(
  { event, destination }: Pick<Pair, 'event' | 'destination'>,
  { payload, ref }: IncomingEvent,
  { id }: Target,
  now: Date,
  mapping: Mapping,
): Pair {
  const pair: Pair = { event, destination, destinationId: id, now, mapping };
  const messageId = messageIdOf(payload);
  if (ref !== undefined) pair.ref = ref;
  if (messageId !== undefined) pair.messageId = messageId;
  return pair;
}

function messageIdOf(payload: unknown): string | undefined {
  const id = isJsonObject(payload) ? payload.messageId : undefined;
  return typeof id === 'string' ? id : undefined;
}
