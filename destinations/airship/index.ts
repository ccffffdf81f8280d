import {
  aboutPerson,
  compute,
  defineDestination,
  event,
  fields,
  given,
  isBoolean,
  isList,
  isoSeconds,
  need,
  option,
  person,
  post,
  refuse,
  rows,
  secret,
  text,
  traits,
  template,
  url,
  whenPresent,
  z,
  type Converter,
  type Json,
} from 'group-transformer/kit';

type AttributeUpdate =
  { action: 'set'; key: string; value: Json; timestamp: string } | { action: 'remove'; key: string; timestamp: string };

/** Traits for which Airship has attributes of other names. */
const predefined = new Map([
  ['address.city', 'city'],
  ['address.country', 'country'],
  ['address.postalcode', 'zipcode'],
  ['address.state', 'region'],
  ['createdAt', 'account_creation'],
  ['firstName', 'first_name'],
  ['lastName', 'last_name'],
  ['name', 'full_name'],
  ['phone', 'mobile_phone'],
]);
const nameOf = (key: string) => predefined.get(key) ?? predefined.get(key.toLowerCase()) ?? key.replaceAll('.', '_');

/** The most characters that the names of attributes of JSON may have together, since every nested trait is sought in them. */
const MAX_NAMES = 10_000;

/** Text that contains what one of the names does; what is sought in it has no `_`. */
const namesIn = (json: Record<string, Json> = {}) => Object.keys(json).join('_');

/** Whether an attribute of JSON, called `name#instance`, already says what is left of a nested trait. */
const isPartOf = (names: string, key: string) =>
  names !== '' && /[.[]/.test(key) && names.includes(key.split(/[[\]_]/, 1)[0] as string);

/** Dates may be in microseconds here, which no other vendor is sent. */
const dateTime: Converter<string> = {
  ...isoSeconds,
  convert: (value) => isoSeconds.convert(/^\d{16}$/.test(text.convert(value) ?? '') ? Number(value) / 1000 : value),
};

const user = person.id.or(event.anonymousId);
const time = event.time.as(dateTime).required();
const flat = fields(traits.flatten('dots').once());
const attributes = flat.filter((value) => value !== null && !isBoolean(value) && !isList(value));
const jsonAttributes = fields(option('JSONAttributes'));

function updatesOf(
  plain: Record<string, Json> = {},
  json: Record<string, Json> = {},
  removed: readonly string[] = [],
  timestamp: string,
): AttributeUpdate[] {
  const names = namesIn(json);
  const named = Object.entries(plain)
    .filter(([key]) => !isPartOf(names, key))
    .map(([key, value]): [string, Json] => [nameOf(key), value]);
  return [
    ...[...named, ...Object.entries(json)].map(([key, value]) => ({ action: 'set' as const, key, value, timestamp })),
    ...removed.map((key) => ({ action: 'remove' as const, key, timestamp })),
  ];
}

const tagGroups = (flag: boolean) => {
  const tagged = flat.filter((value) => value === flag).mapKeys((key) => key.toLowerCase().replaceAll('.', '_'));
  return aboutPerson(whenPresent(tagged.keys(), (names) => ({ rudderstack_integration_group: names })));
};

export default defineDestination({
  name: 'airship',
  title: 'Airship',
  docs: 'https://docs.airship.com/developer/rest-api/ua/operations/named-users',
  aliases: ['Airship (Actions)', 'actions-airship', 'Urban Airship'],
  config: z.object({
    apiKey: secret('Bearer token'),
    dataCenter: z.boolean().default(false).describe('Whether the project is kept in the EU'),
    timestampAttributes: rows('timestampAttribute', 'Traits that are dates; a nested one as billing.since')
      .transform((keys) => keys.map((key) => key.trim()))
      .default([]),
  }),
  examples: {
    us: { apiKey: 'secret-apiKey', timestampAttributes: [{ timestampAttribute: 'createdAt' }] },
    eu: { apiKey: 'secret-apiKey', dataCenter: true },
  },
  hosts: ['go.urbanairship.com', 'go.airship.eu'],
  rules: ({ timestampAttributes }) => {
    const dates = attributes.pick(...timestampAttributes);
    return [
      need(traits, 'Airship wants traits'),
      need(user, 'Airship wants a user id or an anonymous id'),
      need(time),
      refuse(
        dates.filter((value) => value !== '' && dateTime.convert(value) === undefined),
        'a trait is not a date',
      ),
      refuse(jsonAttributes.filter(isList), 'an attribute of JSON cannot be a list'),
      refuse(
        compute('length of names', [jsonAttributes], (json) => namesIn(json).length > MAX_NAMES),
        'the names of attributes of JSON are too long',
      ),
    ];
  },
  requests: ({ apiKey, dataCenter, timestampAttributes }) => {
    const base = dataCenter ? 'https://go.airship.eu' : 'https://go.urbanairship.com';
    const headers = {
      Accept: 'application/vnd.urbanairship+json; version=3',
      Authorization: template`Bearer ${apiKey}`,
    };
    const dated = attributes.map((value, key) =>
      timestampAttributes.includes(key) && value !== '' ? dateTime.convert(value) : value,
    );
    const removed = option('removeAttributes').listOf(text);
    return [
      given(
        flat.filter(isBoolean),
        post.json({
          url: url`${base}/api/named_users/tags`,
          headers,
          body: { audience: { named_user_id: [user.required()] }, add: tagGroups(true), remove: tagGroups(false) },
        }),
      ),
      given(compute('updates', [dated, jsonAttributes, removed, time], updatesOf), (updates) =>
        post.json({
          url: url`${base}/api/named_users/${user}/attributes`,
          headers,
          body: { attributes: aboutPerson(updates) },
        }),
      ),
    ];
  },
});
