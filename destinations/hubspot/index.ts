import {
  any,
  type Converter,
  defineDestination,
  event,
  given,
  hostname,
  integer,
  isObject,
  joined,
  pairs,
  patch,
  post,
  secret,
  template,
  text,
  trait,
  traits,
  union,
  url,
  z,
} from 'group-transformer/kit';

/** Choices of a property are separated by semicolons. */
const choices = joined(';');

/** The API accepts the values of all properties as text, whatever their types. */
const property: Converter<string> = {
  name: 'property',
  summary: 'text, a number, a boolean, a list of these, or an object, which becomes JSON text',
  examples: [],
  convert: (value) => {
    const isFilled = isObject(value) && Object.keys(value).length > 0;
    return isFilled ? JSON.stringify(value) : text.convert(choices.convert(value) ?? null);
  },
};

/** Properties that every account has. */
const standard = {
  name: trait.name.as(text),
  description: trait.description.as(text),
  address: trait.address.street.as(text),
  city: trait.address.city.as(text),
  state: trait.address.state.as(text),
  zip: trait.address.postalCode.as(text),
  country: trait.address.country.as(text),
  domain: trait.website.as(hostname),
  website: trait.website.as(text),
  phone: trait.phone.as(text),
  numberofemployees: trait.employees.as(integer).as(text),
};

export default defineDestination({
  name: 'hubspot',
  title: 'HubSpot',
  docs: 'https://developers.hubspot.com/docs/api-reference/latest/crm/objects/companies/batch/upsert-companies',
  aliases: ['HS', 'HubSpot Cloud Mode (Actions)', 'actions-hubspot-cloud'],
  rejectsPipelines: 'RudderStack does not send group events to HubSpot, only identify, track',
  config: z.object({
    accessToken: secret('Access token of the private app'),
    idProperty: z
      .string()
      .min(1)
      .default('segment_group_id')
      .describe('Internal name of the unique company property with the group’s id'),
    createNewCompany: z.boolean().default(true).describe('Whether to create a company if none has the group’s id'),
    properties: pairs('from', 'to', 'Paths of values, and the names of the properties to send them to'),
  }),
  examples: {
    upsert: { accessToken: 'secret-accessToken', properties: [{ from: 'plan', to: 'plan_name' }] },
    update: { accessToken: 'secret-accessToken', createNewCompany: false },
  },
  hosts: ['api.hubapi.com'],
  requests: ({ accessToken, idProperty, createNewCompany, properties: rows }) => {
    const base = 'https://api.hubapi.com/crm/objects/2026-09/companies';
    const headers = { Authorization: template`Bearer ${accessToken}` };
    const id = event.groupId.required();
    const mapped = event.mapped(rows, (value) => value.as(property));
    const properties = union<string>({ [idProperty]: id }, mapped, standard);
    return createNewCompany
      ? post.json({
          url: url`${base}/batch/upsert`,
          headers,
          // With a trace id, HubSpot says which companies it refuses, and accepts the others.
          body: { inputs: [{ idProperty, id, objectWriteTraceId: id, properties }] },
          batch: { items: 100, bytes: 1_000_000, at: 'body.json.inputs', uniqueBy: 'id' },
        })
      : given(
          any(traits.omit('id'), ...rows.map(([from]) => event.named(from))),
          patch.json({ url: url`${base}/${id}`, headers, query: { idProperty }, body: { properties } }),
        );
  },
});
