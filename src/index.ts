/** Group Transformer as a library: the service's answers, without the service. */
import type { BatchedResults, Result } from './contract/results.ts';
import type { Destination } from './contract/envelope.ts';
import type { PoliciesByDestination } from './contract/policy.ts';
import type { Description, Summary } from './contract/descriptions.ts';
import { describe, summarize } from './core/describe.ts';
import { readDestinations, readItem } from './wire/native/envelope.ts';
import { type Json } from './core/json.ts';
import { parseUtf8 } from './wire/parse.ts';
import { fail } from './core/outcome.ts';
import type { Registry } from './core/registry.ts';
import { leaveToService, toBatchedResults, toResults } from './wire/native/results.ts';
import { merging, Transformer as Core } from './core/transform.ts';
import { Problem } from './wire/problem.ts';
import { bindTargets, type IncomingEvent } from './wire/native/pairs.ts';
import { readSdkBatch } from './wire/native/sdk-batch.ts';
import { loadRegistry } from './loader/load.ts';
import { parsePolicies } from './loader/policies.ts';

export type { DropCode, FailCode, ProblemCode, WarningCode } from './contract/codes.ts';
export type { Capabilities, Description, Summary } from './contract/descriptions.ts';
export type { ExplainedField, Explanation } from './contract/lineage.ts';
export type { Auth, Body, FormValue, Request } from './contract/requests.ts';
export type {
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

/** A destination, as in the body of `POST /transform`. */
export interface DestinationCall extends Destination {
  config?: object;
  delivery?: object;
}

export interface TransformOptions {
  /** The current time for destinations; defaults to the system clock. */
  now?: Date;
  /** Whether results explain where every field comes from. */
  explain?: boolean;
}

export interface TransformerOptions {
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
 * Loads all destinations.
 * @throws {Error} with the file, if a destination is invalid or clashes with another; with the place, if a policy is
 * invalid
 */
export async function createTransformer({
  folders = [],
  policies = {},
  onMapperError,
}: TransformerOptions = {}): Promise<Transformer> {
  const parsed = parsePolicies(policies, 'policies');
  return new Transformer(await loadRegistry(folders), parsed, onMapperError);
}

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
    return toResults(this.#map(events, destinations, options), leaveToService);
  }

  /** The same, with the requests of several events merged if the vendor supports it. */
  transformInBatches(
    events: readonly object[] | SdkBatch,
    destinations: readonly DestinationCall[],
    options: TransformOptions = {},
  ): BatchedResults {
    const { results, batches } = toBatchedResults(this.#map(events, destinations, options, true), leaveToService);
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
    { now = new Date(), explain = false }: TransformOptions,
    inBatches = false,
  ) {
    const targets = readDestinations({ destinations });
    const mapEvent = bindTargets(this.#core, inBatches ? targets.map(merging) : targets);
    const incoming = 'sdkBatch' in events ? readBatch(events) : events.map(readEvent);
    return incoming.flatMap((event, index) => mapEvent(event, index, { now, explain }));
  }
}

export type { Transformer };

function readBatch({ sdkBatch }: SdkBatch): IncomingEvent[] {
  const written = parsed(sdkBatch);
  if (written === undefined) throw new Problem('ENVELOPE_INVALID', 'sdkBatch cannot be written as JSON', 'sdkBatch');
  return readSdkBatch(written.value, written.byteLength);
}

function readEvent(event: object): IncomingEvent {
  const written = parsed(event);
  if (written !== undefined) return readItem(written.value, written.byteLength);
  return { payload: undefined, rejected: fail('EVENT_INVALID', 'the event cannot be written as JSON', 'event') };
}

/** A value as its JSON text reads it; undefined if it has none. */
function parsed(value: object): { value: Json; byteLength: number } | undefined {
  try {
    const bytes = Buffer.from(JSON.stringify(value));
    return { value: parseUtf8(bytes), byteLength: bytes.length };
  } catch {
    return undefined;
  }
}
