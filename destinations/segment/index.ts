import {
  any,
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
  name: 'segment',
  title: 'Segment',
  docs: 'https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/',
  aliases: ['Segment Connections', 'actions-segment', 'Segment Profiles'],
  config: z.object({ writeKey: secret('Write key of an HTTP API source') }),
  hosts: ['api.segment.io'],
  rules: () => [need(any(event.userId, event.anonymousId), 'Segment wants a user id or an anonymous id')],
  requests: ({ writeKey }) =>
    post.json({
      url: url`https://api.segment.io/v1/batch`,
      headers: { Authorization: basic(writeKey) },
      batch: { items: 2500, bytes: 500_000, at: 'body.json.batch' },
      body: {
        batch: [
          {
            type: 'group',
            userId: event.userId,
            anonymousId: event.anonymousId,
            groupId: event.groupId.required(),
            messageId: event.messageId,
            timestamp: event.time.as(isoDateTime),
            // The event's integrations stay behind: they would steer the destinations of that workspace.
            context: context.all,
            traits: traits.default({}),
          },
        ],
      },
    }),
});
