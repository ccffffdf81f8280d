import type { Fail, PairFields } from '../../contract/results.ts';
import type { Answers } from '../../core/dialogue.ts';
import { readEvent, type ReadEvent } from '../../core/event.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { settle, type VendorCalls } from '../../core/settle.ts';
import type { BoundTarget, Mapping, MapOptions, Target, Transformer } from '../../core/transform.ts';

/** An event as the caller hands it in: any JSON, and what is known to be wrong with it already. */
export interface IncomingEvent {
  payload: unknown;
  /** Comes back with every result of the event, unread. */
  ref?: Json;
  rejected?: Fail;
}

/** One (event, target) pair and what comes of it. */
export interface Pair extends Omit<PairFields, 'warnings' | 'explain'> {
  /** The time at which it was mapped for the first time. */
  now: Date;
  mapping: Mapping;
}

/**
 * Maps one event for one of the targets that were bound, or for all of them.
 * @param event its position in the input
 */
export interface EventMapper {
  (incoming: IncomingEvent, event: number, options: MapOptions): Pair[];
  one: (incoming: IncomingEvent, event: number, destination: number, options: MapOptions) => Pair;
}

/** Looks targets up once, for callers that have one event after the other for them. */
export function bindTargets(transformer: Transformer, targets: readonly Target[]): EventMapper {
  const bound = targets.map((target) => transformer.bind(target));
  let last: { incoming: IncomingEvent; read: ReadEvent } | undefined;
  const one: EventMapper['one'] = (incoming, event, destination, options) => {
    if (last?.incoming !== incoming) last = { incoming, read: readIncoming(incoming) };
    const mapping = (bound[destination] as BoundTarget).map(last.read, options);
    return toPair({ event, destination }, incoming, targets[destination] as Target, options.now, mapping);
  };
  const all = (incoming: IncomingEvent, event: number, options: MapOptions) =>
    targets.map((_target, destination) => one(incoming, event, destination, options));
  return Object.assign(all, { one });
}

/**
 * Maps one pair with what its vendor has said so far.
 * @param options.now the time at which the pair was mapped for the first time
 */
export function mapPair(
  transformer: Transformer,
  position: Pick<Pair, 'event' | 'destination'>,
  incoming: IncomingEvent,
  target: Target,
  options: MapOptions & { answers: Answers },
): Pair {
  const mapping = transformer.bind(target).map(readIncoming(incoming), options);
  return toPair(position, incoming, target, options.now, mapping);
}

/** Holds the dialogues of those pairs that have one. */
export async function settlePairs(pairs: readonly Pair[], calls: VendorCalls): Promise<Pair[]> {
  const settled = await settle(
    pairs.map(({ mapping }) => mapping),
    calls,
  );
  return pairs.map((pair, index) => ({ ...pair, mapping: settled[index] as Mapping }));
}

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
