import {
  basic,
  context,
  defineDestination,
  event,
  omitEmpty,
  post,
  regions,
  secret,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const region = regions({ US: 'segment.appcues.com', EU: 'segment.eu.appcues.com' }, 'Data center of the account', 'US');

export default defineDestination({
  name: 'appcues',
  title: 'Appcues',
  docs: 'https://api.appcues.com/v2/docs',
  aliases: ['Appcues (Actions)', 'actions-appcues'],
  config: z.object({
    accountId: z
      .union([z.string().min(1), z.int()])
      .transform(String)
      .describe('Account ID'),
    apiKey: secret('Key for the public API, version 2'),
    apiSecret: secret('Secret of that key'),
    region,
  }),
  examples: {
    us: { accountId: '48213', apiKey: 'secret-apiKey', apiSecret: 'secret-apiSecret' },
    eu: { accountId: 48213, apiKey: 'secret-apiKey', apiSecret: 'secret-apiSecret', region: 'EU' },
  },
  rejectsPipelines: 'RudderStack does not send group events to Appcues, only identify, page, screen, track',
  hosts: region.hosts,
  requests: ({ accountId, apiKey, apiSecret, region: host }) =>
    post.json({
      url: url`https://${host}/v2/accounts/${accountId}/segment/direct`,
      headers: { Authorization: basic(apiKey, apiSecret) },
      body: {
        type: 'group',
        groupId: event.groupId.required(),
        traits: omitEmpty(traits),
        userId: event.userId,
        anonymousId: event.anonymousId,
        context: context.all,
        integrations: event.at('integrations'),
        timestamp: event.time,
        messageId: event.messageId,
      },
    }),
});
