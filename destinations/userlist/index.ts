import { defineDestination, event, fields, person, post, rest, secret, url, z } from 'group-transformer/kit';

/** The event itself, its options included: relations between person and company are read from them. */
interface GroupCall {
  type: 'group';
  userId: string;
  groupId: string;
  anonymousId?: string;
  [field: string]: unknown;
}

export default defineDestination({
  name: 'userlist',
  title: 'Userlist',
  docs: 'https://userlist.com/docs/developers/push-api',
  config: z.object({ pushKey: secret('Push API key') }),
  hosts: ['incoming.userlist.com'],
  requests: ({ pushKey }) =>
    post.json<GroupCall>({
      url: url`https://incoming.userlist.com/rudderstack/events`,
      headers: { Authorization: `Push ${pushKey}` },
      body: {
        type: 'group',
        userId: person.id.required(),
        groupId: event.groupId.required(),
        anonymousId: event.anonymousId,
        [rest]: fields(event.payload),
      },
    }),
});
