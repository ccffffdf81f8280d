import type { z } from 'zod';
import type { Conversation, Effect } from './dialogue.ts';
import type { GroupEvent, Warn } from './event.ts';
import type { Options } from './integrations.ts';
import type { LineageRow, Trace } from './lineage.ts';
import type { Auth, Request } from './outcome.ts';

/** Marks a value as a destination's definition, whichever copy of the kit made it. */
export const DEFINITION = Symbol.for('group-transformer.definition');

/** A place of a definition that yields requests, under one config; lineage has their fields. */
export interface RequestOutline {
  /** Absent, as is `url`, where only code knows. */
  method?: string;
  /** What comes from the event stands in braces: `https://api.acme.example/companies/{groupId}`. */
  url?: string;
  /** Whether there is one for each element of a list. */
  isRepeated?: true;
  /** The step of a dialogue that it is. */
  step?: { name: string; effect: Effect };
  batch?: BatchRule;
  /** What is left to whoever sends it. */
  auth?: Auth['type'];
}

/** A condition on which an event is failed or warned of. */
export interface RuleOutline {
  effect: 'need' | 'refuse' | 'warn';
  /** The event fields that the condition reads. */
  from: readonly string[];
  message?: string;
}

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

/** How requests of several events may become one, which differs from each of them in one list only. */
export interface BatchRule {
  /** The most elements that the list may have. */
  items: number;
  /** The most bytes that the whole body may have. */
  bytes: number;
  /** The way to the list, as `body.json.companies` of a request. */
  at: string;
  /** The way to a value that no two elements of a batch may share. */
  uniqueBy?: string;
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

/**
 * Host names that requests may go to, `*` being one label; or the config field that holds the URL, and those of its hosts
 * that are the vendor's own.
 */
export type Hosts<Field extends string = string> =
  readonly string[] | { readonly fromConfig: Field; readonly known?: readonly string[] };

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
