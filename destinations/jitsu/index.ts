import {
  baseUrl,
  context,
  defineDestination,
  event,
  isoDateTime,
  post,
  secret,
  traits,
  url,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'jitsu',
  title: 'Jitsu',
  docs: 'https://docs.jitsu.com/sending-data/http',
  config: z.object({
    host: baseUrl().describe('Base URL of the site, such as https://data.acme.com'),
    writeKey: secret('Server write key: a key’s id, a colon and its secret'),
  }),
  examples: { default: { host: 'https://data.kadewerk.example', writeKey: 'secret-writeKey' } },
  hosts: { fromConfig: 'host', known: ['*.d.jitsu.com'] },
  requests: ({ host, writeKey }) =>
    post.json({
      url: url`${host}/api/s/s2s/group`,
      headers: { 'X-Write-Key': writeKey },
      body: {
        type: 'group',
        messageId: event.messageId,
        userId: event.userId,
        anonymousId: event.anonymousId,
        groupId: event.groupId.required(),
        timestamp: event.time.as(isoDateTime),
        sentAt: event.at('sentAt').as(isoDateTime),
        // The event's integrations are left out: they would control Jitsu's own destinations.
        context: context.all,
        traits,
      },
    }),
});
