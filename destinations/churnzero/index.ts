import {
  baseUrl,
  compute,
  defineDestination,
  event,
  isNotNull,
  isoDateTime,
  isText,
  person,
  post,
  rest,
  secret,
  text,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const addressAsText = compute('address of one line', [trait.address], (address) =>
  isText(address) ? address : undefined,
);

const attributes = traits
  .omit('id', 'name', 'createdAt', 'address')
  .flatten('underscores', { lists: 'joined' })
  .filter(isNotNull)
  .mapKeys((key) => `attr_${key}`);

export default defineDestination({
  name: 'churnzero',
  title: 'ChurnZero',
  docs: 'https://support.churnzero.com/hc/en-us/articles/360003183171-Integrate-ChurnZero-using-HTTP-API',
  config: z.object({
    appKey: secret('Application key'),
    endpoint: baseUrl()
      .default('https://analytics.churnzero.net')
      .describe('Base URL that ChurnZero shows below the application keys, without /i'),
    contactlessId: z.string().min(1).optional().describe('Contact id to use if the event has no user id'),
  }),
  examples: {
    contact: { appKey: 'secret-appKey', endpoint: 'https://acme.us1app.churnzero.net' },
    contactless: { appKey: 'secret-appKey', contactlessId: 'account-updates' },
  },
  hosts: {
    fromConfig: 'endpoint',
    known: ['*.us1app.churnzero.net', 'analytics.churnzero.net', 'eu1analytics.churnzero.net'],
  },
  requests: ({ appKey, endpoint, contactlessId }) =>
    post.json({
      url: url`${endpoint}/i`,
      body: {
        appKey,
        accountExternalId: event.groupId.required(),
        // ChurnZero answers 200 even if it ignores a call, so its requirements are checked here.
        contactExternalId: person.id
          .default(contactlessId)
          .required('ChurnZero requires a contact: userId, or config.contactlessId'),
        action: 'setAttribute',
        entity: 'account',
        attr_Name: trait.name.as(text),
        attr_BillingAddressLine1: trait.address.street.or(addressAsText).as(text),
        attr_BillingAddressCity: trait.address.city.as(text),
        attr_BillingAddressState: trait.address.state.as(text),
        attr_BillingAddressZip: trait.address.postalCode.as(text),
        attr_BillingAddressCountry: trait.address.country.as(text),
        attr_StartDate: trait.createdAt.as(isoDateTime),
        [rest]: attributes,
      },
    }),
});
