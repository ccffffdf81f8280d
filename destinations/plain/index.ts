import {
  defineDestination,
  event,
  given,
  type Mapped,
  person,
  post,
  secret,
  template,
  text,
  trait,
  url,
  whenPresent,
  z,
} from 'group-transformer/kit';

// Plain answers 200 even if it refuses, and says why in the error.
const upsertTenant =
  'mutation($input: UpsertTenantInput!) { upsertTenant(input: $input) { result tenant { id } error { type code message } } }';
const addCustomerToTenants =
  'mutation($input: AddCustomerToTenantsInput!) { addCustomerToTenants(input: $input) { error { type code message } } }';

export default defineDestination({
  name: 'plain',
  title: 'Plain',
  docs: 'https://www.plain.com/docs/graphql/tenants/upsert',
  config: z.object({
    apiKey: secret('API key of a machine user'),
    linkUser: z.boolean().default(true).describe('Whether to add the customer to the tenant'),
  }),
  examples: { user: { apiKey: 'secret-apiKey' }, tenant: { apiKey: 'secret-apiKey', linkUser: false } },
  hosts: ['core-api.uk.plain.com'],
  requests: ({ apiKey, linkUser }) => {
    const mutation = (query: string, input: Mapped<unknown>) =>
      post.json({
        url: url`https://core-api.uk.plain.com/graphql/v1`,
        headers: { Authorization: template`Bearer ${apiKey}` },
        body: { query, variables: { input } },
      });
    const externalId = event.groupId.required();
    const tenant = mutation(upsertTenant, {
      identifier: { externalId },
      externalId,
      name: trait.name.as(text).or(externalId),
      url: whenPresent(trait.website.as(text), (value) => ({ value })),
    });
    const member = given(person.id, (id) =>
      mutation(addCustomerToTenants, { customerIdentifier: { externalId: id }, tenantIdentifiers: [{ externalId }] }),
    );
    return linkUser ? [tenant, member] : tenant;
  },
});
