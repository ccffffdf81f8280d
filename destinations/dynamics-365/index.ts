import {
  baseUrl,
  compute,
  defineDestination,
  email,
  event,
  type Expr,
  given,
  integer,
  isText,
  joined,
  type Json,
  only,
  patch,
  secret,
  template,
  textUpTo,
  trait,
  union,
  url,
  z,
} from 'group-transformer/kit';

/** Microsoft's data centers are numbered, except the first one and those for governments and China. */
const numbers = '2|3|4|5|6|7|8|9|11|12|14|15|16|17|19|20|21|22';
const domains = `crm(${numbers})?\\.dynamics\\.com|crm\\.(microsoftdynamics\\.us|appsplatform\\.us|dynamics\\.cn)`;
const organization = new RegExp(`^https://[a-z\\d-]+(\\.api)?\\.(${domains})$`);

/** The group's id as a key in a URL, with quotation marks doubled. */
function keyOf(column: string) {
  const [grammar, length] =
    column === 'accountnumber' ? [/^[^/<>*%&:\\?+]{1,20}$/, ' of at most 20 characters'] : [/^[^/<>*%&:\\?+]+$/, ''];
  const kind = `text${length} without / < > * % & : \\ ? or +`;
  const key = only(kind, (value): value is string => isText(value) && grammar.test(value));
  const id = event.groupId.as(key).required(`the group id must be ${kind} to be a key in Dynamics 365`);
  return compute('doubled quotation marks', [id], (text) => text.replaceAll("'", "''"));
}

export default defineDestination({
  name: 'dynamics-365',
  title: 'Dynamics 365',
  docs: 'https://learn.microsoft.com/power-apps/developer/data-platform/webapi/update-delete-entities-using-web-api',
  aliases: ['Microsoft Dynamics', 'Microsoft Dynamics 365'],
  config: z.object({
    orgUrl: baseUrl()
      .refine(
        (value) => organization.test(value),
        'must be a URL in a known data center, such as https://acme.crm4.dynamics.com',
      )
      .describe('Base URL of the organization, such as https://acme.crm4.dynamics.com'),
    accessToken: secret('Access token of a Microsoft Entra application, valid for about an hour'),
    keyField: z
      .string()
      .regex(/^[a-z]\w*$/, 'must be the logical name of a column')
      .default('accountnumber')
      .describe('Logical name of the account column with the group’s id; it must be an active alternate key'),
    createAccounts: z.boolean().default(true).describe('Whether to create an account if none has the group’s id'),
    customFields: z
      .record(z.string().min(1), z.string().min(1))
      .default({})
      .describe('Paths of values, by the logical names of the columns to send them to'),
  }),
  examples: {
    upsert: {
      orgUrl: 'https://acme.crm4.dynamics.com',
      accessToken: 'secret-accessToken',
      customFields: { new_plan: 'traits.plan' },
    },
    update: { orgUrl: 'https://acme.crm.dynamics.com', accessToken: 'secret-accessToken', createAccounts: false },
  },
  hosts: { fromConfig: 'orgUrl', known: ['*.crm.dynamics.com', '*.crm4.dynamics.com', '*.api.crm.dynamics.com'] },
  requests: ({ orgUrl, accessToken, keyField, createAccounts, customFields }) => {
    const custom = Object.entries(customFields).map(
      // Choices of a multi-select column are separated by commas.
      ([name, path]) => [name, event.named(path).as(joined(','))] as const,
    );
    const columns = union(Object.fromEntries(custom), {
      name: trait.name.as(textUpTo(160)),
      emailaddress1: trait.email.as(email).as(textUpTo(100)),
      telephone1: trait.phone.as(textUpTo(50)),
      websiteurl: trait.website.as(textUpTo(200)),
      description: trait.description.as(textUpTo(2000)),
      numberofemployees: trait.employees.as(integer),
      address1_line1: trait.address.street.as(textUpTo(250)),
      address1_city: trait.address.city.as(textUpTo(80)),
      address1_stateorprovince: trait.address.state.as(textUpTo(50)),
      address1_postalcode: trait.address.postalCode.as(textUpTo(20)),
      address1_country: trait.address.country.as(textUpTo(80)),
    });
    const write = (body: Expr<Record<string, Json>>) =>
      patch.json({
        url: url`${orgUrl}/api/data/v9.2/accounts(${keyField}='${keyOf(keyField)}')`,
        headers: {
          Authorization: template`Bearer ${accessToken}`,
          Accept: 'application/json',
          'OData-Version': '4.0',
          'OData-MaxVersion': '4.0',
          'If-Match': createAccounts ? undefined : '*',
        },
        body,
      });
    return createAccounts ? write(columns) : given(columns, write);
  },
});
