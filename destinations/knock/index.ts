import {
  defineDestination,
  event,
  given,
  isNotNull,
  person,
  post,
  put,
  rest,
  secret,
  template,
  text,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const ofKnock = new Set(['settings', 'preferences', 'channel_data']);

export default defineDestination({
  name: 'knock',
  title: 'Knock',
  docs: 'https://docs.knock.app/api-reference/tenants/set',
  config: z.object({
    apiKey: secret('Secret key of the environment, which starts with sk_'),
    subscribeUser: z.boolean().default(false).describe('Whether to also subscribe the user to the tenant'),
  }),
  examples: { tenant: { apiKey: 'secret-apiKey' }, subscription: { apiKey: 'secret-apiKey', subscribeUser: true } },
  hosts: ['api.knock.app'],
  requests: ({ apiKey, subscribeUser }) => {
    const headers = { Authorization: template`Bearer ${apiKey}` };
    const tenant = put.json({
      url: url`https://api.knock.app/v1/tenants/${event.groupId}`,
      headers,
      body: {
        name: trait.name.as(text),
        [rest]: traits
          .omit('id', 'name')
          .filter(isNotNull)
          .keepKeys((key) => !ofKnock.has(key), 'is a property that Knock itself manages'),
      },
    });
    const subscription = given(person.id, (id) =>
      post.json({
        url: url`https://api.knock.app/v1/objects/%24tenants/${event.groupId}/subscriptions`,
        headers,
        // A bare id would require an existing user.
        body: { recipients: [{ id }] },
      }),
    );
    return subscribeUser ? [tenant, subscription] : tenant;
  },
});
