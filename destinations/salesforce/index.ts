import {
  baseUrl,
  defineDestination,
  event,
  integer,
  joined,
  pairs,
  patch,
  secret,
  template,
  textUpTo,
  trait,
  union,
  url,
  z,
} from 'group-transformer/kit';

/** Choices of a multi-select picklist are separated by semicolons. */
const choices = joined(';');

export default defineDestination({
  name: 'salesforce',
  title: 'Salesforce',
  docs: 'https://developer.salesforce.com/docs/platform/api-rest/guide/resources-sobject-upsert-patch.html',
  aliases: [
    ...['Salesforce (Actions)', 'actions-salesforce', 'SALESFORCE_OAUTH', 'Salesforce V2'],
    ...['SALESFORCE_OAUTH_SANDBOX', 'Salesforce Sandbox'],
  ],
  rejectsPipelines: 'RudderStack does not send group events to Salesforce, only identify',
  config: z.object({
    instanceUrl: baseUrl().describe('Base URL of the org, such as https://acme.my.salesforce.com'),
    externalIdField: z
      .string()
      .regex(/^[a-z]\w*$/i, 'must be the API name of a field')
      .describe('API name of the external id field of Account with the group’s id, such as Group_Id__c'),
    apiVersion: z
      .string()
      .regex(/^v\d+\.0$/, 'must be a version such as v64.0')
      .default('v64.0')
      .describe('Version of the REST API'),
    updateOnly: z.boolean().default(false).describe('Whether to only update accounts, and never create one'),
    customFields: pairs('from', 'to', 'Paths of values, and the API names of the fields to send them to'),
  }),
  delivery: z.object({ accessToken: secret('OAuth access token of the org') }),
  examples: {
    upsert: {
      instanceUrl: 'https://acme.my.salesforce.com',
      externalIdField: 'Group_Id__c',
      customFields: [{ from: 'plan', to: 'Plan__c' }],
    },
    update: { instanceUrl: 'https://acme.my.salesforce.com', externalIdField: 'Group_Id__c', updateOnly: true },
  },
  hosts: ['*.salesforce.com', '*.my.salesforce.com', '*.*.my.salesforce.com'],
  requests: ({ instanceUrl, externalIdField, apiVersion, updateOnly, customFields }, { accessToken }) =>
    patch.json({
      url: url`${instanceUrl}/services/data/${apiVersion}/sobjects/Account/${externalIdField}/${event.groupId}`,
      headers: { Authorization: template`Bearer ${accessToken}` },
      query: updateOnly ? { updateOnly } : {},
      body: union(
        event.mapped(customFields, (value) => value.as(choices)),
        {
          Name: trait.name.as(textUpTo(255)),
          AccountNumber: event.groupId.as(textUpTo(40)),
          NumberOfEmployees: trait.employees.as(integer),
          BillingCity: trait.address.city.as(textUpTo(40)),
          BillingPostalCode: trait.address.postalCode.as(textUpTo(20)),
          BillingCountry: trait.address.country.as(textUpTo(80)),
          BillingStreet: trait.address.street.as(textUpTo(255)),
          BillingState: trait.address.state.as(textUpTo(80)),
          Phone: trait.phone.as(textUpTo(40)),
          Description: trait.description.as(textUpTo(32_000)),
          Website: trait.website.as(textUpTo(255)),
        },
      ),
    }),
});
