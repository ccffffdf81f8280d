import {
  context,
  defineDestination,
  event,
  need,
  omitEmpty,
  person,
  post,
  secret,
  text,
  traits,
  template,
  url,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'june',
  title: 'June',
  docs: 'https://www.june.so/docs/tracking/http-api/group',
  config: z.object({ apiKey: secret('Write key of the workspace') }),
  hosts: ['api.june.so'],
  rules: () => [need(person.id.or(event.anonymousId), 'June wants a user id or an anonymous id')],
  requests: ({ apiKey }) =>
    post.json({
      url: url`https://api.june.so/api/group`,
      // The key as it is: June does not want it encoded, whatever the scheme's name says.
      headers: { Authorization: template`Basic ${apiKey}` },
      body: {
        userId: person.id,
        anonymousId: event.anonymousId,
        groupId: event.groupId.required(),
        timestamp: event.time.as(text).required(),
        traits: traits.omit('groupId'),
        context: omitEmpty(context.all.omit('page', 'traits', 'sessionId', 'sessionStart', 'consentManagement')),
      },
    }),
});
