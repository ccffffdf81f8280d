import type { ConsentRule } from '../../contract/envelope.ts';
import type { Drop } from '../../contract/results.ts';
import { type ConsentManagement, readConsentManagement, refusedByConsentManagement } from '../../core/consent.ts';
import { isJsonObject, type Json, type JsonObject, own } from '../../core/json.ts';
import { drop } from '../../core/outcome.ts';
import type { Item } from './decode.ts';

/**
 * Refuses an item that RudderStack's server would not have sent, by the server's own rules. They are stricter than
 * those for events of other callers.
 */
export function gate(item: Item): Item {
  const { message, destination } = item;
  if (!isJsonObject(message) || destination === undefined) return item;
  const rejected = refusedByIntegrations(message, destination) ?? refusedByConsent(message, destination);
  return rejected === undefined ? item : { ...item, rejected };
}

/** Destinations are named by their display name, exactly. */
function refusedByIntegrations(
  message: JsonObject,
  { DestinationDefinition: definition }: JsonObject,
): Drop | undefined {
  const integrations = own(message, 'integrations');
  if (integrations === undefined) return undefined;
  if (!isJsonObject(integrations)) return drop('INTEGRATION_OFF', 'integrations is not an object');
  const all = own(integrations, 'All') ?? (Object.hasOwn(integrations, 'All') ? null : true);
  if (typeof all !== 'boolean') return drop('INTEGRATION_OFF', 'integrations.All is not a boolean');

  const name = isJsonObject(definition) && typeof definition.DisplayName === 'string' ? definition.DisplayName : '';
  const choice = own(integrations, name);
  if (isJsonObject(choice) || choice === true) return undefined;
  if (choice === false) return drop('INTEGRATION_OFF', `integrations.${name} is false`);
  return all ? undefined : drop('INTEGRATION_OFF', 'integrations.All is false');
}

function refusedByConsent({ context }: JsonObject, { Config: config }: JsonObject): Drop | undefined {
  const data = isJsonObject(context) ? readConsentManagement(context.consentManagement) : undefined;
  const rule = data && isJsonObject(config) ? ruleFor(data, config) : undefined;
  const refusal = data && rule && refusedByConsentManagement(data, rule);
  return refusal && drop('CONSENT_DENIED', `consent for "${refusal.category}" is denied in ${refusal.path}`);
}

/**
 * Reads the consent that a destination requires. An entry for the event's own provider comes before the two older
 * formats, whose strategies are fixed and which also serve events without a provider. Only lists are read: the server
 * flattens settings by platform before it calls.
 */
function ruleFor({ provider }: ConsentManagement, config: JsonObject): ConsentRule | undefined {
  const entry = objectsIn(config.consentManagement).findLast(
    (candidate) =>
      provider !== '' && candidate.provider === provider && textsIn(candidate.consents, 'consent').length > 0,
  );
  if (entry !== undefined) {
    const strategy = entry.resolutionStrategy === 'or' ? 'or' : 'and';
    return { categories: textsIn(entry.consents, 'consent'), provider, strategy };
  }
  const cookies = textsIn(config.oneTrustCookieCategories, 'oneTrustCookieCategory');
  if (cookies.length > 0 && ['', 'oneTrust'].includes(provider)) return { categories: cookies, strategy: 'and' };
  const purposes = textsIn(config.ketchConsentPurposes, 'purpose');
  return ['', 'ketch'].includes(provider) ? { categories: purposes, strategy: 'or' } : undefined;
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textsIn(value: Json | undefined, key: string): string[] {
  return objectsIn(value)
    .map((object) => object[key])
    .filter((text): text is string => typeof text === 'string' && text !== '');
}
