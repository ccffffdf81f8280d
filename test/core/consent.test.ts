import type { ConsentRule } from '../../src/contract/envelope.ts';
import { findRefusal } from '../../src/core/consent.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';

const needs = (...categories: string[]): ConsentRule => ({ categories });
const GPC = { categories: [], honorGlobalPrivacyControl: true };

/** The category that refuses, `privacy control`, or undefined where the destination may get the event. */
function refusal(context: Json | undefined, rule: ConsentRule, integrations?: Json): string | undefined {
  const payload: JsonObject = { type: 'group' };
  if (context !== undefined) payload.context = context;
  if (integrations !== undefined) payload.integrations = integrations;
  const refused = findRefusal(payload, rule);
  return refused && (refused.category ?? 'privacy control');
}

describe('Segment', () => {
  const preferences = (categoryPreferences: Json) => ({ consent: { categoryPreferences } });

  it.each<[string, Json | undefined, ConsentRule, Json | undefined, string | undefined]>([
    ['no context', undefined, needs('ads'), undefined, undefined],
    ['no consent', {}, needs('ads'), undefined, undefined],
    ["consent that isn't an object", { consent: true }, needs('ads'), {}, undefined],
    ['empty consent without integrations', { consent: {} }, needs('ads'), undefined, undefined],
    ['empty consent with integrations', { consent: {} }, needs('ads'), {}, 'ads'],
    ['empty consent with integrations, for a destination without categories', { consent: {} }, needs(), {}, undefined],
    ['empty consent beside RudderStack’s', { consent: {}, consentManagement: {} }, needs('ads'), {}, undefined],
    [
      'empty consent beside MetaRouter’s privacy control',
      { consent: {}, globalPrivacyControl: false },
      needs('ads'),
      {},
      undefined,
    ],
    ['empty preferences', preferences({}), needs('ads'), undefined, 'ads'],
    ['empty preferences, for a destination without categories', preferences({}), needs(), undefined, undefined],
    ["preferences that aren't an object", preferences(null), needs('ads'), undefined, 'ads'],
    ['a category that is true', preferences({ ads: true }), needs('ads'), undefined, undefined],
    ['a category that is false', preferences({ ads: false }), needs('ads'), undefined, 'ads'],
    ['a category that is not on the event', preferences({ stats: true }), needs('ads'), undefined, 'ads'],
    ['a category in another case', preferences({ Ads: true }), needs('ads'), undefined, 'ads'],
    ["a category that isn't a boolean", preferences({ ads: 'yes' }), needs('ads'), undefined, 'ads'],
    [
      'one of several that is false',
      preferences({ ads: true, stats: false }),
      needs('ads', 'stats'),
      undefined,
      'stats',
    ],
    ['a category of no concern', preferences({ ads: true, other: false }), needs('ads'), undefined, undefined],
    ['integrations that say yes', preferences({ ads: false }), needs('ads'), { All: true }, 'ads'],
    ['a category called like an inherited property', preferences({}), needs('constructor'), undefined, 'constructor'],
  ])('%s', (_name, context, rule, integrations, expected) => {
    expect(refusal(context, rule, integrations)).toBe(expected);
  });
});

describe('MetaRouter', () => {
  const optOut = (value: Json) => ({ consent: { optOut: value } });

  it.each<[string, Json, ConsentRule, string | undefined]>([
    ['opted out', optOut({ C0001: true }), needs('C0001'), 'C0001'],
    ['opted out, as text', optOut({ C0001: 'true' }), needs('C0001'), 'C0001'],
    ['not opted out', optOut({ C0001: false }), needs('C0001'), undefined],
    ['not opted out, as text', optOut({ C0001: 'false' }), needs('C0001'), undefined],
    ['a code that is not on the event', optOut({}), needs('C0001'), undefined],
    ['a code of no concern', optOut({ C0002: true }), needs('C0001'), undefined],
    ['one of several', optOut({ C0001: false, C0002: true }), needs('C0001', 'C0002'), 'C0002'],
    ['no object', optOut([true]), needs('0'), undefined],
    ['explicit consent beside it', { consent: { explicit: false, optOut: {} } }, needs('C0001'), undefined],
  ])('%s', (_name, context, rule, expected) => {
    expect(refusal(context, rule, { All: true })).toBe(expected);
  });
});

describe('the global privacy control', () => {
  it.each<[Json, ConsentRule, string | undefined]>([
    [{ globalPrivacyControl: true }, GPC, 'privacy control'],
    [{ globalPrivacyControl: 'true' }, GPC, 'privacy control'],
    [{ globalPrivacyControl: false }, GPC, undefined],
    [{ globalPrivacyControl: 1 }, GPC, undefined],
    [{}, GPC, undefined],
    [{ globalPrivacyControl: true }, needs('ads'), undefined],
    [{ globalPrivacyControl: true }, { ...GPC, honorGlobalPrivacyControl: false }, undefined],
  ])('%j for %j', (context, rule, expected) => {
    expect(refusal(context, rule)).toBe(expected);
  });
});

describe('RudderStack', () => {
  const denies = (ids: Json, rest: JsonObject = {}) => ({ consentManagement: { deniedConsentIds: ids, ...rest } });
  const oneTrust = { provider: 'oneTrust' };
  const custom = { provider: 'custom' };

  it.each<[string, Json, ConsentRule, string | undefined]>([
    ['no consent data', {}, needs('a'), undefined],
    ["consent data that isn't an object", { consentManagement: [] }, needs('a'), undefined],
    ['nothing denied', denies([]), needs('a'), undefined],
    ['no denied ids', { consentManagement: { provider: 'oneTrust' } }, needs('a'), undefined],
    ['one denied', denies(['a', 'b']), needs('a'), 'a'],
    ['one denied, in another case', denies(['A']), needs('a'), undefined],
    ['others denied', denies(['b']), needs('a'), undefined],
    ['one of several denied', denies(['b']), needs('a', 'b'), 'b'],
    ['a destination without categories', denies(['a']), needs(), undefined],
    ['empty ids on both sides', denies(['']), needs(''), undefined],
    ['denied ids that are text', denies('a'), needs('a'), undefined],
    ['denied ids that are not all text', denies(['a', 1]), needs('a'), undefined],
    ['denied ids that are null', denies(null), needs('a'), undefined],
    ["a provider that isn't text", denies(['a'], { provider: 1 }), needs('a'), undefined],
    ["a strategy that isn't text", denies(['a'], { resolutionStrategy: {} }), needs('a'), undefined],
    ['allowed ids, which count for nothing', denies(['a'], { allowedConsentIds: ['a'] }), needs('a'), 'a'],

    ['the rule’s provider', denies(['a'], oneTrust), { ...needs('a'), ...oneTrust }, 'a'],
    ['another provider', denies(['a'], { provider: 'ketch' }), { ...needs('a'), ...oneTrust }, undefined],
    ['a provider in another case', denies(['a'], { provider: 'OneTrust' }), { ...needs('a'), ...oneTrust }, undefined],
    ['no provider on the event', denies(['a']), { ...needs('a'), ...oneTrust }, undefined],
    ['no provider in the rule', denies(['a'], oneTrust), needs('a'), 'a'],

    [
      'or, with one denied',
      denies(['a'], { ...oneTrust, resolutionStrategy: 'or' }),
      { ...needs('a', 'b'), ...oneTrust },
      undefined,
    ],
    [
      'or, with all denied',
      denies(['b', 'a'], { ...oneTrust, resolutionStrategy: 'or' }),
      { ...needs('a', 'b'), ...oneTrust },
      'a',
    ],
    ['and', denies(['a'], { ...oneTrust, resolutionStrategy: 'and' }), { ...needs('a', 'b'), ...oneTrust }, 'a'],
    [
      'an unknown strategy, which is and',
      denies(['a'], { ...oneTrust, resolutionStrategy: 'any' }),
      { ...needs('a', 'b'), ...oneTrust },
      'a',
    ],
    [
      'the event’s strategy before the rule’s',
      denies(['a'], oneTrust),
      { ...needs('a', 'b'), ...oneTrust, strategy: 'or' },
      'a',
    ],
    [
      'the rule’s strategy for a custom provider',
      denies(['a'], { ...custom, resolutionStrategy: 'and' }),
      { ...needs('a', 'b'), ...custom, strategy: 'or' },
      undefined,
    ],
    [
      'and for a custom provider without one',
      denies(['a'], { ...custom, resolutionStrategy: 'or' }),
      { ...needs('a', 'b'), ...custom },
      'a',
    ],
    ['the rule’s strategy where it has no provider', denies(['a']), { ...needs('a', 'b'), strategy: 'or' }, undefined],
    [
      'the event’s strategy where the rule has neither',
      denies(['a'], { resolutionStrategy: 'or' }),
      needs('a', 'b'),
      undefined,
    ],
  ])('%s', (_name, context, rule, expected) => {
    expect(refusal(context, rule)).toBe(expected);
  });
});

it('any dialect that refuses is enough', () => {
  const allowed = { categoryPreferences: { ads: true }, optOut: { ads: false } };
  expect(refusal({ consent: allowed, consentManagement: { deniedConsentIds: [] } }, needs('ads'))).toBeUndefined();
  expect(refusal({ consent: { ...allowed, optOut: { ads: true } } }, needs('ads'))).toBe('ads');
  expect(refusal({ consent: { ...allowed, categoryPreferences: {} } }, needs('ads'))).toBe('ads');
  expect(refusal({ consent: allowed, consentManagement: { deniedConsentIds: ['ads'] } }, needs('ads'))).toBe('ads');
});
