import {
  any,
  basic,
  context,
  defineDestination,
  event,
  isoDateTime,
  need,
  post,
  regions,
  secret,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const region = regions(
  { us: 'api.segment.io', eu: 'events.eu1.segmentapis.com' },
  'Region of the workspace; the host of another region accepts events and loses them',
  'us',
);

export default defineDestination({
  name: 'segment',
  title: 'Segment',
  docs: 'https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/',
  aliases: ['Segment Connections', 'actions-segment', 'Segment Profiles'],
  config: z.object({ writeKey: secret('Write key of an HTTP API source'), region }),
  examples: { us: { writeKey: 'secret-writeKey' }, eu: { writeKey: 'secret-writeKey', region: 'eu' } },
  hosts: region.hosts,
  rules: () => [need(any(event.userId, event.anonymousId), 'Segment requires userId or anonymousId')],
  requests: ({ writeKey, region: host }) =>
    post.json({
      url: url`https://${host}/v1/batch`,
      headers: { Authorization: basic(writeKey) },
      maxBytes: 32_768,
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
            // The event's integrations are left out: they would control the destinations of that workspace.
            context: context.all,
            traits: traits.default({}),
          },
        ],
      },
    }),
});
