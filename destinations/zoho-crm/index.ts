import {
  defineDestination,
  event,
  given,
  integer,
  isList,
  isObject,
  type Json,
  only,
  post,
  regions,
  secret,
  template,
  text,
  trait,
  union,
  url,
  z,
} from 'group-transformer/kit';

const region = regions(
  {
    US: 'www.zohoapis.com',
    EU: 'www.zohoapis.eu',
    IN: 'www.zohoapis.in',
    AU: 'www.zohoapis.com.au',
    JP: 'www.zohoapis.jp',
    CN: 'www.zohoapis.com.cn',
    CA: 'www.zohoapis.ca',
    SA: 'www.zohoapis.sa',
  },
  'Data center of the account; a token works only there',
  'US',
);

/** Multi-choice fields accept lists, so lists stay lists. */
const filled = only('anything but an empty list or object', (value): value is Json => {
  const isEmpty = (isList(value) || isObject(value)) && Object.keys(value).length === 0;
  return !isEmpty;
});

export default defineDestination({
  name: 'zoho-crm',
  title: 'Zoho CRM',
  docs: 'https://www.zoho.com/crm/developer/docs/api/v8/upsert-records.html',
  aliases: ['ZOHO'],
  config: z.object({
    accessToken: secret('OAuth access token, which Zoho accepts for an hour'),
    region,
    idField: z
      .string()
      .regex(/^[a-z]\w*$/i, 'must be the API name of a field')
      .default('Group_Id')
      .describe('API name of the unique Accounts field with the group’s id'),
    matchByName: z.boolean().default(false).describe('Whether to look for an account without a group id by its name'),
    customFields: z
      .record(z.string().min(1), z.string().min(1))
      .default({})
      .describe('Paths of values, by the API names of the fields to send them to'),
  }),
  examples: {
    default: { accessToken: 'secret-accessToken', customFields: { Plan: 'traits.plan' } },
    name: { accessToken: 'secret-accessToken', region: 'EU', matchByName: true },
  },
  rejectsPipelines: 'RudderStack does not send group events to Zoho, only record',
  hosts: region.hosts,
  requests: ({ accessToken, region: host, idField, matchByName, customFields }) => {
    const custom = Object.entries(customFields).map(([name, path]) => [name, event.named(path).as(filled)] as const);
    const fields = union(Object.fromEntries(custom), {
      Account_Name: trait.name.as(text),
      Phone: trait.phone.as(text),
      Website: trait.website.as(text),
      Industry: trait.industry.as(text),
      Description: trait.description.as(text),
      Employees: trait.employees.as(integer),
      Billing_Street: trait.address.street.as(text),
      Billing_City: trait.address.city.as(text),
      Billing_State: trait.address.state.as(text),
      Billing_Code: trait.address.postalCode.as(text),
      Billing_Country: trait.address.country.as(text),
    });
    // Zoho creates no account without a name, and an update requires a field.
    return given(fields, (found) =>
      post.json({
        url: url`https://${host}/crm/v8/Accounts/upsert`,
        headers: { Authorization: template`Zoho-oauthtoken ${accessToken}` },
        body: {
          data: [union({ [idField]: event.groupId.required() }, found)],
          duplicate_check_fields: matchByName ? [idField, 'Account_Name'] : [idField],
        },
        batch: { items: 100, bytes: 1_000_000, at: 'body.json.data', uniqueBy: idField },
      }),
    );
  },
});
