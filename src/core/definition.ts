import type { z } from 'zod';

import type { BatchOutline, Hosts, RequestOutline, RuleOutline } from '../contract/descriptions.ts';
import type { LineageRow } from '../contract/lineage.ts';
import type { Request } from '../contract/requests.ts';
import type { GroupPlace } from './carried.ts';
import type { Conversation } from './dialogue.ts';
import type { GroupEvent } from './event.ts';
import type { Options } from './integrations.ts';
import type { Trace } from './lineage.ts';
import type { Warn } from './warnings.ts';

/** Marks a value as a definition, whichever copy of the kit made it. */
export const DEFINITION = Symbol.for('group-transformer.definition');

/** The output of one pair, counted against its budget as it grows. */
export interface Output {
  readonly requests: IndexedRequest[];
  /** @throws {MappingFailure} EVENT_TOO_MANY_REQUESTS or OUTPUT_TOO_LARGE */
  push(request: IndexedRequest): void;
  /**
   * Counts a field that is written on the way to a request. Little of it may remain in the end.
   * @throws {MappingFailure} OUTPUT_TOO_LARGE
   */
  write(key: string): void;
}

/** One event on its way to one destination. */
export interface MapInput {
  event: GroupEvent;
  /** The event's options for this destination. */
  options: Options | undefined;
  now: Date;
  warn: Warn;
  conversation: Conversation;
  /** Collects the requests, and counts them. */
  output: Output;
  /** The secrets of the config, in the order of its `SecretValue`s. */
  secrets: readonly string[];
  /** What `Compiled.insert` made of them. */
  inserted: readonly unknown[];
  /** Records where values come from, if the destination was compiled to trace. */
  trace: Trace | undefined;
}

/** How requests of several events may become one. */
export interface BatchRule extends BatchOutline {
  /** The maximum number of elements; `Infinity` for no limit, which is `null` in JSON. */
  items: number;
}

/** A request, and how it may merge with those of other events. */
export interface IndexedRequest<Sent = Request | Stream> {
  /** Its position among the requests of the definition. */
  index: number;
  request: Sent;
  batch?: BatchRule;
}

/** What a pipeline gets if it delivers by other means than HTTP. */
export interface Stream {
  rudder: unknown;
}

/** Marks a config value as a secret, whichever copy of the kit made it. */
export const SECRET = Symbol.for('group-transformer.secret');

/** A secret in a parsed config. Compiled code refers to it by position, and never holds its text. */
export interface SecretValue {
  readonly [SECRET]: string;
  /** Its prefix, if that decides what is sent. The prefix is not secret. */
  readonly prefix: string | undefined;
}

export interface CompileOptions {
  /** Whether a pipeline gets the output. If the definition has a `stream`, that is compiled. */
  isForPipeline: boolean;
  /**
   * Whether requests are merged with those of other events. Requests with another form for batches are compiled in that
   * form.
   */
  inBatches: boolean;
  /** Whether each mapping records where values come from. */
  isTraced: boolean;
}

/**
 * A destination with a config but without its secrets, ready to map events. Configs that differ only in secrets share
 * it.
 */
export interface Compiled {
  /** Which event fields feed which request field. Rows of secrets have no value here. */
  readonly lineage: readonly LineageRow[];
  /** The same rows, with the values made from secrets. */
  readonly lineageWith: (inserted: readonly unknown[]) => readonly LineageRow[];
  /** An outline of the definition's requests, in order. */
  readonly requests: readonly RequestOutline[];
  readonly rules: readonly RuleOutline[];
  /** Whether the requests depend on the group id, so that each id of a list gets its own. */
  readonly readsGroupId: boolean;
  /** The places in each request that something of the group feeds. */
  readonly groupPlaces: readonly (readonly GroupPlace[])[];
  /**
   * Prepares what depends on secrets alone, once per config.
   * @throws {ConfigError} if a secret has characters that its place cannot carry, such as in a header
   */
  readonly insert: (secrets: readonly string[]) => readonly unknown[];
  /**
   * Builds the requests for one event, and hands them to `input.output`.
   * @param groupId the current id; undefined if the event has none, or if the destination reads the whole list
   * @throws {MappingFailure} if the destination cannot get this event
   */
  readonly map: (input: MapInput, groupId: string | undefined) => void;
}

/** Whether requests of several events may merge. */
export const mayBatch = ({ requests }: Pick<Compiled, 'requests'>) => requests.some(({ batch }) => batch !== undefined);

/** Whether the vendor may have to be asked first. */
export const hasDialogue = ({ requests }: Pick<Compiled, 'requests'>) =>
  requests.some(({ step }) => step !== undefined);

interface Described {
  readonly [DEFINITION]: true;
  /** In kebab-case; also the name of its folder. */
  readonly name: string;
  readonly title: string;
  /** The vendor's documentation of the call. */
  readonly docs: string;
  /** Other names of the destination in events and calls, in any case. */
  readonly aliases: readonly string[];
}

/** A destination whose vendor takes no group events. */
export interface RejectingDestination extends Described {
  /** Why the vendor takes no groups, and what it takes instead. */
  readonly reason: string;
}

/** A destination that receives requests. */
export interface SendingDestination extends Described {
  readonly config: z.ZodType;
  /** One valid config per mode. */
  readonly examples: Readonly<Record<string, unknown>>;
  /** Credentials that come with each call, such as an OAuth token. Absent if it needs none. */
  readonly delivery?: z.ZodType | undefined;
  readonly deliveryExample?: unknown;
  /** Defaults for native callers. Pipelines never get them, so stored configs keep their behavior. */
  readonly nativeDefaults?: Readonly<Record<string, unknown>>;
  /** Why events from pipelines are dropped although the vendor takes groups. Absent if they are not. */
  readonly rejectsPipelines?: string;
  readonly hosts: Hosts;
  /** `each`: one set of requests per group id. `list`: the mapper reads all ids itself. */
  readonly groups: 'each' | 'list';
  /**
   * Compiles the definition for a parsed config.
   * @throws {ConfigError} if the config turns out to be unusable
   */
  compile(config: unknown, delivery: unknown, options: CompileOptions): Compiled;
}

export type Destination = SendingDestination | RejectingDestination;

export function isRejecting(destination: Destination): destination is RejectingDestination {
  return 'reason' in destination;
}

/** The known hosts of a vendor. */
export function hostsOf({ hosts }: Pick<SendingDestination, 'hosts'>): readonly string[] {
  return 'fromConfig' in hosts ? (hosts.known ?? []) : hosts;
}
