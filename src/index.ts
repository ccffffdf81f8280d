/** Group Transformer as a library: the service's answers, without the service. */
import { createRequire } from 'node:module';

import _ from 'lodash';

import type { BuiltInConfigs, RejectingName } from './configs.ts';
import type { Description, Summary } from './contract/descriptions.ts';
import type { Answer, Ask } from './contract/dialogue.ts';
import type { Destination, Resume } from './contract/envelope.ts';
import type { PoliciesByDestination } from './contract/policy.ts';
import type { AskOutcome, BatchedResults, Result, Send } from './contract/results.ts';
import { describe, summarize } from './core/describe.ts';
import { isJsonObject, type Json } from './core/json.ts';
import { eventLimits } from './core/limits.ts';
import { fail } from './core/outcome.ts';
import type { Registry } from './core/registry.ts';
import { merging, Transformer as Core } from './core/transform.ts';
import { loadRegistry } from './loader/load.ts';
import { parsePolicies } from './loader/policies.ts';
import { mapperOf } from './wire/native/answer.ts';
import { isWrapped, readDestinations, readItem, readResume, type Resumed } from './wire/native/envelope.ts';
import { bindTargets, type IncomingEvent } from './wire/native/pairs.ts';
import { handOver, leaveToAsk, toBatchedResults, toResults } from './wire/native/results.ts';
import { readSdkBatch } from './wire/native/sdk-batch.ts';
import { type Parsed, parseUtf8 } from './wire/parse.ts';
import { Problem } from './wire/problem.ts';

export type { DropCode, FailCode, ProblemCode, WarningCode } from './contract/codes.ts';
export type { Capabilities, Description, Summary } from './contract/descriptions.ts';
export type { ExplainedField, Explanation } from './contract/lineage.ts';
export type { Auth, Body, FormValue, Request } from './contract/requests.ts';
export type { Answer, Ask, Resume };
export type {
  AskOutcome,
  BatchedResults,
  Drop,
  Fail,
  Result,
  ResultBatch,
  Send,
  SendInBatches,
  Warning,
} from './contract/results.ts';
export { Problem };
export type { ConsentRule } from './contract/envelope.ts';
export type { PoliciesByDestination, PolicyRules } from './contract/policy.ts';
export type { Json };

/** A group event as SDKs send it. Other fields, such as `request_ip`, are read too. */
export interface GroupEvent {
  type: 'group';
  messageId?: string;
  groupId?: string | number | readonly (string | number)[];
  userId?: string | number;
  anonymousId?: string | number;
  /** When the event happened, in ISO 8601. */
  timestamp?: string | Date;
  /** What describes the group. */
  traits?: object;
  /** The circumstances of the event. `context.traits` describes the person. */
  context?: object;
  /** Which destinations get the event, and options for them. */
  integrations?: object;
}

/** The unchanged body of an SDK's call. Its `batch` holds the events. */
export interface SdkBatch {
  sdkBatch: object;
}

/**
 * The config of each destination, by its name. Add your own destinations to it:
 * @example
 * declare module 'group-transformer' {
 *   interface DestinationConfigs { 'acme-crm': { apiKey: string } }
 * }
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- others add members
export interface DestinationConfigs extends BuiltInConfigs {}

/** The name of a destination, as `DestinationConfigs` has it; those that take no groups included. */
export type DestinationName = keyof DestinationConfigs | RejectingName;

type CallOf<Name extends string, Config> = Omit<Destination, 'name' | 'config' | 'delivery'> & {
  name: Name;
  /** What comes with each call beside the config, such as a token. */
  delivery?: object;
} & (object extends Config ? { config?: Config } : { config: Config });

/** A destination, as in the body of `POST /transform`, with the config of the one that is named. */
export type DestinationCall =
  | { [Name in keyof DestinationConfigs]: CallOf<Name, DestinationConfigs[Name]> }[keyof DestinationConfigs]
  | CallOf<RejectingName, object>;

export interface TransformOptions {
  /** The current time for destinations; defaults to the system clock. */
  now?: Date;
  /** Whether results explain where every field comes from. */
  explain?: boolean;
}

export interface TransformerOptions {
  /** The names of the destinations to load, which takes less time and memory than all of them. Defaults to all. */
  only?: readonly DestinationName[];
  /** Folders with more destinations, one per subfolder, as in `DESTINATIONS_PATH`. */
  folders?: readonly string[];
  /** Policies by the names or ids of destinations, as in the file that `POLICIES` names. */
  policies?: PoliciesByDestination;
  /**
   * Called when a destination's code throws. That is a bug in that code; the result is a `fail` with `MAPPER_ERROR`.
   */
  onMapperError?: (error: unknown, destination: string) => void;
}

/**
 * Loads destinations.
 * @throws {Error} with the file, if a destination is invalid or clashes with another; with the name in `only` that no
 *   destination has; with the place, if a policy is invalid
 */
export async function createTransformer({
  only,
  folders = [],
  policies = {},
  onMapperError,
}: TransformerOptions = {}): Promise<Transformer> {
  const parsed = parsePolicies(policies, 'policies');
  return new Transformer(await loadRegistry(folders, only), parsed, onMapperError);
}

/** The answers to a dialogue are only valid for the release that asked. */
const { version: release } = createRequire(import.meta.url)('group-transformer/package.json') as { version: string };

/** Turns group events into the requests that destinations expect. Create one with `createTransformer`. */
class Transformer {
  readonly #registry: Registry;
  readonly #core: Core;

  constructor(registry: Registry, policies: PoliciesByDestination, onMapperError: TransformerOptions['onMapperError']) {
    this.#registry = registry;
    this.#core = new Core({ registry, policies, ...(onMapperError && { onMapperError }) });
  }

  /**
   * Returns one result per event and destination, with events in the outer order. An event never affects another one.
   * @param events each a `GroupEvent`, or `{ event, ref }` for a `ref` that is returned with its results. They are read
   * as `JSON.stringify` writes them, and stay unchanged. Or the body of an SDK's call, as `{ sdkBatch }`.
   * @throws {Problem} `ENVELOPE_INVALID` if the destinations or the body are invalid
   */
  transform(
    events: readonly object[] | SdkBatch,
    destinations: readonly DestinationCall[],
    options: TransformOptions = {},
  ): Result[] {
    return toResults(this.#map(events, destinations, options), leaveToAsk);
  }

  /**
   * The same, for vendors that must be asked first: a result with the outcome `ask` lists the calls. Make them, and pass
   * their answers to `resume`.
   */
  ask(
    events: readonly object[] | SdkBatch,
    destinations: readonly DestinationCall[],
    options: TransformOptions = {},
  ): Result<Send | AskOutcome>[] {
    return this.#answer(events, destinations, options);
  }

  /**
   * Resumes dialogues.
   * @param events the events that `ask` got
   * @param destinations the destinations that `ask` got
   * @param dialogues the dialogues to resume, each with all answers so far
   * @returns one result for each dialogue, which may ask again
   * @throws {Problem} `ENVELOPE_INVALID`
   */
  resume(
    events: readonly object[] | SdkBatch,
    destinations: readonly DestinationCall[],
    dialogues: readonly Resume[],
    options: Pick<TransformOptions, 'explain'> = {},
  ): Result<Send | AskOutcome>[] {
    return this.#answer(events, destinations, options, dialogues);
  }

  /** The same, with the requests of several events merged if the vendor supports it. */
  transformInBatches(
    events: readonly object[] | SdkBatch,
    destinations: readonly DestinationCall[],
    options: TransformOptions = {},
  ): BatchedResults {
    const { results, batches } = toBatchedResults(this.#map(events, destinations, options, true), leaveToAsk);
    return { results, batches };
  }

  /** Every destination in brief, like `GET /destinations`. */
  destinations(): Summary[] {
    return this.#registry.destinations.map(summarize);
  }

  /** Everything known about a destination, by its name, title or alias; undefined if there is none. */
  destination(name: string): Description | undefined {
    const destination = this.#registry.get(name);
    return destination && describe(destination);
  }

  #map(
    events: readonly object[] | SdkBatch,
    destinations: readonly DestinationCall[],
    options: TransformOptions,
    inBatches = false,
  ) {
    const { explain = false } = options;
    const now = timeOf(options);
    const targets = readDestinations({ destinations });
    const mapEvent = bindTargets(this.#core, inBatches ? targets.map(merging) : targets);
    return readEvents(events).flatMap((event, index) => mapEvent(event, index, { now, explain }));
  }

  #answer(
    events: readonly object[] | SdkBatch,
    destinations: readonly DestinationCall[],
    options: TransformOptions,
    dialogues?: readonly Resume[],
  ): Result<Send | AskOutcome>[] {
    const incoming = readEvents(events);
    const targets = readDestinations({ destinations });
    const resume: Resumed[] | undefined = dialogues && readResume(dialogues, incoming, targets);
    const settings = { transformer: this.#core, release, now: timeOf(options), explain: options.explain ?? false };
    const { length, pairAt } = mapperOf({ events: incoming, targets, resume }, settings);
    return toResults(_.times(length, pairAt), handOver(release));
  }
}

export type { Transformer };

/** @throws {Problem} ENVELOPE_INVALID */
function timeOf({ now = new Date() }: TransformOptions): Date {
  if (now instanceof Date && !Number.isNaN(now.getTime())) return now;
  throw new Problem('ENVELOPE_INVALID', 'now is not a valid Date', 'now');
}

/** @throws {Problem} ENVELOPE_INVALID */
function readEvents(events: unknown): IncomingEvent[] {
  if (Array.isArray(events)) return events.map(readEvent);
  if (isJsonObject(events) && 'sdkBatch' in events) return readBatch(events.sdkBatch);
  throw new Problem(
    'ENVELOPE_INVALID',
    'events must be a list of events, or { sdkBatch } with the body of a call',
    'events',
  );
}

function readBatch(body: unknown): IncomingEvent[] {
  const read = parsed(body, 'sdkBatch');
  if ('says' in read) throw new Problem('ENVELOPE_INVALID', `${read.path} ${read.says}`, read.path);
  return readSdkBatch(read.value, read.byteLength);
}

function readEvent(event: unknown): IncomingEvent {
  const read = parsed(event, isWrapped(event) ? '' : 'event');
  if (!('says' in read)) return readItem(read.value, read.byteLength);
  return { payload: undefined, rejected: fail('EVENT_INVALID', `${read.path} ${read.says}`, read.path) };
}

/** What is wrong with a value, and where. */
interface Unwritable {
  path: string;
  says: string;
}

/** A value as its JSON text reads it, or why it has none. */
function parsed(value: unknown, path: string): Parsed | Unwritable {
  try {
    const bytes = Buffer.from(JSON.stringify(value));
    return { value: parseUtf8(bytes).value, byteLength: bytes.length };
  } catch (error) {
    const says = `cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`;
    return unwritableIn(value, path) ?? { path, says };
  }
}

/** The first part of a value that JSON can't express. It doesn't look deeper than an event may be nested. */
function unwritableIn(value: unknown, path: string, above: readonly unknown[] = []): Unwritable | undefined {
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') {
    return above.length === 0 ? { path, says: `is ${typeof value}, which JSON does not have` } : undefined;
  }
  if (typeof value === 'bigint') return { path, says: 'is a BigInt, which JSON does not have; give a number or text' };
  if (typeof value !== 'object' || value === null || above.length > eventLimits.depth) return undefined;
  if (above.includes(value)) return { path, says: 'contains itself' };
  for (const [key, part] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const found = unwritableIn(part, place, [...above, value]);
    if (found !== undefined) return found;
  }
  return undefined;
}
