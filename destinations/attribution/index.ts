import {
  basic,
  defineDestination,
  event,
  fields,
  isNotNull,
  post,
  rest,
  secret,
  traits,
  url,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'attribution',
  title: 'Attribution',
  docs: 'https://docs.attributionapp.com',
  aliases: ['Attribution (Actions)', 'actions-attribution'],
  config: z.object({ writeKey: secret('Project id') }),
  hosts: ['track.attributionapp.com'],
  requests: ({ writeKey }) =>
    post.json({
      url: url`https://track.attributionapp.com/v1/import`,
      headers: { Authorization: basic(writeKey) },
      body: {
        batch: [
          {
            type: 'group',
            groupId: event.groupId.required(),
            userId: event.userId,
            anonymousId: event.anonymousId,
            timestamp: event.time,
            traits: traits.filter((value, key) => key !== 'anonymousId' || !value),
            [rest]: fields(event.payload).filter(isNotNull),
          },
        ],
      },
    }),
});
