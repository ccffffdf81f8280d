import {
  defineDestination,
  event,
  hostLabel,
  integer,
  joined,
  post,
  secret,
  setting,
  template,
  textUpTo,
  trait,
  url,
  z,
} from 'group-transformer/kit';

const label = textUpTo(255);

export default defineDestination({
  name: 'marketo',
  title: 'Marketo',
  docs: 'https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/lead-database/companies',
  config: z.object({
    munchkinId: hostLabel('Munchkin account id, such as 123-ABC-456').optional(),
    accountId: hostLabel('The same, by RudderStack’s name').optional(),
    accessToken: secret('Access token of a custom service, which Marketo accepts for an hour'),
    customFields: z
      .record(z.string(), z.string())
      .default({})
      .describe('Traits, by the API names of the company fields to send them to'),
  }),
  examples: {
    default: { munchkinId: '123-ABC-456', accessToken: 'secret-accessToken' },
    custom: { accountId: '123-ABC-456', accessToken: 'secret-accessToken', customFields: { accountTier: 'plan' } },
  },
  rejectsPipelines: 'RudderStack does not send group events to Marketo, only identify, track',
  hosts: ['*.mktorest.com'],
  requests: (config) => {
    const { accessToken, accountId, customFields } = config;
    const account = accountId ?? setting(config, 'munchkinId', 'the URLs of the API contain it');
    const custom = Object.fromEntries(
      Object.entries(customFields).map(([name, path]) => [name, trait(path).as(joined(', '))]),
    );
    return post.json({
      url: url`https://${account.toLowerCase()}.mktorest.com/rest/v1/companies.json`,
      headers: { Authorization: template`Bearer ${accessToken}` },
      body: {
        action: 'createOrUpdate',
        dedupeBy: 'dedupeFields',
        input: [
          {
            company: trait.name.as(label),
            website: trait.website.as(label),
            mainPhone: trait.phone.as(label),
            industry: trait.industry.as(label),
            numberOfEmployees: trait.employees.as(integer),
            billingStreet: trait.address.street.as(label),
            billingCity: trait.address.city.as(label),
            billingState: trait.address.state.as(label),
            billingPostalCode: trait.address.postalCode.as(label),
            billingCountry: trait.address.country.as(label),
            ...custom,
            externalCompanyId: event.groupId
              .as(textUpTo(100))
              .required('Marketo accepts ids of at most 100 characters'),
          },
        ],
      },
      batch: { items: 300, bytes: 1_000_000, at: 'body.json.input', uniqueBy: 'externalCompanyId' },
    });
  },
});
