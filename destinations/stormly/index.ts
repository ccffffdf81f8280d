import { defineDestination, event, person, post, secret, template, traits, url, z } from 'group-transformer/kit';

export default defineDestination({
  name: 'stormly',
  title: 'Stormly',
  docs: 'https://segment.com/docs/connections/destinations/catalog/stormly/',
  config: z.object({ apiKey: secret('API key') }),
  hosts: ['rudderstack.t.stormly.com'],
  requests: ({ apiKey }) =>
    post.json({
      url: url`https://rudderstack.t.stormly.com/webhook/rudderstack/group`,
      // Stormly accepts the key unencoded, whatever the name of the scheme suggests.
      headers: { Authorization: template`Basic ${apiKey}` },
      body: {
        userId: person.id,
        groupId: event.groupId.required(),
        timestamp: event.time,
        traits: traits.omit('groupId'),
      },
    }),
});
