import {
  aboutPerson,
  baseUrl,
  compute,
  context,
  defineDestination,
  entry,
  event,
  isoDateTime,
  none,
  omitEmpty,
  parseUrl,
  person,
  post,
  secret,
  template,
  text,
  trait,
  traits,
  url,
  warn,
  z,
} from 'group-transformer/kit';

// PostHog cannot read an event whose time is a number.
const time = event.time.as(isoDateTime).once();

/** PostHog's size limit for an event. */
const maxBytes = 900_000;

const groupSet = traits.omit('groupType');

/** With the port, as in PostHog's own libraries. */
const host = compute('host of the URL', [context('page.url')], (page) =>
  typeof page === 'string' ? parseUrl(page)?.host : undefined,
);

export default defineDestination({
  name: 'posthog',
  title: 'PostHog',
  docs: 'https://posthog.com/docs/api/capture',
  aliases: ['actions-posthog'],
  config: z.object({
    teamApiKey: secret('API key of the project'),
    yourInstance: baseUrl().default('https://us.i.posthog.com').describe('Base URL of the instance'),
    useV2Group: z
      .boolean()
      .default(false)
      .describe('Whether to send $groupidentify; without it, PostHog accepts the event but creates no group'),
    groupType: z.string().min(1).optional().describe('Group type, if the traits have no groupType'),
  }),
  examples: {
    v1: { teamApiKey: 'secret-teamApiKey', useV2Group: false },
    v2: {
      teamApiKey: 'secret-teamApiKey',
      yourInstance: 'https://eu.i.posthog.com',
      useV2Group: true,
      groupType: 'company',
    },
  },
  nativeDefaults: { useV2Group: true },
  hosts: { fromConfig: 'yourInstance', known: ['app.posthog.com', 'us.i.posthog.com', 'eu.i.posthog.com'] },
  rules: ({ useV2Group }) => [
    useV2Group
      ? warn(none(groupSet), 'PostHog creates no group without a trait')
      : warn(event.payload, 'PostHog creates no group from an event without useV2Group'),
  ],
  requests: ({ teamApiKey, yourInstance, useV2Group, groupType: fallback }) => {
    const someone = person.id.or(event.anonymousId);
    const groupType = trait('groupType')
      .as(text)
      .default(fallback)
      .once()
      .required('PostHog requires a group type: the trait groupType, or config.groupType');
    const groupKey = event.groupId.required();
    const record = {
      timestamp: time,
      groupId: useV2Group ? undefined : event.groupId,
      // PostHog requires a distinct id. For a group without a person, its own libraries build it from type and key.
      distinct_id: useV2Group
        ? someone.or(template`$${groupType}_${groupKey}`)
        : someone.required('PostHog requires a user id or an anonymous id'),
      traits: useV2Group ? undefined : traits,
      messageId: event.messageId,
      properties: {
        $set: aboutPerson(person.traits),
        $os: context('os.name'),
        $current_url: context('page.url'),
        $pathname: context('page.path'),
        $screen_height: context('screen.height'),
        $screen_width: context('screen.width'),
        $lib: context('library.name'),
        $lib_version: context('library.version'),
        $time: time,
        $device_id: context('device.id'),
        $ip: context('ip').or(event.at('request_ip')),
        $timestamp: time,
        $anon_distinct_id: event.anonymousId,
        distinct_id: event.userId.or(event.anonymousId),
        $screen_density: context('screen.density'),
        $device_manufacturer: context('device.manufacturer'),
        $os_version: context('os.version'),
        $timezone: context('timezone'),
        $locale: context('locale'),
        $useragent: context('userAgent'),
        $app_version: context('app.version'),
        $device_name: context('device.name'),
        $network_carrier: context('network.carrier'),
        $app_name: context('app.name'),
        $device_model: context('device.model'),
        $app_namespace: context('app.namespace'),
        $app_build: context('app.build'),
        utm_source: context('campaign.source'),
        utm_medium: context('campaign.medium'),
        utm_campaign: context('campaign.name'),
        utm_content: context('campaign.content'),
        utm_term: context('campaign.term'),
        $performance_page_loaded: context('page.loaded'),
        $host: host,
        $group_key: useV2Group ? groupKey : undefined,
        $group_set: useV2Group ? omitEmpty(groupSet) : undefined,
        $group_type: useV2Group ? groupType : undefined,
        $groups: useV2Group ? entry(groupType, groupKey) : undefined,
      },
      event: '$groupidentify',
      type: 'group',
    };
    const common = { url: url`${yourInstance}/batch`, maxBytes };
    return post.json({
      ...common,
      body: { api_key: teamApiKey, ...record },
      batch: {
        items: Infinity,
        bytes: 10 * 1024 * 1024,
        at: 'body.json.batch',
        as: post.json({ ...common, body: { api_key: teamApiKey, batch: [record] } }),
      },
    });
  },
});
