import {
  aboutPerson,
  all,
  any,
  compute,
  concat,
  context,
  type Converter,
  decimal,
  defineDestination,
  entry,
  event,
  type Expr,
  fields,
  given,
  integer,
  isNumber,
  isText,
  type Json,
  jsonText,
  need,
  none,
  only,
  option,
  person,
  post,
  present,
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
} from 'group-transformer/kit';

const residencyServer = regions(
  { standard: 'api2.amplitude.com', EU: 'api.eu.amplitude.com' },
  'Data center of the project',
  'standard',
);

const groupValue: Converter<string> = {
  name: 'groupValue',
  summary: 'text, or a number other than 0',
  examples: [],
  convert: (value) => (isText(value) || (isNumber(value) && value !== 0) ? String(value) : undefined),
};

interface Groups {
  type: Expr<string | undefined>;
  values: Expr<string[] | undefined>;
  properties: Expr<Record<string, Json> | undefined>;
}

interface GroupSettings {
  groupTypeTrait?: string | undefined;
  groupValueTrait?: string | undefined;
  groupType?: string | undefined;
}

const valuesOf = (value: Expr<Json | undefined>, converter: Converter<string>) =>
  compute('list with a value', [value.listOf(converter)], (list) => (list?.length === 0 ? undefined : list)).once();

/**
 * The groups of the event: from the traits that the config names, or else from an option of the event, or else its
 * group id.
 */
function groupsOf({ groupTypeTrait, groupValueTrait, groupType }: GroupSettings): Groups {
  if (groupTypeTrait && groupValueTrait) {
    return {
      type: trait(groupTypeTrait).as(only('text', isText)).required(),
      values: valuesOf(trait(groupValueTrait), groupValue).required(),
      properties: traits.omit('event_id'),
    };
  }
  const options = {
    type: option('groups.group_type').as(text),
    values: valuesOf(option('groups.group_value'), text),
    properties: fields(option('groups.group_properties')),
  };
  if (groupType === undefined) return options;
  const isOption = present(option('groups'));
  return {
    type: options.type.default(groupType),
    values: options.values.or(when<string[] | undefined>(none(isOption), concat(event.groupId))),
    properties: options.properties.or(when<Record<string, Json> | undefined>(none(isOption), traits.omit('event_id'))),
  };
}

const user = any(event.userId, event.anonymousId);

const sessionId = compute('part after the last colon', [option('session_id').or(event.at('session_id'))], (id) =>
  isText(id) ? id.slice(id.lastIndexOf(':') + 1) : id,
);

/** The user's device. The group's traits say nothing about it. */
const device = <T>(path: string, converter: Converter<T>) => aboutPerson(context(path).as(converter));

/** The user's location. The group's address says nothing about it. */
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
    groupTypeTrait: z.string().optional().describe('Trait with the group type'),
    groupValueTrait: z.string().optional().describe('Trait with the group value'),
    groupType: z
      .string()
      .min(1)
      .optional()
      .describe('Group type for the group id, if the two settings above are empty'),
    mapDeviceBrand: z.boolean().default(false).describe('Whether to send context.device.brand'),
    enableEnhancedUserOperations: z.boolean().default(false).describe('Whether to wrap user properties in $set'),
  }),
  examples: {
    traits: { apiKey: 'secret-apiKey', groupTypeTrait: 'industry', groupValueTrait: 'name', mapDeviceBrand: true },
    groupId: { apiKey: 'secret-apiKey', groupType: 'company' },
    options: { apiKey: 'secret-apiKey', residencyServer: 'EU', enableEnhancedUserOperations: true },
  },
  hosts: residencyServer.hosts,
  rules: (config) => {
    const { type, values } = groupsOf(config);
    const { groupTypeTrait, groupValueTrait, groupType } = config;
    const isOfGroupId = groupType !== undefined && !(groupTypeTrait && groupValueTrait);
    return [
      ...(isOfGroupId ? [need(any(event.groupId, option('groups')))] : []),
      refuse(
        all(option('groups'), any(none(type), none(values))),
        'the option groups requires group_type and group_value',
      ),
    ];
  },
  requests: (config, _delivery, { isForPipeline }) => {
    const { apiKey, residencyServer: host, mapDeviceBrand, enableEnhancedUserOperations } = config;
    const { type, values, properties } = groupsOf(config);
    // A single group has a plain value instead of a list, as in Amplitude's own SDKs.
    const groups = entry(
      type,
      compute('value, or list of them', [values], (list) => (list?.length === 1 ? list[0] : list)),
    ).once();
    const userProperties = union<unknown>(
      groups,
      aboutPerson(
        union<unknown>(
          {
            initial_referrer: context('page.initial_referrer'),
            initial_referring_domain: context('page.initial_referring_domain'),
          },
          fields(context('campaign')).mapKeys((key) => `utm_${key}`),
        ),
      ),
    );

    const identifying = {
      body: {
        api_key: apiKey,
        events: [
          {
            event_type: '$identify',
            user_id: event.userId,
            device_id: event.anonymousId,
            groups,
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
            os_name: device('os.name', text),
            os_version: device('os.version', text),
            device_model: device('device.model', text),
            device_manufacturer: device('device.manufacturer', text),
            device_brand: mapDeviceBrand ? device('device.brand', text) : undefined,
            platform: device('device.type', text),
            carrier: device('network.carrier', text),
            app_name: device('app.name', text),
            app_version: device('app.version', text),
            language: device('locale', text),
            ip: aboutPerson(context('ip').or(event.at('request_ip')).as(text)),
            country: place('country'),
            city: place('city'),
            region: device('location.region', text),
            dma: device('location.dma', text),
            location_lat: device('location.latitude', decimal),
            location_lng: device('location.longitude', decimal),
            $skip_user_properties_sync: when(option('skipUserPropertiesSync'), true),
            library: 'rudderstack',
          },
        ],
        options: { min_id_length: 1 },
      },
    };
    const identify = post.json({
      url: url`https://${host}/2/httpapi`,
      ...identifying,
      batch: isForPipeline
        ? undefined
        : {
            items: 2000,
            bytes: 20_000_000,
            at: 'body.json.events',
            // Its rate limit is higher.
            as: post.json({ url: url`https://${host}/batch`, ...identifying }),
          },
    });
    const groupIdentify = post.form({
      url: url`https://${host}/groupidentify`,
      batch: isForPipeline ? undefined : { items: 1024, bytes: 1_000_000, at: 'body.form.identification' },
      body: {
        api_key: apiKey,
        identification: jsonText(
          compute('one per value', [type, values, properties], (group_type, list, group_properties) =>
            list?.map((group_value) => ({ group_type, group_value, group_properties })),
          ),
        ),
      },
    });
    return given(all(type, values), [given(user, identify), groupIdentify]);
  },
});
