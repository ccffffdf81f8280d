import { canonicalFields } from '../../core/event.ts';
import type { Json } from '../../core/json.ts';
import { addressParts, documents, reservedTraits, type ReservedTrait } from '../../core/traits.ts';
import * as kit from '../../kit/index.ts';
import type { Converter } from '../../kit/index.ts';
import { codeRows } from './codes.ts';
import { code, codes, page, table } from './page.ts';

/** The page about the group event; everything in its tables comes from the code that does it. */
export function renderEvents(): string {
  return page(
    'The group event',
    `A group event says that a user belongs to a company, an account or a team, and describes that group. It is read the same
for every destination, whoever sent it. The smallest that is of use to most destinations:

    { "type": "group", "groupId": "acme-42", "userId": "user-7" }`,
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
    ['type', 'is `group` in any case; events of other types are dropped, those of none fail', '`type`'],
    ['groupId', 'names the group', codes(canonicalFields.groupId)],
    ['userId, anonymousId, messageId', 'name the person, the device and the event', 'the same'],
    ['person.id', 'names the person to destinations that know other places', codes(canonicalFields['person.id'])],
    ['person.email', 'is the person’s, never the group’s', codes(canonicalFields['person.email'])],
    ['time', 'is when it happened', `${codes(canonicalFields.time)}, else when the request arrived`],
    ['traits', 'describe the group', '`traits`, `properties`'],
    ['context', 'describes the circumstances, and `context.traits` the person', '`context`'],
    ['integrations', 'turn destinations on and off and carry options to them', '`integrations`'],
  ];
  return `## Fields

${table(
  ['Field', 'What it', 'Read from, in this order'],
  meanings.map(([name, meaning, places]) => [codes(name.split(', ')), meaning, places]),
)}

In a field that a destination maps, null and empty text count as absent. Traits that are passed on whole keep them.

A time that cannot be read gives way to the next one. An event that has none gets the time at which the request arrived, with the
warning \`TIME_OF_RECEIPT\`. The \`writeKey\` of an event is never passed on.`;
}

function groupId(): string {
  return `## The group’s id

The first of ${codes(canonicalFields.groupId)} that is an id. Text is one, unless it is blank, and so is a whole number, which is
sent as text. Booleans and objects are none. A number that JSON cannot carry exactly fails the event, since its digits may be lost
already: send ids as text. A list of ids stands for several groups: the requests for all of them, in order, are one result.

What identifies the group never identifies the person, and the other way round.`;
}

function traits(): string {
  const row = ([name, { type, meaning, spellings }]: [string, ReservedTrait], prefix = '') => [
    code(prefix + name),
    type,
    meaning,
    codes(spellings),
  ];
  const header = ['Trait', 'Taken for', 'Meaning', 'Also spelt'];
  return `## Reserved traits

Destinations know what to do with these. Each is found under its name, then under the other spellings in this order, then under
the one key that is equal to any of them but for its case. If two such keys differ in case only, neither is used.

${table(header, [
  ...Object.entries(reservedTraits).map((entry) => row(entry)),
  ...Object.entries(addressParts).map((entry) => row(entry, 'address.')),
])}

All other traits are the sender’s own: they are found by their exact name, and passed on as they are.`;
}

const isConverter = (value: unknown): value is Converter<unknown> =>
  typeof value === 'object' && value !== null && 'convert' in value && 'summary' in value;

/** Inputs that could be read in another way than they are. */
const ambiguous: [Converter<unknown>, Json, string][] = [
  [kit.isoDateTime, '20190304', 'seconds since 1970'],
  [kit.isoDateTime, 20191304, 'a day, had the year a thirteenth month'],
  [kit.isoDateTime, '2019', 'a year, or seconds since 1970'],
  [kit.isoDateTime, 1551675967, 'milliseconds since 1970'],
  [kit.isoDateTime, 99999999999, 'milliseconds; as seconds it is beyond 2200'],
  [kit.isoDateTime, 100000000000, 'seconds since 1970'],
  [kit.isoDateTime, '2019-03-04', 'midnight where the machine stands'],
  [kit.isoDateTime, '2019-03-04T05:06:07', 'a time where the machine stands'],
  [kit.isoDateTime, '03/04/2019', 'the fourth of March, or the third of April'],
  [kit.integer, '1,000', 'one, with three decimals'],
  [kit.integer, '1.000', 'a thousand, or one'],
  [kit.integer, '51-200', 'a number of either end'],
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

A destination says what its fields take. A value that cannot be converted is left out, with a warning; where the vendor requires the
field, the event fails. Nothing is guessed.

${table(
  ['Converter', 'Takes', 'For example', 'Does not take'],
  converters.map(({ name, summary, examples }) => [code(name), summary, shown(examples, true), shown(examples, false)]),
)}

Dates outside of the years 1900 to 2200 are not converted, and all are in UTC. Where an input has two plausible readings:

${table(
  ['Converter', 'Input', 'Is read as', 'And not as'],
  ambiguous.map(([converter, input, other]) => [
    code(converter.name),
    code(JSON.stringify(input)),
    converter.convert(input) === undefined ? 'nothing: it is left out' : code(converter.convert(input)),
    other,
  ]),
)}`;
}

function dialects(): string {
  return `## Dialects

${table(
  ['Sender', 'What is particular'],
  [
    [
      'Segment and SDKs like it',
      '`timestamp` is the event’s time; options stand in `integrations` under a destination’s name',
    ],
    [
      'RudderStack',
      'sends `originalTimestamp`, to which its server adds `timestamp`; consent stands in `context.consentManagement`',
    ],
    [
      'RudderStack’s Ruby SDK, 3.0.0 to before 3.1.1',
      'put the group’s traits into `context.traits` and none at the root: there, and only there, they are taken for the group’s, with the warning `TRAITS_FROM_CONTEXT`, and the person has none',
    ],
    [
      'MetaRouter',
      'sends consent as `context.consent.optOut`, in which true is a refusal, and `context.globalPrivacyControl`',
    ],
    [
      'RudderStack’s Android SDK',
      'writes `anonymousId` and `userId` into the group’s traits, where they are left out, and spells `createdAt` as `createdat`',
    ],
    ['analytics.js of old', 'sends `properties` instead of `traits`; they are the traits where there are no others'],
    ['Jitsu', 'adds the person’s traits to `context.traits` after `identify`'],
  ],
)}`;
}

function sdkBodies(): string {
  return `## Bodies of SDKs

What an SDK posts can be handed on as it is: \`sdkBatch\` stands in the place of \`events\` in \`POST /transform\`, of an event on the
command line, and of the events in the library.

    {
      "destinations": [{ "name": "userpilot", "config": { "apiKey": "…" } }],
      "sdkBatch": {
        "sentAt": "2026-01-02T03:04:05.678Z",
        "context": { "library": { "name": "analytics-java" } },
        "batch": [{ "type": "group", "groupId": "acme-42", "userId": "user-7", "traits": { "plan": "pro" } }]
      }
    }

The events are those of \`batch\`, and \`event\` in a result is a position in it. What the body itself says of \`context\`,
\`integrations\` and times is true of each of them, field by field, but where the event says something else; its \`writeKey\` is not
passed on. SDKs of Segment’s dialect send such bodies. PostHog, Amplitude and Mixpanel have formats of their own, which are not read.`;
}

function integrations(): string {
  return `## Integrations

A key of \`integrations\` is a destination’s name, title or alias, in any case, or \`All\`.

${table(
  ['Value', 'For the destination'],
  [
    ['absent', 'on, unless `All` is false'],
    ['`true`, `"true"`', 'on, even if `All` is false'],
    ['an object', 'on, even if `All` is false, and the object is its options'],
    ['`false`, `"false"`', 'off; among several spellings of one destination, false wins'],
    ['anything else', 'ignored, with the warning `INTEGRATIONS_MALFORMED`'],
  ],
)}`;
}

function consent(): string {
  return `## Consent

A destination of a request may have \`"consent": { "categories", "provider", "strategy", "honorGlobalPrivacyControl" }\`. Without
it, nothing is refused. With it, any dialect on the event that refuses is enough, and the event is dropped with \`CONSENT_DENIED\`.

${table(
  ['On the event', 'Refuses when'],
  [
    [
      '`context.consent.categoryPreferences` (Segment)',
      'one of the categories is not `true`, also when it is not there; so does an empty `context.consent` if the event has an object of integrations and nothing of the other dialects',
    ],
    [
      '`context.consent.optOut` (MetaRouter)',
      'one of the categories is `true` or `"true"`; one that is not there does not refuse',
    ],
    [
      '`context.consentManagement` (RudderStack)',
      'one of the categories is in `deniedConsentIds`, or all of them where the strategy is `or`. A rule with a `provider` looks only at events of that provider and takes the event’s `resolutionStrategy`, but its own for the provider `custom`; a rule without one takes its own `strategy`, else the event’s. Consent data of another shape refuses nothing',
    ],
    ['`context.globalPrivacyControl`', 'it is true and the rule has `honorGlobalPrivacyControl`'],
  ],
)}

Categories are compared exactly.`;
}

function warnings(): string {
  return `## Warnings

A result tells what a destination tried to use and could not; \`path\` names the place in the event.

${codeRows('warning')}

[All codes](codes.md) are on a page of their own.`;
}

function coverage(): string {
  const names = Object.keys(documents) as (keyof typeof documents)[];
  const links = names.map((name) => `[${name}](${documents[name]})`).join(' and ');
  return `## What the documents define, and where it is here

${links} define the call. Their fields and traits, one by one:

${table(
  ['Defined', ...names, 'Here'],
  [
    [
      code('groupId'),
      'String',
      'String, required',
      'the group’s id; destinations that need none take events without it',
    ],
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
