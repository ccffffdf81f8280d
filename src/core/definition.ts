import type { z } from 'zod';
import type { BatchOutline, Hosts, RequestOutline, RuleOutline } from '../contract/descriptions.ts';
import type { GroupPlace } from './carried.ts';
import type { Conversation } from './dialogue.ts';
import type { GroupEvent } from './event.ts';
import type { Options } from './integrations.ts';
import type { LineageRow } from '../contract/lineage.ts';
import type { Trace } from './lineage.ts';
import type { Request } from '../contract/requests.ts';
import type { Warn } from './warnings.ts';

/** Marks a value as a destination's definition, whichever copy of the kit made it. */
export const DEFINITION = Symbol.for('group-transformer.definition');

/** What is emitted for one pair, counted against its budget while it is made. */
export interface Output {
  readonly requests: IndexedRequest[];
  /** @throws {MappingFailure} EVENT_TOO_MANY_REQUESTS or OUTPUT_TOO_LARGE */
  push(request: IndexedRequest): void;
  /**
   * Counts a field that is written on the way to a request; it may be that little is left of it in the end.
   * @throws {MappingFailure} OUTPUT_TOO_LARGE
   */
  write(key: string): void;
}

/** One event on its way to one destination. */
export interface MapInput {
  event: GroupEvent;
  /** What the event's integrations say to this destination. */
  options: Options | undefined;
  now: Date;
  warn: Warn;
  conversation: Conversation;
  /** Takes the requests, and counts what is made. */
  output: Output;
  /** The texts of the config's secrets, in the order of `SecretValue`s in it. */
  secrets: readonly string[];
  /** What `Compiled.insert` has made of them. */
  inserted: readonly unknown[];
  /** Told where values come from, by what was compiled to tell. */
  trace: Trace | undefined;
}

/** How requests of several events may become one. */
export interface BatchRule extends BatchOutline {
  /** The most elements that the list may have; `Infinity` if there is no such limit, for which JSON has `null`. */
  items: number;
}

/** A request, and how it may be merged with those of other events. */
export interface IndexedRequest<Sent = Request | Stream> {
  /** Its position among the requests of the definition. */
  index: number;
  request: Sent;
  batch?: BatchRule;
}

/** What a pipeline is handed where it delivers by other means than HTTP: a literal of its own. */
export interface Stream {
  rudder: unknown;
}

/** Marks a config value that is a secret, whichever copy of the kit made it. */
export const SECRET = Symbol.for('group-transformer.secret');

/** A secret in a parsed config. What is compiled refers to it by its position, and never holds its text. */
export interface SecretValue {
  readonly [SECRET]: string;
  /** How it begins, where that decides what is sent; part of the config that is not secret. */
  readonly prefix: string | undefined;
}

export interface CompileOptions {
  /** Whether a pipeline gets what is mapped: then the definition's `stream` is compiled, where it has one. */
  isForPipeline: boolean;
  /** Whether requests are merged with those of other events: those that have another form for that are compiled in it. */
  inBatches: boolean;
  /** Whether the trace of each mapping is told where values come from. */
  isTraced: boolean;
}

/** A destination with a config but without its secrets: ready to map events. Configs that differ in secrets share it. */
export interface Compiled {
  /** What feeds which field; rows of secrets have no value here. */
  readonly lineage: readonly LineageRow[];
  /** The same rows with the values that were made of secrets. */
  readonly lineageWith: (inserted: readonly unknown[]) => readonly LineageRow[];
  /** What the definition's requests look like, in their order. */
  readonly requests: readonly RequestOutline[];
  readonly rules: readonly RuleOutline[];
  /** Whether what is sent depends on the group id, so that each id of a list gets its own. */
  readonly readsGroupId: boolean;
  /** The places in each request that something of the group feeds. */
  readonly groupPlaces: readonly (readonly GroupPlace[])[];
  /**
   * Makes what depends on secrets alone, once per config.
   * @throws {ConfigError} when a secret cannot stand where it must, such as in a header
   */
  readonly insert: (secrets: readonly string[]) => readonly unknown[];
  /**
   * Builds the requests for one event, handing them to `input.output`.
   * @param groupId the one at hand; undefined when the event has none, or when the destination takes the whole list
   * @throws {MappingFailure} when the destination cannot be sent this event
   */
  readonly map: (input: MapInput, groupId: string | undefined) => void;
}

/** Whether requests of several events may become one. */
export const mayBatch = ({ requests }: Pick<Compiled, 'requests'>) => requests.some(({ batch }) => batch !== undefined);

/** Whether the vendor may have to be asked first. */
export const hasDialogue = ({ requests }: Pick<Compiled, 'requests'>) =>
  requests.some(({ step }) => step !== undefined);

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
  /** Settings of callers that give none of their own; pipelines never get them, so stored configs behave as before. */
  readonly nativeDefaults?: Readonly<Record<string, unknown>>;
  /** Why a pipeline's events are dropped although the vendor takes groups; absent where they are not. */
  readonly rejectsPipelines?: string;
  readonly hosts: Hosts;
  /** `each`: one set of requests per group id. `list`: the mapper reads all ids itself. */
  readonly groups: 'each' | 'list';
  /**
   * Compiles the definition for a parsed config.
   * @throws {ConfigError} when the config cannot be used after all
   */
  compile(config: unknown, delivery: unknown, options: CompileOptions): Compiled;
}

export type Destination = SendingDestination | RejectingDestination;

export function isRejecting(destination: Destination): destination is RejectingDestination {
  return 'reason' in destination;
}

/** The hosts that are known to be a vendor's own. */
export function hostsOf({ hosts }: Pick<SendingDestination, 'hosts'>): readonly string[] {
  return 'fromConfig' in hosts ? (hosts.known ?? []) : hosts;
}
