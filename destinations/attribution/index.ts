import {
  basic,
  defineDestination,
  event,
  fields,
  post,
  rest,
  secret,
  traits,
  url,
  z,
  type Json,
} from 'group-transformer/kit';

interface Import {
  batch: Message[];
}

interface Message {
  type: 'group';
  groupId: string;
  userId?: string;
  anonymousId?: string;
  timestamp?: Json;
  traits?: Record<string, unknown>;
  [field: string]: unknown;
}

export default defineDestination({
  name: 'attribution',
  title: 'Attribution',
  docs: 'https://docs.attributionapp.com',
  aliases: ['Attribution (Actions)', 'actions-attribution'],
  config: z.object({ writeKey: secret('Project id') }),
  hosts: ['track.attributionapp.com'],
  requests: ({ writeKey }) =>
    post.json<Import>({
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
            [rest]: fields(event.payload).filter((value) => value !== null),
          },
        ],
      },
    }),
});
