import fc from 'fast-check';

import type { Json, JsonObject } from '../../src/core/json.ts';
import { addressParts, reservedTraits } from '../../src/core/traits.ts';

const reservedNames = Object.entries(reservedTraits).flatMap(([name, { spellings }]) => [name, ...spellings]);
const partNames = Object.entries(addressParts).flatMap(([name, { spellings }]) => [name, ...spellings]);
const hostileNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'toJSON',
  '',
  'a.b',
  'a[0]',
  '$set',
];
const readNames = [
  'subscribe',
  'consent',
  'device_id',
  'os_name',
  'event_id',
  'subscriptionState',
  'groupId',
  'docks',
  'regions',
];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', ' ', '..', 'a/b', '\r\n', '\ud800', 'x'.repeat(300), 'true', '51-200', '1,000', 'null'),
);
const date = fc.oneof(
  fc.date({ noInvalidDate: true }).map((value) => value.toISOString()),
  fc.constantFrom('2024-01-02', '20240102', '2024', 'soon', '2024-02-30', '2024-01-02T03:04:05+05:30'),
  fc.integer(),
);
const scalar: fc.Arbitrary<Json> = fc.oneof(
  text,
  date,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constantFrom(null, 0, -0, 1e300, 2 ** 60),
);
const anything = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
);
const id = fc.oneof(
  { weight: 3, arbitrary: fc.uuid() },
  { weight: 2, arbitrary: fc.constantFrom('4410', '50021') },
  { weight: 1, arbitrary: anything },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
);

const objectOf = (names: string[], value: fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> =>
  fc
    .uniqueArray(fc.tuple(fc.oneof(fc.constantFrom(...names, ...hostileNames), fc.string({ maxLength: 8 })), value), {
      maxLength: 8,
      selector: ([name]) => name,
    })
    // Through JSON text, so that a key `__proto__` is data, as it is in what a client sends.
    .map(
      (entries) =>
        JSON.parse(
          `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${JSON.stringify(item)}`).join()}}`,
        ) as JsonObject,
    );

const address = fc.oneof(objectOf(partNames, anything), anything);
const plausible = fc.record(
  {
    name: fc.constantFrom('Acme', 'Öl & Söhne'),
    industry: fc.constantFrom('Energy', 'Food'),
    employees: fc.constantFrom(63, '63', '51-200'),
    createdAt: date,
    email: fc.constant('office@acme.example'),
    phone: fc.constant('+49 30 1234567'),
    website: fc.constantFrom('https://www.acme.example/about', 'acme.example'),
    subscriptionState: fc.constantFrom('subscribed', 'unsubscribed'),
    subscribe: fc.boolean(),
    groupType: fc.constantFrom('accounts', 'marketing lists'),
    type: fc.constantFrom('Companies', 'segments'),
    listName: fc.constant('Newsletter'),
  },
  { requiredKeys: ['name', 'industry'] },
);
const oddTraits = fc
  .tuple(objectOf([...reservedNames, ...readNames], anything), fc.option(address, { nil: undefined }))
  .map(([object, value]): JsonObject => (value === undefined ? object : { ...object, address: value }));
const traits = fc.oneof(plausible as fc.Arbitrary<JsonObject>, oddTraits);
/** Ids that the person has with vendors. */
const others = ['persistIqLeadId', 'brazeExternalId', 'ga4AppInstanceId', 'x'].map((type) => ({
  type,
  id: `${type}-1`,
}));

const plausiblePerson = fc.constant<JsonObject>({ email: 'kim@acme.example', phone: '+49 30 7654321' });

const context = objectOf(
  ['ip', 'locale', 'userAgent', 'os', 'device', 'page', 'campaign', 'sessionId'],
  anything,
).chain((object) =>
  fc
    .option(fc.oneof(plausiblePerson, objectOf(['email', 'id', 'userId', 'phone', 'address'], anything)), {
      nil: undefined,
    })
    .map((person): JsonObject => (person === undefined ? object : { ...object, traits: person, externalId: others })),
);
const integrations = fc.constantFrom<Json>({}, { All: true }, { All: false }, null, 'no', {
  Amplitude: { groups: { group_type: 'a', group_value: 1 } },
});

/** Group events as clients might send them: valid, odd and hostile. */
export const groupEvents: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      type: fc.constantFrom('group', 'Group', 'group', 'group', 'track', 7),
      messageId: id,
      groupId: id,
      userId: id,
      anonymousId: id,
      timestamp: fc.oneof(date, anything),
      originalTimestamp: date,
      request_ip: text,
      session_id: anything,
      integrations,
      context: fc.oneof({ weight: 5, arbitrary: context }, { weight: 1, arbitrary: anything }),
      traits: fc.oneof({ weight: 5, arbitrary: traits }, { weight: 1, arbitrary: anything }),
    },
    { requiredKeys: ['type'] },
  )
  .map((event) => JSON.parse(JSON.stringify(event)) as JsonObject);
