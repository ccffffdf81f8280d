import { shipmentsOf } from './batch.ts';
import { Binder } from './bind.ts';
import { findRefusal, type ConsentRule, type Refusal } from './consent.ts';
import {
  isRejecting,
  type Bound,
  type Destination,
  type MapInput,
  type Mapper,
  type PlacedRequest,
  type SendingDestination,
  type Stream,
} from './definition.ts';
import { GroupEvent, placesOf, type Warn } from './event.ts';
import { readIntegrations } from './gate.ts';
import { isJsonObject, type Json } from './json.ts';
import { checkShape } from './limits.ts';
import { drop, fail, MappingFailure, type Drop, type Fail, type Request, type Send, type Warning } from './outcome.ts';
import { namesOf, type Registry } from './registry.ts';

/** An event as the caller hands it in: any JSON, and what is known to be wrong with it already. */
export interface IncomingEvent {
  payload: unknown;
  /** Comes back with every result of the event, unread. */
  ref?: Json;
  rejected?: Fail;
}

/** A destination as the caller names it. */
export interface Target {
  id: string;
  name: string;
  config: unknown;
  enabled: boolean;
  /** Absent where the destination needs no consent. */
  consent?: ConsentRule;
  /** Set by callers that have decided themselves, by the event's integrations, who gets it; options are still read. */
  isGated?: true;
}

/** The event goes out. `Sent` is a request, or what a pipeline is handed in the place of one. */
export interface Mapped<Sent> {
  outcome: 'send';
  requests: PlacedRequest<Sent>[];
}

/** In the place of requests: the batches that hold them, in the order in which those are to be sent. */
export interface SendInBatches {
  outcome: 'send';
  batches: number[];
}

/** A request for one or several events to one destination; `results` are positions in the list of results. */
export interface ResultBatch {
  destination: number;
  request: Request;
  results: number[];
}

/** What comes of events that were asked for in batches: one result per pair, and the batches they point to. */
export interface BatchedResults {
  results: Result<SendInBatches>[];
  batches: ResultBatch[];
}

/** The outcome of one (event, destination) pair. `event` and `destination` are positions in the input. */
export type Result<Sending = Send> = {
  event: number;
  ref?: Json;
  messageId?: string;
  destination: number;
  destinationId: string;
  warnings?: Warning[];
} & (Sending | Drop | Fail);

export interface TransformerOptions {
  registry: Registry;
  /** Told when a destination's code throws, which is a defect of that code; the pair is a `fail` `MAPPER_ERROR`. */
  onMapperError?: (error: unknown, destination: string) => void;
}

/** Turns group events into the requests that destinations expect; pure but for its cache of bound configs. */
export class Transformer {
  readonly #registry: Registry;
  readonly #onMapperError: NonNullable<TransformerOptions['onMapperError']>;
  readonly #binder = new Binder();

  constructor({ registry, onMapperError = () => undefined }: TransformerOptions) {
    this.#registry = registry;
    this.#onMapperError = onMapperError;
  }

  /**
   * @param now the current time, for destinations that send it
   * @returns one result per (event, target) pair, events outermost
   */
  transform(events: readonly IncomingEvent[], targets: readonly Target[], now: Date): Result[] {
    return this.#mapPairs(events, targets, now, ({ requests }) => ({
      outcome: 'send',
      requests: requests.map(({ request }) => request),
    }));
  }

  /** The same with the requests merged, as far as each destination allows, into batches that the results point to. */
  transformInBatches(events: readonly IncomingEvent[], targets: readonly Target[], now: Date): BatchedResults {
    const sends = targets.map((): { result: number; requests: PlacedRequest[]; batches: number[] }[] => []);
    const results = this.#mapPairs(events, targets, now, ({ requests }, destination, result): SendInBatches => {
      const batches: number[] = [];
      sends[destination]?.push({ result, requests, batches });
      return { outcome: 'send', batches };
    });
    const batches: ResultBatch[] = [];
    for (const [destination, ofTarget] of sends.entries()) {
      for (const { request, events: members } of shipmentsOf(ofTarget).flatMap((shipment) => shipment.batches)) {
        const merged = members.flatMap((member) => ofTarget[member] ?? []);
        for (const send of merged) send.batches.push(batches.length);
        batches.push({ destination, request, results: merged.map(({ result }) => result) });
      }
    }
    return { results, batches };
  }

  #mapPairs<Sending>(
    events: readonly IncomingEvent[],
    targets: readonly Target[],
    now: Date,
    toSend: (mapped: Mapped<Request>, destination: number, result: number) => Sending,
  ): Result<Sending>[] {
    const prepared = targets.map((target) => ({ target, map: this.prepare(target) }));
    const results: Result<Sending>[] = [];
    for (const [event, incoming] of events.entries()) {
      const read = incoming.rejected ?? readEvent(incoming.payload);
      const messageId = messageIdOf(incoming.payload);
      for (const [destination, { target, map }] of prepared.entries()) {
        const warnings: Warning[] = [];
        const mapped = map(read, now, warnings);
        const outcome = mapped.outcome === 'send' ? toSend(mapped, destination, results.length) : mapped;
        const result: Result<Sending> = { event, destination, destinationId: target.id, ...outcome };
        if (incoming.ref !== undefined) result.ref = incoming.ref;
        if (messageId !== undefined) result.messageId = messageId;
        if (warnings.length > 0) result.warnings = warnings;
        results.push(result);
      }
    }
    return results;
  }

  /** Looks up a target once, for callers that bring it with every event. */
  prepare(target: Target): PairMapper<Request> {
    return this.#prepare(target, (bound) => bound);
  }

  /** The same for a pipeline that is handed a literal of its own where the destination declares one. */
  prepareStream(target: Target): PairMapper<Request | Stream> {
    return this.#prepare<Request | Stream>(target, (bound) => bound.stream ?? bound);
  }

  #prepare<Sent>(target: Target, mapperOf: (bound: Bound) => Mapper<Sent>): PairMapper<Sent> {
    const destination = this.#registry.get(target.name);
    if (destination === undefined)
      return always(fail('DESTINATION_UNKNOWN', `no destination is named "${target.name}"`));
    if (!target.enabled) return always(drop('DESTINATION_DISABLED', `${target.id} is disabled`));
    return this.#pairMapper(destination, target, mapperOf);
  }

  #pairMapper<Sent>(
    destination: Destination,
    { config, consent, isGated }: Target,
    mapperOf: (bound: Bound) => Mapper<Sent>,
  ): PairMapper<Sent> {
    const names = namesOf(destination);
    let bound: Bound | Fail | undefined;
    return (read, now, warnings) => {
      if (!(read instanceof GroupEvent)) return read;
      if (isRejecting(destination)) return drop('GROUP_NOT_SUPPORTED', destination.reason);

      const refusal = consent && findRefusal(read.payload, consent);
      if (refusal !== undefined) return drop('CONSENT_DENIED', describeRefusal(refusal));
      const warn = warnInto(warnings);
      const gate = readIntegrations(read.payload.integrations, names, warn);
      if (gate.refusedBy !== undefined && isGated !== true) {
        return drop('INTEGRATION_OFF', `integrations.${gate.refusedBy} is false`);
      }

      try {
        bound ??= this.#binder.bind(destination, config);
        if ('outcome' in bound) return bound;
        warnOfEvent(read, bound, warn);
        const input = { event: read, options: gate.options, now, warn };
        const requests = mapEvent(destination, mapperOf(bound), input);
        if (requests.length > 0) return { outcome: 'send', requests };
        return drop('NOTHING_TO_SEND', `the event has nothing that ${destination.title} would be sent`);
      } catch (error) {
        if (error instanceof MappingFailure) return error.outcome;
        this.#onMapperError(error, destination.name);
        return fail('MAPPER_ERROR', `the code of ${destination.name} failed on this event`);
      }
    };
  }
}

/** Maps an event that has been let through, once per group id unless the destination takes the whole list. */
export function mapEvent<Sent>(
  { groups }: SendingDestination,
  mapper: Mapper<Sent>,
  { event, options, now, warn }: Omit<MapInput, 'groupId'>,
): PlacedRequest<Sent>[] {
  const requests: PlacedRequest<Sent>[] = [];
  const ids = groups === 'each' && mapper.readsGroupId ? event.groupIds : [];
  if (ids.length === 0) mapper.map({ event, groupId: undefined, options, now, warn }, requests);
  for (const groupId of ids) mapper.map({ event, groupId, options, now, warn }, requests);
  return requests;
}

/**
 * Maps what `readEvent` yields to the outcome for one target.
 * @param warnings gets what the mapper tried and could not use
 */
export type PairMapper<Sent> = (
  read: GroupEvent | Drop | Fail,
  now: Date,
  warnings: Warning[],
) => Mapped<Sent> | Drop | Fail;

function describeRefusal({ category, path }: Refusal): string {
  return category === undefined ? `${path} refuses` : `consent for the category "${category}" is refused in ${path}`;
}

/** Warns of what is odd about the event itself, as far as the destination reads it. */
function warnOfEvent(event: GroupEvent, { lineage }: Bound, warn: Warn): void {
  if (event.traitsAreFromContext) {
    warn('TRAITS_FROM_CONTEXT', 'context.traits', 'context.traits is taken for the traits of the group');
  }
  for (const { path, kind } of event.malformed) {
    const places = lineage.flatMap(({ from }) => from).flatMap(placesOf);
    if (places.some((place) => place === path || place.startsWith(`${path}.`) || place === 'event.*')) {
      warn('FIELD_MALFORMED', path, `${path} is not ${kind} and is ignored`);
    }
  }
}

function always(outcome: Drop | Fail): PairMapper<never> {
  return () => outcome;
}

/** Takes each warning once: a list of group ids maps the same event several times. */
function warnInto(warnings: Warning[]): Warn {
  return (code, path, message) => {
    if (!warnings.some((seen) => seen.path === path && seen.code === code && seen.message === message)) {
      warnings.push({ code, path, message });
    }
  };
}

/** Reads any JSON as a group event, or says why it is none. */
export function readEvent(payload: unknown): GroupEvent | Drop | Fail {
  if (!isJsonObject(payload)) {
    const what = payload === null ? 'null' : Array.isArray(payload) ? 'a list' : `a ${typeof payload}`;
    return fail('EVENT_INVALID', `the event is ${what}, not an object`, 'event');
  }
  const misshapen = checkShape(payload, 'event');
  if (misshapen !== undefined) return misshapen;

  const { type } = payload;
  if (typeof type === 'string' && type.toLowerCase() === 'group') return new GroupEvent(payload);
  if (type === undefined || type === null) return drop('NOT_A_GROUP_EVENT', 'the event has no type');
  return drop('NOT_A_GROUP_EVENT', `the event is of type ${JSON.stringify(type).slice(0, 100)}, not group`);
}

function messageIdOf(payload: unknown): string | undefined {
  const id = isJsonObject(payload) ? payload.messageId : undefined;
  return typeof id === 'string' ? id : undefined;
}
