import _ from 'lodash';

import type { ConsentRule } from '../contract/envelope.ts';
import type { Explanation, LineageRow } from '../contract/lineage.ts';
import type { PoliciesByDestination, PolicyRules } from '../contract/policy.ts';
import type { Drop, Fail, Warning } from '../contract/results.ts';
import { Binder, type Bound, type BoundConfig } from './bind.ts';
import { carriesGroup } from './carried.ts';
import { findRefusal, type Refusal } from './consent.ts';
import {
  type Compiled,
  type Destination,
  hostsOf,
  type IndexedRequest,
  isRejecting,
  type MapInput,
  type SendingDestination,
} from './definition.ts';
import { type Answers, type AskedStep, Conversation, Unanswered } from './dialogue.ts';
import { GroupEvent, placesOf, type ReadEvent, reservedTraitOf } from './event.ts';
import { explain } from './explain.ts';
import { readIntegrations } from './integrations.ts';
import { mostBytes, type PairBudget, pairBudget, shortenMessage } from './limits.ts';
import { passesOn, Trace } from './lineage.ts';
import { drop, fail, MappingFailure } from './outcome.ts';
import { CountedOutput } from './output.ts';
import { type Governed, Policies } from './policies.ts';
import type { Policy } from './policy.ts';
import { conceal, secretsIn } from './redact.ts';
import { namesOf, type Registry } from './registry.ts';
import { type Warn, Warnings } from './warnings.ts';

/** A destination as the caller names it. */
export interface Target {
  id: string;
  name: string;
  config: unknown;
  /** What came with the call, such as a token. */
  delivery?: unknown;
  enabled: boolean;
  /** Absent if the destination requires no consent. */
  consent?: ConsentRule;
  /** What to withhold from the destination, besides what the transformer's policies withhold. */
  policy?: PolicyRules;
  /**
   * True for pipelines. They have already applied the event's integrations, so only its options are read. They may get a
   * stream instead of requests.
   */
  isForPipeline?: boolean;
  /** True if the requests of several events are merged, for which some requests have another form. */
  inBatches?: boolean;
  /**
   * True if the config was made for one event, as templates with event values do. It stays bound only once it comes
   * again, so that configs that never do leave no trace.
   */
  isPassing?: boolean;
}

/** A target whose requests are merged. */
export const merging = (target: Target): Target => ({ ...target, inBatches: true });

/** The event is sent. */
export interface Sending {
  outcome: 'send';
  requests: IndexedRequest[];
  event: Pick<GroupEvent, 'subject'>;
}

/** The vendor must be asked first. */
export interface Asking {
  outcome: 'ask';
  steps: readonly AskedStep[];
  /** The config, as the unit of counting, throttling and sharing. */
  account: string;
  /** The ids of the groups. Dialogues that share one within a config run one after the other. */
  lanes: readonly string[];
  /** The vendor's known hosts; `*` matches one label. */
  hosts: readonly string[];
  /** Maps the pair again, with the answers so far. */
  resume: (answers: Answers) => Mapping;
}

export type Outcome = Sending | Asking | Drop | Fail;

/** The result of one event for one destination. */
export interface Mapping {
  outcome: Outcome;
  /** What the mapper could not use. */
  warnings: readonly Warning[];
  /** Absent if not requested, or if nothing was mapped. */
  explain?: Explanation;
  /** The maximum size of the requests and the explanation as text, in bytes. Absent if there are none. */
  bytes?: number;
}

export interface MapOptions {
  /** The time at which the pair was first mapped, for destinations that send it. */
  now: Date;
  /** The vendor's answers so far. */
  answers?: Answers;
  /** Whether to explain where every field comes from. */
  explain?: boolean;
}

/** A destination that a caller has named, ready for events. */
export interface BoundTarget {
  /** @param read the result of `readEvent` */
  map: (read: ReadEvent, options: MapOptions) => Mapping;
}

export interface TransformerOptions {
  registry: Registry;
  /** Called when a destination's code throws. That is a bug in that code; the pair fails with `MAPPER_ERROR`. */
  onMapperError?: (error: unknown, destination: string) => void;
  /** Policies by the names or ids of destinations. They hold for every caller. */
  policies?: PoliciesByDestination | undefined;
  /** The budget of one pair, if not the default. */
  budget?: Partial<PairBudget>;
}

/** What all targets of a transformer share. */
interface Shared {
  binder: Binder;
  budget: PairBudget;
  onMapperError: (error: unknown, destination: string) => void;
}

/** Turns group events into the requests that destinations expect. It is pure except for its cache of bound configs. */
export class Transformer {
  readonly #registry: Registry;
  readonly #policies: Policies;
  readonly #shared: Shared;

  constructor({ registry, onMapperError = () => undefined, policies, budget }: TransformerOptions) {
    this.#registry = registry;
    this.#policies = new Policies(registry, policies);
    this.#shared = { binder: new Binder(), budget: { ...pairBudget, ...budget }, onMapperError };
  }

  /** Releases all bound configs and compiled policies. They are made again when needed. */
  release(): void {
    this.#shared.binder.release();
    this.#policies.release();
  }

  /** The policy that each event for a target comes under, or undefined if it has none. */
  policyOf(target: Governed): Policy | undefined {
    return this.#policies.of(target);
  }

  /** Looks a target up, once for all of its events. A fault of the target is the outcome of each event. */
  bind(target: Target): BoundTarget {
    const destination = this.#registry.get(target.name);
    if (destination === undefined)
      return always(fail('DESTINATION_UNKNOWN', shortenMessage(`no destination is named "${target.name}"`)));
    if (!target.enabled) return always(drop('DESTINATION_DISABLED', `${target.id} is disabled`));
    const reason = reasonToReject(destination, target);
    if (reason !== undefined) {
      const refused = drop('GROUP_NOT_SUPPORTED', reason);
      return { map: (read) => ({ outcome: read instanceof GroupEvent ? refused : read, warnings: NO_WARNINGS }) };
    }
    return new SendingTarget(destination as SendingDestination, target, this.policyOf(target), this.#shared);
  }
}

/** Why a destination takes no groups, or none from a pipeline; undefined if it does. */
function reasonToReject(destination: Destination, { isForPipeline }: Target): string | undefined {
  if (isRejecting(destination)) return destination.reason;
  return isForPipeline === true ? destination.rejectsPipelines : undefined;
}

/** The maximum size of a pair's result as text, in bytes. */
export const bytesOf = ({ bytes = 0 }: Mapping): number => bytes;

const bytesOfStep = ({ request }: AskedStep): number => mostBytes(request, Infinity);

const NO_WARNINGS: readonly Warning[] = [];

function always(outcome: Drop | Fail): BoundTarget {
  return { map: () => ({ outcome, warnings: NO_WARNINGS }) };
}

class SendingTarget implements BoundTarget {
  readonly #destination: SendingDestination;
  readonly #names: ReadonlySet<string>;
  readonly #target: Target;
  readonly #policy: Policy | undefined;
  readonly #shared: Shared;
  /** Only the binder's cache holds bound configs, so one that it releases does not live as long as its targets. */
  #bound: WeakRef<BoundConfig> | undefined;

  constructor(destination: SendingDestination, target: Target, policy: Policy | undefined, shared: Shared) {
    this.#destination = destination;
    this.#names = namesOf(destination);
    this.#target = target;
    this.#policy = policy;
    this.#shared = shared;
  }

  map(read: ReadEvent, options: MapOptions): Mapping {
    if (!(read instanceof GroupEvent)) return { outcome: read, warnings: NO_WARNINGS };
    const warnings = new Warnings(this.#shared.budget.warnings);
    try {
      const { outcome, bytes = 0, explain: explanation } = this.#map(read, options, warnings);
      const { all } = warnings;
      return explanation === undefined
        ? { outcome, bytes, warnings: all }
        : { outcome, bytes, warnings: all, explain: explanation };
    } catch (error) {
      return { outcome: this.#defect(error), warnings: warnings.all };
    }
  }

  #map(sent: GroupEvent, options: MapOptions, { warn }: Warnings): Omit<Mapping, 'warnings'> {
    const { consent, isForPipeline } = this.#target;
    const refusal = consent && findRefusal(sent.payload, consent);
    if (refusal !== undefined) return { outcome: drop('CONSENT_DENIED', describeRefusal(refusal)) };
    const gate = readIntegrations(sent.integrations, this.#names, warn);
    if (gate.refusedBy !== undefined && isForPipeline !== true) {
      return { outcome: drop('INTEGRATION_OFF', `integrations.${gate.refusedBy} is false`) };
    }
    const { bound, warnings } = this.#bind();
    for (const { code, path, message } of warnings) warn(code, path, message);
    if ('outcome' in bound) return { outcome: bound };
    const { budget } = this.#shared;
    const event = this.#policy === undefined ? sent : sent.under(this.#policy);
    const tooMany = bound.compiled.readsGroupId ? refuseGroups(event, budget) : undefined;
    if (tooMany !== undefined) return { outcome: tooMany };
    if (event.isOdd) warnOfEvent(event, bound.compiled.lineage, warn);
    const { secrets, inserted } = bound;
    const { now } = options;
    const output = new CountedOutput(event, budget);
    const input: MapInput = {
      event,
      options: gate.options,
      now,
      warn,
      conversation: new Conversation(options.answers, budget.steps),
      output,
      secrets,
      inserted,
      trace: undefined,
    };
    const outcome = this.#outcomeOf(bound, input, sent, options);
    const bytes = outcome.outcome === 'ask' ? _.sumBy(outcome.steps, bytesOfStep) : output.bytes;
    const explanation = options.explain === true ? this.#explain(bound, input, outcome) : undefined;
    if (explanation === undefined) return { outcome, bytes };
    return { outcome, bytes: bytes + mostBytes(explanation, Infinity), explain: explanation };
  }

  #bind(): BoundConfig {
    const known = this.#bound?.deref();
    if (known !== undefined) return known;
    const { config, delivery, isForPipeline = false, inBatches = false, isPassing = false } = this.#target;
    const configuration = { config, delivery, isForPipeline, inBatches, isPassing };
    const binding = this.#shared.binder.bind(this.#destination, configuration);
    this.#bound = new WeakRef(binding);
    return binding;
  }

  /** @param sent the event before any policy, whose ids decide on the order */
  #outcomeOf(bound: Bound, input: MapInput, sent: GroupEvent, options: MapOptions): Outcome {
    const { title } = this.#destination;
    const { conversation } = input;
    try {
      const requests = mapEvent(this.#destination, bound.compiled, input);
      if (conversation.isStale) return stale;
      if (requests.length > 0) {
        if (!isAboutGroup(bound.compiled, requests, input)) {
          input.warn('GROUP_NOT_SENT', 'event', `${title} gets neither the id of the group nor any of its traits`);
        }
        return { outcome: 'send', requests, event: sent };
      }
      if (conversation.isBegun) return drop('ALREADY_DONE', `${title} already has everything in the event`);
      const { withheld } = input.event;
      const except =
        withheld.length > 0 ? `, except for what ${_.uniq(_.map(withheld, 'by')).join(' and ')} withholds` : '';
      return drop('NOTHING_TO_SEND', `the event contains nothing that ${title} accepts${except}`);
    } catch (error) {
      if (error instanceof Unanswered) {
        return conversation.isStale ? stale : this.#asking(error.steps, bound, sent, options);
      }
      const failure =
        error instanceof MappingFailure ? refusedToken(error.outcome, this.#destination) : this.#defect(error);
      const { written } = conversation;
      return written.length > 0 ? { ...failure, written } : failure;
    }
  }

  #asking(steps: readonly AskedStep[], { account }: Bound, event: GroupEvent, options: MapOptions): Asking | Fail {
    const asked = new CountedOutput(event, this.#shared.budget);
    try {
      for (const { index, request } of steps) asked.push({ index, request });
    } catch (error) {
      if (error instanceof MappingFailure) return error.outcome;
      throw error;
    }
    const resume = (answers: Answers) => this.map(event, { ...options, answers });
    const { groups } = event.subject;
    // Events without a group id keep their order, too.
    const lanes = groups.length > 0 ? groups : [''];
    return { outcome: 'ask', steps, account, lanes, hosts: hostsOf(this.#destination), resume };
  }

  /** Maps once more with secrets hidden, and records where everything comes from. */
  #explain(bound: Bound, input: MapInput, outcome: Outcome): Explanation | undefined {
    const trace = new Trace();
    const { event, options, now } = input;
    const conversation = input.conversation.again();
    try {
      const { compiled, secrets, inserted } = bound.traced();
      const output = new CountedOutput(event, this.#shared.budget);
      const again = { ...input, warn: () => undefined, conversation, output, secrets, inserted, trace };
      const requests = mapAgain(this.#destination, compiled, again, outcome);
      const { requests: asked } = conversation;
      return explain({ trace, event, options, now, lineage: compiled.lineage, outcome, requests, asked }, output.limit);
    } catch (error) {
      // Recording writes more than mapping, so there may be no room for it.
      if (!(error instanceof MappingFailure)) this.#defect(error);
      return undefined;
    }
  }

  #defect(error: unknown): Fail {
    const { name, config, delivery } = this.#destination;
    const ofDelivery = delivery === undefined ? [] : secretsIn(delivery, this.#target.delivery);
    this.#shared.onMapperError(conceal(error, [...secretsIn(config, this.#target.config), ...ofDelivery]), name);
    return fail('MAPPER_ERROR', `the code of ${name} failed on this event`);
  }
}

/** Whether the requests, or the writes before them, contain anything of the group. */
function isAboutGroup(
  { groupPlaces }: Compiled,
  requests: readonly IndexedRequest[],
  { event, conversation }: MapInput,
): boolean {
  const carries = (indexed: IndexedRequest) => carriesGroup(groupPlaces[indexed.index] ?? [], indexed.request, event);
  // The stream that a pipeline gets instead of requests is the event.
  return (
    requests.some((indexed) => 'rudder' in indexed.request || carries(indexed)) || conversation.writes.some(carries)
  );
}

/** If a token comes with the call, a vendor's 401 is about the token. */
function refusedToken(failure: Fail, { delivery }: SendingDestination): Fail {
  const isAboutToken = delivery !== undefined && failure.vendor?.status === 401;
  return isAboutToken ? { ...failure, code: 'DELIVERY_REFUSED' } : failure;
}

const stale = fail('ANSWERS_STALE', 'there are answers to questions that were not asked');

/**
 * Rejects an event with more groups than the budget allows, before it is mapped. Each group is sent the event's data,
 * so a large event may have fewer groups.
 */
function refuseGroups(event: GroupEvent, budget: PairBudget): Fail | undefined {
  const count = event.groupCount;
  if (count <= 1) return undefined;
  const { groups, outputBytes, outputFactor } = budget;
  if (count > groups) {
    return fail('EVENT_TOO_MANY_GROUPS', `the event has more than ${String(groups)} group ids`, 'groupId');
  }
  if (count <= outputFactor || count * event.byteLength <= outputBytes) return undefined;
  const most = Math.max(outputFactor, Math.floor(outputBytes / event.byteLength));
  return fail('EVENT_TOO_MANY_GROUPS', `an event of this size may have at most ${String(most)} group ids`, 'groupId');
}

/** Maps an accepted event, once per group id unless the destination reads the whole list. */
export function mapEvent({ groups }: SendingDestination, compiled: Compiled, input: MapInput): IndexedRequest[] {
  const ids = groups === 'each' && compiled.readsGroupId ? input.event.groupIds : [];
  if (ids.length === 0) compiled.map(input, undefined);
  for (const groupId of ids) compiled.map(input, groupId);
  return input.output.requests;
}

/** Maps again what was already mapped. What ended the first mapping ends this one. */
function mapAgain(destination: SendingDestination, compiled: Compiled, input: MapInput, { outcome }: Outcome) {
  try {
    return mapEvent(destination, compiled, input);
  } catch (error) {
    if (outcome === 'send' || outcome === 'drop') throw error;
    return [];
  }
}

function describeRefusal({ category, path }: Refusal): string {
  return category === undefined ? `${path} refuses` : `consent for the category "${category}" is refused in ${path}`;
}

/** Warns about oddities of the event itself, as far as the destination reads them. */
function warnOfEvent(event: GroupEvent, lineage: readonly LineageRow[], warn: Warn): void {
  if (event.traitsAreFromContext) {
    warn('TRAITS_FROM_CONTEXT', 'context.traits', 'context.traits is used as the traits of the group');
  }
  for (const { key, path } of event.inexactNumbers) {
    const names = [key, reservedTraitOf(key) ?? key].map((name) => `traits.${name}`);
    const isNamed = (place: string) => names.some((name) => place === name || place.startsWith(`${name}.`));
    const isRead = lineage.some(
      (row) =>
        passesOn(row, 'traits', key) || passesOn(row, 'event', 'traits') || row.from.flatMap(placesOf).some(isNamed),
    );
    if (isRead) warn('NUMBER_NOT_EXACT', path, `${path} is a number beyond 2^53; its last digits may be lost`);
  }
  for (const { path, name } of event.collisions) {
    warn('TRAIT_COLLIDED', path, `${path} replaces another trait, since a policy renames it to ${name}`);
  }
  for (const { path, kind } of event.malformed) {
    const places = lineage.flatMap(({ from }) => from).flatMap(placesOf);
    if (places.some((place) => place === path || place.startsWith(`${path}.`) || place === 'event.*')) {
      warn('FIELD_MALFORMED', path, `${path} is not ${kind} and is ignored`);
    }
  }
}
