import type { ConsentRule } from '../contract/envelope.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** What refuses an event, and where the event says so. */
export interface Refusal {
  category?: string;
  path: string;
}

/**
 * Reads consent from an event in any dialect. One refusal is enough.
 * @returns the refusal, or undefined if the destination may get the event
 */
export function findRefusal(payload: JsonObject, rule: ConsentRule): Refusal | undefined {
  const context = isJsonObject(payload.context) ? payload.context : {};
  return (
    refusedByPrivacyControl(context, rule) ??
    refusedBySegment(context, payload.integrations, rule) ??
    refusedByMetaRouter(context, rule) ??
    refusedByRudderStack(context, rule)
  );
}

const isTrue = (value: Json | undefined): boolean =>
  value === true || (typeof value === 'string' && value.toLowerCase() === 'true');

/** @see https://globalprivacycontrol.org */
function refusedByPrivacyControl(context: JsonObject, { honorGlobalPrivacyControl }: ConsentRule): Refusal | undefined {
  const refuses = honorGlobalPrivacyControl === true && isTrue(context.globalPrivacyControl);
  return refuses ? { path: 'context.globalPrivacyControl' } : undefined;
}

/**
 * A destination requires all of its categories to be true. A category that the event does not name counts as refused.
 * An empty `consent` refuses all if the event has integrations, unless the event has another dialect.
 * @see https://segment.com/docs/privacy/consent-management/consent-in-segment-connections/
 */
function refusedBySegment(
  context: JsonObject,
  integrations: Json | undefined,
  { categories }: ConsentRule,
): Refusal | undefined {
  const { consent, consentManagement, globalPrivacyControl } = context;
  if (!isJsonObject(consent)) return undefined;
  const isEmpty = Object.keys(consent).length === 0;
  const isOthers = consentManagement !== undefined || globalPrivacyControl !== undefined;
  const applies = 'categoryPreferences' in consent || (isEmpty && isJsonObject(integrations) && !isOthers);
  if (!applies) return undefined;

  const preferences = isJsonObject(consent.categoryPreferences) ? consent.categoryPreferences : {};
  const category = categories.find((name) => !Object.hasOwn(preferences, name) || preferences[name] !== true);
  return category === undefined ? undefined : { category, path: 'context.consent.categoryPreferences' };
}

/**
 * A destination is refused if any of its categories is opted out.
 * @see https://docs.metarouter.io
 */
function refusedByMetaRouter({ consent }: JsonObject, { categories }: ConsentRule): Refusal | undefined {
  const optOut = isJsonObject(consent) && isJsonObject(consent.optOut) ? consent.optOut : {};
  const category = categories.find((name) => Object.hasOwn(optOut, name) && isTrue(optOut[name]));
  return category === undefined ? undefined : { category, path: 'context.consent.optOut' };
}

function refusedByRudderStack({ consentManagement }: JsonObject, rule: ConsentRule): Refusal | undefined {
  const data = readConsentManagement(consentManagement);
  return data && refusedByConsentManagement(data, rule);
}

/**
 * Applies a rule to RudderStack's dialect alone. A destination is refused by one denied category, or, with the strategy
 * `or`, only by all. If the rule has a provider, the event decides the strategy, unless the provider is custom. If it
 * has none, the rule's own strategy comes first.
 * @see https://www.rudderstack.com/docs/data-governance/consent-management/
 */
export function refusedByConsentManagement(
  data: ConsentManagement,
  { categories, provider, strategy }: ConsentRule,
): Required<Refusal> | undefined {
  const configured = categories.filter((name) => name !== '');
  if (configured.length === 0) return undefined;
  if (provider !== undefined && provider !== data.provider) return undefined;

  const denied = configured.filter((name) => data.denied.has(name));
  const mustAllBeDenied = strategyOf({ provider, strategy }, data) === 'or';
  const refuses = mustAllBeDenied ? denied.length === configured.length : denied.length > 0;
  return refuses ? { category: denied[0] as string, path: 'context.consentManagement.deniedConsentIds' } : undefined;
}

function strategyOf({ provider, strategy }: Omit<ConsentRule, 'categories'>, data: ConsentManagement) {
  if (provider === undefined) return strategy ?? data.strategy;
  return provider === 'custom' ? strategy : data.strategy;
}

/** An event's `context.consentManagement`. */
export interface ConsentManagement {
  denied: ReadonlySet<string>;
  /** Empty if the event names none. */
  provider: string;
  /** `or`, or anything else for `and`. */
  strategy: string;
}

/** A cache: an event with many denied ids may have many destinations. */
const known = new WeakMap<JsonObject, ConsentManagement | typeof NONE>();
const NONE = Symbol('no consent data');

/** @returns undefined if malformed; malformed consent data refuses nothing */
export function readConsentManagement(value: Json | undefined): ConsentManagement | undefined {
  if (!isJsonObject(value)) return undefined;
  const read = known.get(value) ?? parseConsentManagement(value) ?? NONE;
  known.set(value, read);
  return read === NONE ? undefined : read;
}

function parseConsentManagement(value: JsonObject): ConsentManagement | undefined {
  const denied = value.deniedConsentIds ?? [];
  const provider = value.provider ?? '';
  const strategy = value.resolutionStrategy ?? '';
  const isText = (candidate: Json): candidate is string => typeof candidate === 'string';
  if (!Array.isArray(denied) || !denied.every(isText) || !isText(provider) || !isText(strategy)) return undefined;
  return { denied: new Set(denied), provider, strategy };
}
