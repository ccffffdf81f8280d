import {
  compute,
  defineDestination,
  event,
  given,
  isNotNull,
  isText,
  need,
  omitEmpty,
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

const oneLine = compute('text', [trait.address], (address) => (isText(address) ? address : undefined));

/** Traits that have their own field, or none. */
const notCustom = ['id', 'name', 'description', 'phone', 'website', 'address', 'tags', 'phase'];

export default defineDestination({
  name: 'planhat',
  title: 'Planhat',
  docs: 'https://www.planhat.com/developers/api/bulk-upsert',
  config: z.object({
    apiToken: secret('API access token of a service account'),
    subdomain: z
      .string()
      .regex(/^api(-[a-z0-9]+)?$/, 'must be api, or api- and a region')
      .default('api')
      .describe('Label before .planhat.com in the API’s URLs: api, api-eu, api-us2, api-us4 or another region'),
  }),
  examples: {
    default: { apiToken: 'secret-apiToken' },
    eu: { apiToken: 'secret-apiToken', subdomain: 'api-eu' },
  },
  hosts: ['*.planhat.com'],
  rules: () => [need(event.groupId)],
  // A new company requires a name, and an update requires a field.
  requests: ({ apiToken, subdomain }) =>
    given(
      traits.omit('id').filter(isNotNull),
      put.json({
        url: url`https://${subdomain}.planhat.com/companies`,
        headers: { Authorization: template`Bearer ${apiToken}` },
        body: [
          {
            externalId: event.groupId.required(),
            name: trait.name.as(text),
            description: trait.description.as(text),
            phonePrimary: trait.phone.as(text),
            web: trait.website.as(text),
            address: trait.address.street.or(oneLine).as(text),
            city: trait.address.city.as(text),
            zip: trait.address.postalCode.as(text),
            country: trait.address.country.as(text),
            tags: omitEmpty(trait('tags').listOf(text)),
            phase: trait('phase').as(text),
            custom: omitEmpty({
              state: trait.address.state.as(text),
              [rest]: traits
                .omit(...notCustom)
                .flatten('underscores', { lists: 'joined' })
                .filter(isNotNull),
            }),
          },
        ],
        batch: { items: 5000, bytes: 32_000_000, at: 'body.json', uniqueBy: 'externalId' },
      }),
    ),
});
