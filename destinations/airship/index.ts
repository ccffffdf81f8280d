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

/** Airship takes no dots in names; most have none. */
const underscored = (key: string) => (key.includes('.') ? key.replaceAll('.', '_') : key);

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
const nameOf = (key: string) => predefined.get(key) ?? predefined.get(key.toLowerCase()) ?? underscored(key);

/** Whether an attribute of JSON, called `name#instance`, already says what is left of a nested trait. */
const isPartOf = (jsonKeys: readonly string[], key: string) =>
  jsonKeys.some((name) => /[.[]/.test(key) && name.includes(key.split(/[[\]_]/, 1)[0] as string));

/** Dates may be in microseconds here, which no other vendor is sent. */
const dateTime: Converter<string> = {
  ...isoSeconds,
  convert: (value) => isoSeconds.convert(/^\d{16}$/.test(text.convert(value) ?? '') ? Number(value) / 1000 : value),
};

const user = person.id.or(event.anonymousId).once();
const time = event.time.as(dateTime).required().once();
const flat = traits.flatten('dots');
const flags = fields(flat.filter(isBoolean).once());
const attributes = flat.filter((value) => value !== null && !isBoolean(value) && !isList(value));
const jsonAttributes = fields(option('JSONAttributes'));

function updatesOf(
  plain: Record<string, Json> = {},
  json: Record<string, Json> = {},
  removed: readonly string[] = [],
  timestamp: string,
): AttributeUpdate[] {
  const jsonKeys = Object.keys(json);
  const set = (key: string, value: Json): AttributeUpdate => ({ action: 'set', key, value, timestamp });
  return [
    ...Object.keys(plain)
      .filter((key) => !isPartOf(jsonKeys, key))
      .map((key) => set(nameOf(key), plain[key] as Json)),
    ...jsonKeys.map((key) => set(key, json[key] as Json)),
    ...removed.map((key): AttributeUpdate => ({ action: 'remove', key, timestamp })),
  ];
}

const tagGroups = (flag: boolean) => {
  const tagged = flags.filter((value) => value === flag).mapKeys((key) => underscored(key.toLowerCase()));
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
  rules: () => [
    need(traits, 'Airship wants traits'),
    need(user, 'Airship wants a user id or an anonymous id'),
    need(time),
    refuse(jsonAttributes.filter(isList), 'an attribute of JSON cannot be a list'),
  ],
  requests: ({ apiKey, dataCenter, timestampAttributes }) => {
    const base = dataCenter ? 'https://go.airship.eu' : 'https://go.urbanairship.com';
    const headers = {
      Accept: 'application/vnd.urbanairship+json; version=3',
      Authorization: template`Bearer ${apiKey}`,
    };
    const dated = attributes.convert(dateTime, ...timestampAttributes);
    const removed = option('removeAttributes').listOf(text);
    return [
      given(
        flags,
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
