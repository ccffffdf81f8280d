import { context, defineDestination, event, post, rest, secretUrl, traits, url, z } from 'group-transformer/kit';

export default defineDestination({
  name: 'serenytics',
  title: 'Serenytics',
  docs: 'https://doc.serenytics.com/developer/storage_data_source',
  config: z.object({
    storageUrlGroup: secretUrl('URL for the storage of groups; its last part is a token'),
  }),
  examples: {
    default: { storageUrlGroup: 'https://api.serenytics.com/api/data_source/7c31/push/secret-storageUrlGroup' },
  },
  hosts: { fromConfig: 'storageUrlGroup', known: ['api.serenytics.com'] },
  requests: ({ storageUrlGroup }) =>
    post.json({
      url: url`${storageUrlGroup}`,
      body: {
        id: event.groupId,
        context_ip: context('ip').or(event.at('request_ip')),
        received_at: event.at('receivedAt'),
        sent_at: event.at('sentAt'),
        original_timestamp: event.at('originalTimestamp'),
        timestamp: event.time,
        [rest]: traits.mapKeys((key) => `trait_${key}`),
      },
    }),
});
