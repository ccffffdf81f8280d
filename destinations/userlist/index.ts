import { defineDestination, event, fields, person, post, rest, secret, template, url, z } from 'group-transformer/kit';

export default defineDestination({
  name: 'userlist',
  title: 'Userlist',
  docs: 'https://userlist.com/docs/developers/push-api',
  config: z.object({ pushKey: secret('Push API key') }),
  hosts: ['incoming.userlist.com'],
  requests: ({ pushKey }) =>
    post.json({
      url: url`https://incoming.userlist.com/rudderstack/events`,
      headers: { Authorization: template`Push ${pushKey}` },
      body: {
        type: 'group',
        userId: person.id.required(),
        groupId: event.groupId.required(),
        anonymousId: event.anonymousId,
        [rest]: fields(event.payload),
      },
    }),
});
