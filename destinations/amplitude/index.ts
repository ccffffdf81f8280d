import {
  aboutPerson,
  all,
  any,
  compute,
  context,
  decimal,
  defineDestination,
  entry,
  event,
  fields,
  given,
  integer,
  isNumber,
  isText,
  jsonText,
  need,
  none,
  only,
  option,
  person,
  post,
  refuse,
  regions,
  secret,
  text,
  trait,
  traits,
  union,
  unixMillis,
  url,
  when,
  z,
  type Converter,
} from 'group-transformer/kit';

const residencyServer = regions(
  { standard: 'api2.amplitude.com', EU: 'api.eu.amplitude.com' },
  'Where the project keeps its data',
  'standard',
);

/** Group traits that describe the user's device instead, and so are no properties of the group. */
const deviceTraits = [
  ...['os_name', 'os_version', 'device_model', 'device_manufacturer', 'device_brand', 'platform'],
  'event_id',
];

const isGroupValue = (value: unknown): value is string | number => isText(value) || (isNumber(value) && value !== 0);

/** The group of the event: named by traits that the config chooses, else by an option of the event. */
const groupOf = (config: { groupTypeTrait?: string | undefined; groupValueTrait?: string | undefined }) =>
  config.groupTypeTrait !== undefined && config.groupValueTrait !== undefined
    ? {
        type: trait(config.groupTypeTrait).as(only('text', isText)).required(),
        value: trait(config.groupValueTrait).as(only('text or a number but 0', isGroupValue)).as(text).required(),
        properties: traits.omit(...deviceTraits),
      }
    : {
        type: option('groups.group_type').as(text),
        value: option('groups.group_value').as(text),
        properties: fields(option('groups.group_properties')),
      };

const deviceId = trait('device_id').as(text).or(event.anonymousId);

const sessionId = compute('part after the last colon', [event.at('session_id')], (id) =>
  isText(id) ? id.slice(id.lastIndexOf(':') + 1) : id,
);

/** What is known of the user: a trait of this name, else a field of the context. */
const either = <T>(name: string, path: string, converter: Converter<T>) =>
  aboutPerson(trait(name).or(context(path)).as(converter));

/** Where the user is; the group's address says nothing about that. */
const place = (part: string) =>
  aboutPerson(
    context(`location.${part}`)
      .or(person.trait(`address.${part}`))
      .as(text),
  );

export default defineDestination({
  name: 'amplitude',
  title: 'Amplitude',
  docs: 'https://amplitude.com/docs/apis/analytics/group-identify',
  aliases: ['AM', 'Amplitude (Actions)', 'Actions Amplitude'],
  config: z.object({
    apiKey: secret('API key of the project'),
    residencyServer,
    groupTypeTrait: z.string().optional().describe('Trait whose value is the group type'),
    groupValueTrait: z.string().optional().describe('Trait whose value is the group value'),
    mapDeviceBrand: z.boolean().default(false).describe('Whether to send context.device.brand'),
    enableEnhancedUserOperations: z.boolean().default(false).describe('Whether to wrap user properties in $set'),
  }),
  examples: {
    traits: { apiKey: 'secret-apiKey', groupTypeTrait: 'industry', groupValueTrait: 'name', mapDeviceBrand: true },
    options: { apiKey: 'secret-apiKey', residencyServer: 'EU', enableEnhancedUserOperations: true },
  },
  hosts: residencyServer.hosts,
  rules: (config) => {
    const { type, value } = groupOf(config);
    return [
      refuse(all(option('groups'), any(none(type), none(value))), 'the option groups wants group_type and group_value'),
      need(any(event.userId, deviceId), 'Amplitude wants a user id or a device id'),
    ];
  },
  requests: (config) => {
    const { apiKey, residencyServer: host, mapDeviceBrand, enableEnhancedUserOperations } = config;
    const group = groupOf(config);
    const userProperties = aboutPerson(
      union<unknown>(
        entry(group.type, group.value),
        {
          initial_referrer: context('page.initial_referrer'),
          initial_referring_domain: context('page.initial_referring_domain'),
        },
        fields(context('campaign')).mapKeys((key) => `utm_${key}`),
      ),
    );

    return [
      post.json({
        url: url`https://${host}/2/httpapi`,
        batch: { items: 2000, bytes: 1_000_000, at: 'body.json.events' },
        body: {
          api_key: apiKey,
          events: [
            {
              event_type: '$identify',
              user_id: event.userId,
              device_id: deviceId,
              groups: entry(group.type, group.value),
              user_properties: enableEnhancedUserOperations ? { $set: userProperties } : userProperties,
              time: event.time.as(unixMillis),
              session_id: option('session_id')
                .as(integer)
                .or(sessionId.as(integer))
                .or(context('sessionId').as(integer))
                .default(-1),
              event_id: trait('event_id')
                .or(option('event_id').as(only('a number', isNumber)))
                .as(integer),
              os_name: either('os_name', 'os.name', text),
              os_version: either('os_version', 'os.version', text),
              device_model: either('device_model', 'device.model', text),
              device_manufacturer: either('device_manufacturer', 'device.manufacturer', text),
              device_brand: mapDeviceBrand
                ? either('device_brand', 'device.brand', text)
                : aboutPerson(trait('device_brand').as(text)),
              platform: either('platform', 'device.type', text),
              carrier: either('carrier', 'network.carrier', text),
              app_name: either('app_name', 'app.name', text),
              app_version: either('app_version', 'app.version', text),
              language: either('language', 'locale', text),
              ip: aboutPerson(context('ip').or(event.at('request_ip')).as(text)),
              country: place('country'),
              city: place('city'),
              region: either('region', 'location.region', text),
              dma: either('dma', 'location.dma', text),
              location_lat: either('location_lat', 'location.latitude', decimal),
              location_lng: either('location_lng', 'location.longitude', decimal),
              $skip_user_properties_sync: when(option('skipUserPropertiesSync'), true),
              library: 'rudderstack',
            },
          ],
          options: { min_id_length: 1 },
        },
      }),
      given(
        all(group.type, group.value),
        post.form({
          url: url`https://${host}/groupidentify`,
          body: {
            api_key: apiKey,
            identification: jsonText([
              {
                group_type: group.type.required(),
                group_value: group.value.required(),
                group_properties: group.properties,
              },
            ]),
          },
        }),
      ),
    ];
  },
});
