import { canonicalFields } from '../../core/event.ts';
import type { Json } from '../../core/json.ts';
import { addressParts, documents, type ReservedTrait, reservedTraits } from '../../core/traits.ts';
import type { Converter } from '../../kit/index.ts';
import * as kit from '../../kit/index.ts';
import { codeRows } from './codes.ts';
import { code, codes, json, page, table } from './page.ts';

/** The page about the group event. Its tables come from the code that does the work. */
export function renderEvents(enough: string): string {
  return page(
    'The group event',
    `A group event says that a user belongs to a company, an account or a team, and describes that group. Every destination
reads it the same way, and every SDK’s dialect gives the same result:

${json({ type: 'group', groupId: 'acme-42', userId: 'user-7', traits: { name: 'Acme', plan: 'pro' } })}`,
    enough,
    fields(),
    groupId(),
    traits(),
    conversions(),
    dialects(),
    sdkBodies(),
    integrations(),
    consent(),
    warnings(),
    coverage(),
  );
}

function fields(): string {
  const meanings: [string, string, string][] = [
    ['type', '`group`, in any case. Events of other types are dropped; an event without a type fails', '`type`'],
    ['groupId', 'The group’s id', codes(canonicalFields.groupId)],
    ['userId, anonymousId, messageId', 'The ids of the person, the device and the event', 'the field itself'],
    ['person.id', 'The person’s id, for destinations that also read other places', codes(canonicalFields['person.id'])],
    ['person.email', 'The person’s email address, never the group’s', codes(canonicalFields['person.email'])],
    ['time', 'When it happened', `${codes(canonicalFields.time)}, then the time of the request`],
    ['traits', 'What describes the group', '`traits`, `properties`'],
    ['context', 'The circumstances; `context.traits` describes the person', '`context`'],
    ['integrations', 'Which destinations are on or off, and options for them', '`integrations`'],
  ];
  return `## Fields

${table(
  ['Field', 'Meaning', 'Read from, in this order'],
  meanings.map(([name, meaning, places]) => [codes(name.split(', ')), meaning, places]),
)}

Null and empty text count as absent in fields that a destination maps. Traits that a destination passes on whole keep them.

A time that cannot be read is skipped, and the next place is tried. If no place has a time, the event gets the time of the request and
the warning \`TIME_OF_RECEIPT\`. The \`writeKey\` of an event is never passed on.`;
}

function groupId(): string {
  return `## The group’s id

The group’s id is the first valid id among ${codes(canonicalFields.groupId)}. Text is valid unless it is blank. A whole number is
valid and is sent as text. Booleans and objects aren’t valid. A number that JSON cannot carry exactly fails the event, because its
digits may already be lost: send ids as text. A list of ids stands for several groups; one result then holds the requests for all of
them, in order.

The group’s identifiers never identify the person, and the person’s never identify the group.`;
}

function traits(): string {
  const row = ([name, { type, meaning, spellings }]: [string, ReservedTrait], prefix = '') => [
    code(prefix + name),
    type,
    meaning,
    codes(spellings),
  ];
  const header = ['Trait', 'Type', 'Meaning', 'Other spellings'];
  return `## Reserved traits

These traits have a fixed meaning. Each is looked up by its name, then by its other spellings in the given order, then by any of them
in another case. If two keys differ only in case, neither is used.

${table(header, [
  ...Object.entries(reservedTraits).map((entry) => row(entry)),
  ...Object.entries(addressParts).map((entry) => row(entry, 'address.')),
])}

All other traits are custom traits. They are looked up by their exact name and passed on unchanged.`;
}

const isConverter = (value: unknown): value is Converter<unknown> =>
  typeof value === 'object' && value !== null && 'convert' in value && 'summary' in value;

/** Inputs with two plausible readings. */
const ambiguous: [Converter<unknown>, Json, string][] = [
  [kit.isoDateTime, '20190304', 'seconds since 1970'],
  [kit.isoDateTime, 20191304, 'a date: no year has a month 13'],
  [kit.isoDateTime, '2019', 'a year, or seconds since 1970'],
  [kit.isoDateTime, 1551675967, 'milliseconds since 1970'],
  [kit.isoDateTime, 99999999999, 'milliseconds; as seconds it is after 2200'],
  [kit.isoDateTime, 100000000000, 'seconds since 1970'],
  [kit.isoDateTime, '2019-03-04', 'midnight in the machine’s time zone'],
  [kit.isoDateTime, '2019-03-04T05:06:07', 'a time in the machine’s time zone'],
  [kit.isoDateTime, '03/04/2019', 'the fourth of March, or the third of April'],
  [kit.integer, '1,000', 'one, with three decimals'],
  [kit.integer, '1.000', 'a thousand, or one'],
  [kit.integer, '51-200', 'either end of the range'],
  [kit.integer, '1e3', 'a thousand'],
  [kit.integer, 12.5, 'twelve, or thirteen'],
  [kit.decimal, '12,5', 'twelve and a half'],
];

/** The converters of the kit. */
export const converters = Object.values<unknown>({ ...kit }).filter(isConverter);

function conversions(): string {
  const shown = (examples: Converter<unknown>['examples'], converts: boolean) =>
    examples
      .filter(([, result]) => (result !== undefined) === converts)
      .map(([value, result]) =>
        converts ? `${code(JSON.stringify(value))} → ${code(JSON.stringify(result))}` : code(JSON.stringify(value)),
      )
      .join(', ');
  return `## Conversions

Each field of a destination has a converter. A value that cannot be converted is left out, with a warning. If the vendor requires the
field, the event fails. The service never guesses.

${table(
  ['Converter', 'Accepts', 'Examples', 'Rejects'],
  converters.map(({ name, summary, examples }) => [code(name), summary, shown(examples, true), shown(examples, false)]),
)}

Dates outside the years 1900 to 2200 are not converted. All dates are in UTC. Some inputs have two plausible readings:

${table(
  ['Converter', 'Input', 'Read as', 'Not as'],
  ambiguous.map(([converter, input, other]) => [
    code(converter.name),
    code(JSON.stringify(input)),
    converter.convert(input) === undefined ? 'nothing (left out)' : code(converter.convert(input)),
    other,
  ]),
)}`;
}

function dialects(): string {
  return `## Dialects

${table(
  ['Sender', 'Difference'],
  [
    [
      'Segment and compatible SDKs',
      '`timestamp` is the event’s time. `integrations` holds a destination’s options under its name',
    ],
    [
      'RudderStack',
      'SDKs send `originalTimestamp`, and the server adds `timestamp`. Consent is in `context.consentManagement`',
    ],
    [
      'RudderStack’s Ruby SDK, from 3.0.0 and before 3.1.1',
      'It sends the group’s traits in `context.traits` and none at the root. For these versions only, `context.traits` is read as the group’s traits, with the warning `TRAITS_FROM_CONTEXT`, and the person has none',
    ],
    [
      'MetaRouter',
      'It sends consent as `context.consent.optOut`, where true means refused, and as `context.globalPrivacyControl`',
    ],
    [
      'RudderStack’s Android SDK',
      'It adds `anonymousId` and `userId` to the group’s traits, which ignore them, and spells `createdAt` as `createdat`',
    ],
    [
      'Old versions of analytics.js',
      'They send `properties` instead of `traits`. `properties` are read if there are no `traits`',
    ],
    ['Jitsu', 'It adds the person’s traits to `context.traits` after `identify`'],
  ],
)}`;
}

function sdkBodies(): string {
  return `## SDK bodies

You can pass on the body of an SDK’s call unchanged. Send it as \`sdkBatch\`: in \`POST /transform\` and in the library it replaces
\`events\`, and on the command line it replaces an event.

${json({
  destinations: [{ name: 'userpilot', config: { apiKey: '…' } }],
  sdkBatch: {
    sentAt: '2026-01-02T03:04:05.678Z',
    context: { library: { name: 'analytics-java' } },
    batch: [{ type: 'group', groupId: 'acme-42', userId: 'user-7', traits: { plan: 'pro' } }],
  },
})}

Its \`batch\` holds the events, and \`event\` in a result is a position in \`batch\`. The body’s own \`context\`,
\`integrations\` and times apply to every event, field by field, unless the event has its own. The \`writeKey\` is not passed on.
SDKs in Segment’s dialect send such bodies. PostHog, Amplitude and Mixpanel have their own formats, which are not supported.`;
}

function integrations(): string {
  return `## Integrations

The keys of \`integrations\` are names, titles or aliases of destinations, in any case, or \`All\`.

${table(
  ['Value', 'Effect on the destination'],
  [
    ['absent', 'on, unless `All` is false'],
    ['`true`, `"true"`', 'on, even if `All` is false'],
    ['an object', 'on, even if `All` is false; the object holds its options'],
    ['`false`, `"false"`', 'off; if several keys name one destination, false wins'],
    ['anything else', 'ignored, with the warning `INTEGRATIONS_MALFORMED`'],
  ],
)}`;
}

function consent(): string {
  return `## Consent

A destination in a request may have a rule, \`"consent": { "categories", "provider", "strategy", "honorGlobalPrivacyControl" }\`.
Without a rule, nothing is refused. With a rule, one refusal in any dialect is enough to drop the event with \`CONSENT_DENIED\`.

${table(
  ['In the event', 'Refuses if'],
  [
    [
      '`context.consent.categoryPreferences` (Segment)',
      'one of the categories is missing or is not `true`. An empty `context.consent` also refuses, if the event has an `integrations` object and no consent in another dialect',
    ],
    [
      '`context.consent.optOut` (MetaRouter)',
      'one of the categories is `true` or `"true"`. A missing category doesn’t refuse',
    ],
    [
      '`context.consentManagement` (RudderStack)',
      'one of the categories is in `deniedConsentIds`, or all of them if the strategy is `or`. A rule with a `provider` reads only events of that provider, and uses the event’s `resolutionStrategy`; for the provider `custom` it uses its own. A rule without a provider uses its own `strategy`, or else the event’s. Consent data of another shape refuses nothing',
    ],
    ['`context.globalPrivacyControl`', 'it is true and the rule has `honorGlobalPrivacyControl`'],
  ],
)}

Categories must match exactly, including their case.`;
}

function warnings(): string {
  return `## Warnings

A result’s \`warnings\` list what the destination could not use. \`path\` is the place in the event.

${codeRows('warning')}

See also [all codes](codes.md).`;
}

function coverage(): string {
  const names = Object.keys(documents) as (keyof typeof documents)[];
  const links = names.map((name) => `[${name}](${documents[name]})`).join(' and ');
  return `## Comparison with the specifications

${links} specify the call. This table compares their fields and traits with what the service reads.

${table(
  ['Field', ...names, 'Group Transformer'],
  [
    [code('groupId'), 'String', 'String, required', 'the group’s id, required only by some destinations'],
    [code('traits'), 'Object', 'Object, optional', 'the group’s traits'],
    [code('context.traits'), '–', 'Object, added by the SDK', 'the person’s traits'],
    ...Object.entries(reservedTraits).map(([name, { documented, type }]) => [
      code(`traits.${name}`),
      ...names.map((document) => documented[document]),
      type,
    ]),
    ...Object.entries(addressParts).map(([name, { documented, type }]) => [
      code(`traits.address.${name}`),
      ...names.map((document) => documented[document]),
      type,
    ]),
  ],
)}`;
}
