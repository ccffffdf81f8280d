import { basic, defineDestination, event, person, post, secret, traits, url, z } from 'group-transformer/kit';

const hosts = { production: 'in.accoil.com', staging: 'instaging.accoil.com' };

export default defineDestination({
  name: 'accoil-analytics',
  title: 'Accoil Analytics',
  docs: 'https://developer.accoil.com/docs/concepts/group-call',
  aliases: ['ACCOIL_ANALYTICS', 'actions-accoil-analytics'],
  config: z.object({
    apiKey: secret('API key of the product; keys that start with stg_ are for the staging environment', 'stg_'),
  }),
  examples: { production: { apiKey: 'secret-apiKey' }, staging: { apiKey: 'stg_secret-apiKey' } },
  hosts: Object.values(hosts),
  requests: ({ apiKey }) =>
    post.json({
      url: url`https://${apiKey.prefix === undefined ? hosts.production : hosts.staging}/segment`,
      headers: { Authorization: basic(apiKey) },
      body: {
        type: 'group',
        userId: person.id.or(event.anonymousId).required(),
        groupId: event.groupId.required(),
        timestamp: event.time,
        traits,
      },
    }),
});
