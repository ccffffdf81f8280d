/**
 * Group Transformer as a library: what the service answers, without the service.
 */
import type { BatchedResults, Result } from './contract/results.ts';
import type { Destination } from './contract/envelope.ts';
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
export type { Json };

/** A group event as SDKs send it. What else it has, `request_ip` for one, is read as well. */
export interface GroupEvent {
  type: 'group';
  messageId?: string;
  groupId?: string | number | readonly (string | number)[];
  userId?: string | number;
  anonymousId?: string | number;
  /** When it happened, in ISO 8601. */
  timestamp?: string | Date;
  /** What is known of the group. */
  traits?: object;
  /** What is known of the circumstances; `context.traits` are the person's. */
  context?: object;
  /** Which destinations get the event, and their options. */
  integrations?: object;
}

/** The body of an SDK's call as it was sent, whose `batch` are the events. */
export interface SdkBatch {
  sdkBatch: object;
}

/** A destination, as in the body of `POST /transform`. */
export interface DestinationCall extends Destination {
  config?: object;
  delivery?: object;
}

export interface TransformOptions {
  /** The time that destinations are told; the current time if absent. */
  now?: Date;
  /** Whether results tell where every field comes from. */
  explain?: boolean;
}

export interface TransformerOptions {
  /** Folders of further destinations, each with one per subfolder, as in `DESTINATIONS_PATH`. */
  folders?: readonly string[];
  /** Told when a destination's code throws, which is a defect of that code; the result is a `fail` `MAPPER_ERROR`. */
  onMapperError?: (error: unknown, destination: string) => void;
}

/**
 * Loads all destinations.
 * @throws {Error} naming the file, where a destination of a folder is not valid or clashes with another
 */
export async function createTransformer({
  folders = [],
  onMapperError,
}: TransformerOptions = {}): Promise<Transformer> {
  return new Transformer(await loadRegistry(folders), onMapperError);
}

/** Turns group events into the requests that destinations expect; made by `createTransformer`. */
class Transformer {
  readonly #registry: Registry;
  readonly #core: Core;

  constructor(registry: Registry, onMapperError: TransformerOptions['onMapperError']) {
    this.#registry = registry;
    this.#core = new Core({ registry, ...(onMapperError && { onMapperError }) });
  }

  /**
   * Gives one result per event and destination, events outermost. No event spoils another, whatever it is.
   * @param events each a `GroupEvent`, or `{ event, ref }` for a `ref` that comes back with its results. They are read as
   *   `JSON.stringify` writes them, and left as they are. Or the body of an SDK's call, as `{ sdkBatch }`.
   * @throws {Problem} `ENVELOPE_INVALID`, where destinations or the body are not what they should be
   */
  transform(
    events: readonly object[] | SdkBatch,
    destinations: readonly DestinationCall[],
    options: TransformOptions = {},
  ): Result[] {
    return toResults(this.#map(events, destinations, options), leaveToService);
  }

  /** The same, with the requests of several events merged wherever a vendor takes them so. */
  transformInBatches(
    events: readonly object[] | SdkBatch,
    destinations: readonly DestinationCall[],
    options: TransformOptions = {},
  ): BatchedResults {
    const { results, batches } = toBatchedResults(this.#map(events, destinations, options, true), leaveToService);
    return { results, batches };
  }

  /** Every destination in short, as `GET /destinations` gives them. */
  destinations(): Summary[] {
    return this.#registry.destinations.map(summarize);
  }

  /** Everything that is known about a destination by its name, title or alias; undefined if there is none. */
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

/** A value as its JSON text has it; undefined where it has none. */
function parsed(value: object): { value: Json; byteLength: number } | undefined {
  try {
    const bytes = Buffer.from(JSON.stringify(value));
    return { value: parseUtf8(bytes), byteLength: bytes.length };
  } catch {
    return undefined;
  }
}
