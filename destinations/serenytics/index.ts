import {
  context,
  defineDestination,
  event,
  fields,
  post,
  rest,
  secretUrl,
  traits,
  union,
  url,
  z,
} from 'group-transformer/kit';

interface Row {
  id?: string;
  context_ip?: unknown;
  received_at?: unknown;
  sent_at?: unknown;
  original_timestamp?: unknown;
  timestamp?: unknown;
  [trait: `trait_${string}`]: unknown;
}

export default defineDestination({
  name: 'serenytics',
  title: 'Serenytics',
  docs: 'https://doc.serenytics.com/developer/storage_data_source',
  config: z.object({
    storageUrlGroup: secretUrl('URL that pushes to the storage of groups; its last part is a token'),
  }),
  examples: {
    default: { storageUrlGroup: 'https://api.serenytics.com/api/data_source/7c31/push/secret-storageUrlGroup' },
  },
  hosts: { fromConfig: 'storageUrlGroup' },
  requests: ({ storageUrlGroup }) => [
    post.json<Row>({
      url: url`${storageUrlGroup}`,
      body: {
        id: event.groupId,
        context_ip: context('ip').or(event.at('request_ip')),
        received_at: event.at('receivedAt'),
        sent_at: event.at('sentAt'),
        original_timestamp: event.at('originalTimestamp'),
        timestamp: event.time,
        // A row is about the group and the person at once, so that what only the person has gets columns as well.
        [rest]: union(traits, fields(context('traits'))).mapKeys((key) => `trait_${key}`),
      },
    }),
  ],
});
