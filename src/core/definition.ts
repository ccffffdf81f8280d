import type { z } from 'zod';
import type { BatchOutline, Hosts, RequestOutline, RuleOutline } from '../contract/descriptions.ts';
import type { Conversation } from './dialogue.ts';
import type { GroupEvent, Warn } from './event.ts';
import type { Options } from './integrations.ts';
import type { LineageRow } from '../contract/lineage.ts';
import type { Trace } from './lineage.ts';
import type { Request } from '../contract/requests.ts';

/** Marks a value as a destination's definition, whichever copy of the kit made it. */
export const DEFINITION = Symbol.for('group-transformer.definition');

/** One event on its way to one destination. */
export interface MapInput {
  event: GroupEvent;
  /** The group id at hand; undefined when the event has none, or when the destination takes the whole list. */
  groupId: string | undefined;
  /** What the event's integrations say to this destination. */
  options: Options | undefined;
  now: Date;
  warn: Warn;
  conversation: Conversation;
}

/** How requests of several events may become one. */
export interface BatchRule extends BatchOutline {
  /** The most elements that the list may have; `Infinity` if there is no such limit, for which JSON has `null`. */
  items: number;
}

/** A request, its place in the definition, and how it may be merged with those of other events. */
export interface PlacedRequest<Sent = Request> {
  place: number;
  request: Sent;
  batch?: BatchRule;
}

/** What a pipeline is handed where it delivers by other means than HTTP: a literal of its own. */
export interface Stream {
  rudder: unknown;
}

/** Maps events to what is sent for them. */
export interface Mapper<Sent> {
  /** Whether what is sent depends on the group id, so that each id of a list gets its own. */
  readonly readsGroupId: boolean;
  /**
   * Builds the requests for one event, appending to `out`.
   * @throws {MappingFailure} when the destination cannot be sent this event
   */
  map(input: MapInput, out: PlacedRequest<Sent>[]): void;
}

/** A destination with a config: ready to map events. */
export interface Bound extends Mapper<Request> {
  readonly lineage: readonly LineageRow[];
  /** The places of the definition that yield requests, in their order. */
  readonly requests: readonly RequestOutline[];
  readonly rules: readonly RuleOutline[];
  /** Whether requests of several events may become one. */
  readonly mayBatch: boolean;
  /** Whether the vendor may have to be asked first. */
  readonly hasDialogue: boolean;
  /** The same for a pipeline that delivers by other means than HTTP; absent where it does not. */
  readonly stream?: Mapper<Stream>;
}

interface Described {
  readonly [DEFINITION]: true;
  /** Kebab-case; the name of its folder. */
  readonly name: string;
  readonly title: string;
  /** The vendor's page about the call. */
  readonly docs: string;
  /** Further names under which events and callers know the destination, in any case. */
  readonly aliases: readonly string[];
}

/** A destination whose vendor takes no group events. */
export interface RejectingDestination extends Described {
  /** Why the vendor takes no groups, and what it takes instead. */
  readonly reason: string;
}

/** A destination that is sent requests. */
export interface SendingDestination extends Described {
  readonly config: z.ZodType;
  /** One valid config per mode. */
  readonly examples: Readonly<Record<string, unknown>>;
  /** What comes with each call instead of with the config, such as an OAuth token; absent where nothing does. */
  readonly delivery?: z.ZodType | undefined;
  readonly deliveryExample?: unknown;
  readonly hosts: Hosts;
  /** `each`: one set of requests per group id. `list`: the mapper reads all ids itself. */
  readonly groups: 'each' | 'list';
  /**
   * @param trace is told where values come from while one event is mapped; without it, nothing is told
   * @throws {ConfigError} when the parsed config cannot be used after all
   */
  bind(config: unknown, delivery: unknown, trace?: Trace): Bound;
}

export type Destination = SendingDestination | RejectingDestination;

export function isRejecting(destination: Destination): destination is RejectingDestination {
  return 'reason' in destination;
}
