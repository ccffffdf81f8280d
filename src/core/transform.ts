import { bindTraced, Binder } from './bind.ts';
import type { ConsentRule } from '../contract/envelope.ts';
import { findRefusal, type Refusal } from './consent.ts';
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
import { Conversation, Unanswered, type Answers } from './dialogue.ts';
import { GroupEvent, placesOf, type Warn } from './event.ts';
import type { Explanation } from '../contract/lineage.ts';
import { explain, type Outcome } from './explain.ts';
import { readIntegrations } from './integrations.ts';
import { isJsonObject, type Json } from './json.ts';
import { checkShape } from './limits.ts';
import { Trace } from './lineage.ts';
import type { Drop, Fail, Result, Warning } from '../contract/results.ts';
import type { Request } from '../contract/requests.ts';
import { drop, fail, MappingFailure } from './outcome.ts';
import { conceal, secretsIn } from './redact.ts';
import { namesOf, type Registry } from './registry.ts';
import { refuseToAsk, toResults, type Asking, type Mapped, type Pair } from '../wire/native/results.ts';

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
  /** What came with the call for the destination, such as a token. */
  delivery?: unknown;
  enabled: boolean;
  /** Absent where the destination needs no consent. */
  consent?: ConsentRule;
  /** Set by callers that have decided themselves, by the event's integrations, who gets it; options are still read. */
  isGated?: true;
}

export interface TransformerOptions {
  registry: Registry;
  /** Told when a destination's code throws, which is a defect of that code; the pair is a `fail` `MAPPER_ERROR`. */
  onMapperError?: (error: unknown, destination: string) => void;
  /** Whether each result of a pair that was mapped has an explanation. */
  explains?: boolean;
}

/** Turns group events into the requests that destinations expect; pure but for its cache of bound configs. */
export class Transformer {
  readonly #registry: Registry;
  readonly #onMapperError: NonNullable<TransformerOptions['onMapperError']>;
  readonly #explains: boolean;
  readonly #binder = new Binder();

  constructor({ registry, onMapperError = () => undefined, explains = false }: TransformerOptions) {
    this.#registry = registry;
    this.#onMapperError = onMapperError;
    this.#explains = explains;
  }

  /** One result per (event, target) pair, as for a caller that cannot ask vendors. See `map`. */
  transform(events: readonly IncomingEvent[], targets: readonly Target[], now: Date): Result[] {
    return toResults(this.map(events, targets, now), refuseToAsk);
  }

  /**
   * @param now the current time, for destinations that send it
   * @returns what comes of each (event, target) pair, events outermost
   */
  map(events: readonly IncomingEvent[], targets: readonly Target[], now: Date): Pair[] {
    const mapEvent = this.prepareAll(targets);
    return events.flatMap((incoming, event) => mapEvent(incoming, event, now));
  }

  /** Looks targets up once, for callers that have one event after the other for them. */
  prepareAll(targets: readonly Target[]): EventMapper {
    const prepared = targets.map((target) => ({ target, map: this.prepare(target) }));
    return (incoming, event, now) => {
      const read = incoming.rejected ?? readEvent(incoming.payload);
      return prepared.map(({ target, map }, destination) => {
        const notes: Notes = { warnings: [] };
        const mapped = map(read, now, notes);
        return toPair({ event, destination }, incoming, target, { now, mapped, ...notes });
      });
    };
  }

  /**
   * Maps one pair with what its vendor has said so far.
   * @param now the time at which the pair was mapped for the first time
   */
  mapOne(position: Position, incoming: IncomingEvent, target: Target, now: Date, answers: Answers): Pair {
    const notes: Notes = { warnings: [] };
    const read = incoming.rejected ?? readEvent(incoming.payload);
    const mapped = this.prepare(target)(read, now, notes, answers);
    return toPair(position, incoming, target, { now, mapped, ...notes });
  }

  /** The hosts that are known to be a vendor's own: names in which `*` is one label. */
  hostsOf(name: string): readonly string[] {
    const destination = this.#registry.get(name);
    if (destination === undefined || isRejecting(destination)) return [];
    const { hosts } = destination;
    return 'fromConfig' in hosts ? (hosts.known ?? []) : hosts;
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
    target: Target,
    mapperOf: (bound: Bound) => Mapper<Sent>,
  ): PairMapper<Sent> {
    const { config, delivery, consent, isGated } = target;
    const names = namesOf(destination);
    let bound: Bound | Fail | undefined;
    return (read, now, notes, answers) => {
      if (!(read instanceof GroupEvent)) return read;
      if (isRejecting(destination)) return drop('GROUP_NOT_SUPPORTED', destination.reason);

      const refusal = consent && findRefusal(read.payload, consent);
      if (refusal !== undefined) return drop('CONSENT_DENIED', describeRefusal(refusal));
      const warn = warnInto(notes.warnings);
      const gate = readIntegrations(read.payload.integrations, names, warn);
      if (gate.refusedBy !== undefined && isGated !== true) {
        return drop('INTEGRATION_OFF', `integrations.${gate.refusedBy} is false`);
      }

      const conversation = new Conversation(answers);
      const input = { event: read, options: gate.options, now, warn, conversation };
      try {
        bound ??= this.#binder.bind(destination, config, delivery);
      } catch (error) {
        return this.#defect(error, destination, target);
      }
      if ('outcome' in bound) return bound;
      warnOfEvent(read, bound, warn);
      const outcome = this.#outcomeOf(destination, target, mapperOf(bound), input);
      if (this.#explains) {
        const explanation = this.#explain(destination, target, input, outcome);
        if (explanation !== undefined) notes.explain = explanation;
      }
      return outcome;
    };
  }

  #outcomeOf<Sent>(
    destination: SendingDestination,
    target: Target,
    mapper: Mapper<Sent>,
    input: Mapping,
  ): Mapped<Sent> | Asking | Drop | Fail {
    const { conversation } = input;
    try {
      const requests = mapEvent(destination, mapper, input);
      if (conversation.isStale) return stale;
      if (requests.length > 0) return { outcome: 'send', requests };
      if (conversation.isBegun) return drop('ALREADY_DONE', `${destination.title} has all that the event says`);
      return drop('NOTHING_TO_SEND', `the event has nothing that ${destination.title} would be sent`);
    } catch (error) {
      return this.#interrupted(error, destination, target, conversation);
    }
  }

  /** Maps once more with secrets hidden, and tells where what comes of it comes from. */
  #explain(destination: SendingDestination, target: Target, input: Mapping, outcome: Outcome): Explanation | undefined {
    const trace = new Trace();
    const { event, options, now } = input;
    const again = { ...input, warn: () => undefined, conversation: input.conversation.again() };
    try {
      const bound = bindTraced(destination, target.config, target.delivery, trace);
      if ('outcome' in bound) return undefined;
      const requests = mapAgain(destination, bound, again, outcome);
      const asked = again.conversation.requests;
      return explain({ trace, event, options, now, lineage: bound.lineage, outcome, requests, asked });
    } catch (error) {
      this.#defect(error, destination, target);
      return undefined;
    }
  }

  /** What comes of a pair whose mapping did not reach its end. */
  #interrupted(
    error: unknown,
    destination: SendingDestination,
    target: Target,
    conversation: Conversation,
  ): Asking | Fail {
    if (error instanceof Unanswered) return conversation.isStale ? stale : { outcome: 'ask', steps: error.steps };
    const { written } = conversation;
    const failure =
      error instanceof MappingFailure
        ? refusedToken(error.outcome, destination)
        : this.#defect(error, destination, target);
    return written.length > 0 ? { ...failure, written } : failure;
  }

  #defect(error: unknown, { name, ...schemas }: SendingDestination, target: Target): Fail {
    const ofDelivery = schemas.delivery === undefined ? [] : secretsIn(schemas.delivery, target.delivery);
    this.#onMapperError(conceal(error, [...secretsIn(schemas.config, target.config), ...ofDelivery]), name);
    return fail('MAPPER_ERROR', `the code of ${name} failed on this event`);
  }
}

/** A vendor's 401 or 403 is about the token, where one comes with the call. */
function refusedToken(failure: Fail, { delivery }: SendingDestination): Fail {
  const isAboutToken = delivery !== undefined && [401, 403].includes(failure.vendor?.status ?? 0);
  return isAboutToken ? { ...failure, code: 'DELIVERY_REFUSED' } : failure;
}

const stale = fail('ANSWERS_STALE', 'there are answers to what is not asked');

type Mapping = Omit<MapInput, 'groupId'>;

/** Maps an event that has been let through, once per group id unless the destination takes the whole list. */
export function mapEvent<Sent>(
  { groups }: SendingDestination,
  mapper: Mapper<Sent>,
  { event, options, now, warn, conversation }: Mapping,
): PlacedRequest<Sent>[] {
  const requests: PlacedRequest<Sent>[] = [];
  const ids = groups === 'each' && mapper.readsGroupId ? event.groupIds : [];
  if (ids.length === 0) mapper.map({ event, groupId: undefined, options, now, warn, conversation }, requests);
  for (const groupId of ids) mapper.map({ event, groupId, options, now, warn, conversation }, requests);
  return requests;
}

/** What is told of a pair besides its outcome. */
export interface Notes {
  /** What the mapper tried and could not use. */
  warnings: Warning[];
  explain?: Explanation;
}

/** Maps what has been mapped already; what ended that ends it again. */
function mapAgain(destination: SendingDestination, bound: Bound, input: Mapping, { outcome }: Outcome) {
  try {
    return mapEvent(destination, bound, input);
  } catch (error) {
    if (outcome === 'send' || outcome === 'drop') throw error;
    return [];
  }
}

/**
 * Maps what `readEvent` yields to the outcome for one target.
 * @param notes gets what else is to be told
 * @param answers what the vendor has said so far
 */
export type PairMapper<Sent> = (
  read: GroupEvent | Drop | Fail,
  now: Date,
  notes: Notes,
  answers?: Answers,
) => Mapped<Sent> | Asking | Drop | Fail;

/**
 * Maps one event for all targets that were prepared.
 * @param event its position in the input
 */
export type EventMapper = (incoming: IncomingEvent, event: number, now: Date) => Pair[];

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
    if (payload === undefined) return fail('EVENT_INVALID', 'the event is missing', 'event');
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

/** What events must share for their dialogues to be held one after the other: the group. */
export function laneOf(read: GroupEvent | Drop | Fail): string {
  return read instanceof GroupEvent ? read.group : '';
}

type Position = Pick<Pair, 'event' | 'destination'>;

function toPair(
  { event, destination }: Position,
  { payload, ref }: IncomingEvent,
  { id }: Target,
  { now, mapped, warnings, explain }: Pick<Pair, 'now' | 'mapped' | 'warnings' | 'explain'>,
): Pair {
  const pair: Pair = { event, destination, destinationId: id, now, mapped, warnings };
  if (explain !== undefined) pair.explain = explain;
  const messageId = messageIdOf(payload);
  if (ref !== undefined) pair.ref = ref;
  if (messageId !== undefined) pair.messageId = messageId;
  return pair;
}

function messageIdOf(payload: unknown): string | undefined {
  const id = isJsonObject(payload) ? payload.messageId : undefined;
  return typeof id === 'string' ? id : undefined;
}
