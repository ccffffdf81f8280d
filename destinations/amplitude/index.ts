import {
  all,
  any,
  compute,
  defineDestination,
  event,
  given,
  jsonText,
  need,
  none,
  option,
  post,
  refuse,
  regions,
  secret,
  url,
  z,
} from 'group-transformer/kit';

import { groupsOf } from './groups.ts';
import { identifyEvent } from './identify.ts';

const residencyServer = regions(
  { standard: 'api2.amplitude.com', EU: 'api.eu.amplitude.com' },
  'Data center of the project',
  'standard',
);

const user = any(event.userId, event.anonymousId);

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
    const { apiKey, residencyServer: host } = config;
    const groups = groupsOf(config);
    const { type, values, properties } = groups;
    const identifying = {
      body: {
        api_key: apiKey,
        events: [identifyEvent(groups, config)],
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
