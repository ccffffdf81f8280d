import {
  aboutPerson,
  any,
  defineDestination,
  event,
  need,
  pairs,
  person,
  post,
  rest,
  type Scalar,
  secret,
  template,
  text,
  traits,
  union,
  url,
  z,
} from 'group-transformer/kit';

interface IdentifyUser {
  id?: string;
  email?: string;
  [accountAttribute: `account[${string}`]: Scalar;
}

export default defineDestination({
  name: 'refiner',
  title: 'Refiner',
  docs: 'https://refiner.io/docs/api/',
  config: z.object({
    apiKey: secret('REST API key'),
    accountAttributesMapping: pairs('from', 'to', 'Traits to send as account attributes with another name'),
  }),
  examples: { default: { apiKey: 'secret-apiKey', accountAttributesMapping: [{ from: 'plan', to: 'tier' }] } },
  hosts: ['api.refiner.io'],
  rules: () => [need(any(person.id, person.email), 'Refiner requires userId or context.traits.email')],
  requests: ({ apiKey, accountAttributesMapping }) =>
    post.form<IdentifyUser>({
      url: url`https://api.refiner.io/v1/identify-user`,
      headers: { Authorization: template`Bearer ${apiKey}` },
      body: {
        id: person.id,
        email: aboutPerson(person.email.as(text)),
        [rest]: union(traits.omit('id'), { id: event.groupId })
          .rename(accountAttributesMapping, Boolean)
          .flatten('brackets', { under: 'account' }),
      },
    }),
});
