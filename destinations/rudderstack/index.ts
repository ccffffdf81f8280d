import {
  any,
  baseUrl,
  basic,
  context,
  defineDestination,
  event,
  isoDateTime,
  need,
  post,
  secret,
  traits,
  url,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'rudderstack',
  title: 'RudderStack',
  docs: 'https://www.rudderstack.com/docs/api/http-api/',
  config: z.object({
    dataPlaneUrl: baseUrl().describe('URL of the data plane'),
    writeKey: secret('Write key of the source'),
  }),
  examples: { default: { dataPlaneUrl: 'https://acme.dataplane.rudderstack.com', writeKey: 'secret-writeKey' } },
  hosts: { fromConfig: 'dataPlaneUrl', known: ['hosted.rudderlabs.com', '*.dataplane.rudderstack.com'] },
  rules: () => [need(any(event.userId, event.anonymousId), 'RudderStack requires userId or anonymousId')],
  requests: ({ dataPlaneUrl, writeKey }) => {
    const headers = { Authorization: basic(writeKey) };
    const group = {
      userId: event.userId,
      anonymousId: event.anonymousId,
      groupId: event.groupId.required(),
      traits,
      context: context.all,
      integrations: event.at('integrations'),
      messageId: event.messageId,
      timestamp: event.time.as(isoDateTime),
      originalTimestamp: event.at('originalTimestamp').as(isoDateTime),
      sentAt: event.at('sentAt').as(isoDateTime),
    };
    return post.json({
      url: url`${dataPlaneUrl}/v1/group`,
      headers,
      body: group,
      batch: {
        items: Infinity,
        bytes: 4_000_000,
        at: 'body.json.batch',
        as: post.json({ url: url`${dataPlaneUrl}/v1/batch`, headers, body: { batch: [{ type: 'group', ...group }] } }),
      },
    });
  },
});
