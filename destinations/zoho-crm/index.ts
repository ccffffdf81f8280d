import {
  defineDestination,
  event,
  given,
  integer,
  isList,
  isObject,
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
  type Json,
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
  'Data centre of the account; a token is valid in its own only',
  'US',
);

/** Fields of several choices take lists, so that these stay what they are. */
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
    accessToken: secret('OAuth access token, which Zoho takes for an hour'),
    region,
    idField: z
      .string()
      .regex(/^[a-z]\w*$/i, 'must be the API name of a field')
      .default('Group_Id')
      .describe('API name of the unique field of Accounts that holds the group’s id'),
    matchByName: z
      .boolean()
      .default(false)
      .describe('Whether an account that has no group’s id is looked for by its name'),
    customFields: z
      .record(z.string().min(1), z.string().min(1))
      .default({})
      .describe('Paths of values that become further fields, by the API names of those'),
  }),
  examples: {
    default: { accessToken: 'secret-accessToken', customFields: { Plan: 'traits.plan' } },
    name: { accessToken: 'secret-accessToken', region: 'EU', matchByName: true },
  },
  rejectsPipelines: 'RudderStack sends ZOHO no group events; it takes record',
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
    // Zoho creates no account without a name, and has nothing to update without a field.
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
