import {
  aboutPerson,
  any,
  defineDestination,
  event,
  fields,
  isText,
  need,
  option,
  person,
  post,
  put,
  rows,
  secret,
  traits,
  union,
  url,
  when,
  z,
} from 'group-transformer/kit';

const aliases = fields(option('aliases'));

export default defineDestination({
  name: 'one-signal',
  title: 'OneSignal',
  docs: 'https://documentation.onesignal.com/reference/create-user',
  aliases: ['ONE_SIGNAL', 'One Signal', 'OneSignal (New)'],
  config: z.object({
    appId: secret('App ID'),
    version: z
      .enum(['V1', 'V2'])
      .default('V1')
      .describe('API for users; V2 has the user model, V1 is the legacy API and requires no key'),
    allowedProperties: rows('propertyName', 'Traits to send as tags, if they are text').prefault([]),
  }),
  examples: {
    v1: { appId: 'secret-appId', version: 'V1', allowedProperties: [{ propertyName: 'plan' }] },
    v2: { appId: 'secret-appId', version: 'V2', allowedProperties: [{ propertyName: 'plan' }] },
  },
  nativeDefaults: { version: 'V2' },
  hosts: ['onesignal.com', 'api.onesignal.com'],
  rules: ({ version }) => [
    need(event.groupId),
    version === 'V1' ? need(person.id) : need(any(person.id, aliases), 'OneSignal requires a user id or aliases'),
  ],
  requests: ({ appId, version, allowedProperties }) => {
    const allowed = traits.pick(...allowedProperties).filter(isText);
    // A trait named groupId may replace the id if the config allows it.
    const tags = aboutPerson(union(allowed, { groupId: event.groupId }));
    return version === 'V1'
      ? put.json({
          url: url`https://onesignal.com/api/v1/apps/${appId}/users/${person.id}`,
          headers: { Accept: 'application/json', 'OneSignal-Usage': 'Rudderstack | Partner Integration' },
          body: { tags },
        })
      : post.json({
          url: url`https://api.onesignal.com/apps/${appId}/users`,
          headers: { Accept: 'application/json' },
          body: {
            properties: { tags },
            identity: when<unknown>(person.id, { external_id: person.id }).or(aliases).required(),
          },
        });
  },
});
