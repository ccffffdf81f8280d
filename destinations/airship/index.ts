import {
  compute,
  type Converter,
  defineDestination,
  event,
  fields,
  given,
  isBoolean,
  isList,
  isoSeconds,
  isScalar,
  isText,
  type Json,
  need,
  only,
  option,
  person,
  post,
  refuse,
  rows,
  secret,
  template,
  text,
  traits,
  url,
  whenPresent,
  z,
} from 'group-transformer/kit';

type AttributeUpdate =
  { action: 'set'; key: string; value: Json; timestamp: string } | { action: 'remove'; key: string; timestamp: string };

/** Airship allows no dots in names, and most names have none. */
const underscored = (key: string) => (key.includes('.') ? key.replaceAll('.', '_') : key);

/** The attributes of a named user that identify the person. A trait of the group must not set them. */
const personal = new Set([
  ...['full_name', 'first_name', 'last_name', 'email', 'mobile_phone', 'home_phone', 'work_phone'],
  ...['city', 'region', 'zipcode', 'country'],
]);
const isPersonal = (key: string) =>
  /^(name|email|phone|address|firstname|lastname)(\.|$)/i.test(key) || personal.has(underscored(key).toLowerCase());
const nameOf = (key: string) => (key === 'createdAt' ? 'account_creation' : underscored(key));

const MAX_NAME = 64;
const isNamedUser = (id: unknown): id is string => isText(id) && id.trim() === id && id.length <= 128;

/** Airship accepts dates in microseconds, which no other vendor gets. */
const dateTime: Converter<string> = {
  ...isoSeconds,
  convert: (value) => isoSeconds.convert(/^\d{16}$/.test(text.convert(value) ?? '') ? Number(value) / 1000 : value),
};

const user = person.id
  .or(event.anonymousId)
  .as(only('an id of at most 128 characters, without surrounding blanks', isNamedUser))
  .once();
const time = event.time.as(dateTime).required().once();
const jsonAttributes = fields(option('JSONAttributes'));
const flags = fields(traits.flatten('dots', { lists: 'joined' }).filter(isBoolean).once());
const attributes = fields(
  // The name of a JSON attribute is `trait#instance`.
  compute('traits that aren’t JSON attributes', [traits, jsonAttributes], (group, json) => {
    const names = new Set(Object.keys(json ?? {}).map((key) => key.split('#', 1)[0]));
    return names.size === 0
      ? group
      : Object.fromEntries(Object.entries(group ?? {}).filter(([key, value]) => isScalar(value) || !names.has(key)));
  }),
)
  .flatten('dots', { lists: 'joined' })
  .filter((value) => value !== null && !isBoolean(value))
  .keepKeys((key) => !isPersonal(key), 'describes the group, and Airship would apply it to the person')
  .keepKeys((key) => nameOf(key).length <= MAX_NAME, `has a name with more than ${String(MAX_NAME)} characters`);

function updatesOf(
  plain: Record<string, Json> = {},
  json: Record<string, Json> = {},
  removed: readonly string[] = [],
  timestamp: string,
): AttributeUpdate[] {
  const set = (key: string, value: Json): AttributeUpdate => ({ action: 'set', key, value, timestamp });
  return [
    ...Object.entries(plain).map(([key, value]) => set(nameOf(key), value)),
    ...Object.entries(json).map(([key, value]) => set(key, value)),
    ...removed.map((key): AttributeUpdate => ({ action: 'remove', key, timestamp })),
  ];
}

const tagGroups = (flag: boolean) => {
  const tagged = flags.filter((value) => value === flag).mapKeys((key) => underscored(key.toLowerCase()));
  return whenPresent(tagged.keys(), (names) => ({ rudderstack_integration_group: names }));
};

export default defineDestination({
  name: 'airship',
  title: 'Airship',
  docs: 'https://docs.airship.com/developer/rest-api/ua/operations/named-users',
  aliases: ['Airship (Actions)', 'actions-airship', 'Urban Airship'],
  config: z.object({
    apiKey: secret('Bearer token'),
    dataCenter: z.boolean().default(false).describe('Whether the project is in the EU data center'),
    timestampAttributes: rows('timestampAttribute', 'Traits that are dates; write nested ones as billing.since')
      .transform((keys) => keys.map((key) => key.trim()))
      .prefault([]),
  }),
  examples: {
    us: { apiKey: 'secret-apiKey', timestampAttributes: [{ timestampAttribute: 'createdAt' }] },
    eu: { apiKey: 'secret-apiKey', dataCenter: true },
  },
  hosts: ['go.urbanairship.com', 'go.airship.eu'],
  rules: () => [
    need(traits, 'Airship requires traits'),
    need(user, 'Airship requires a user id or an anonymous id'),
    need(time),
    refuse(jsonAttributes.filter(isList), 'the option JSONAttributes contains a list; make each attribute an object'),
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
          body: { attributes: updates },
        }),
      ),
    ];
  },
});
