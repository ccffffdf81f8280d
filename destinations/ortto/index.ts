import {
  boolean,
  defineDestination,
  event,
  type Expr,
  integer,
  joined,
  type Json,
  post,
  regions,
  secret,
  text,
  trait,
  union,
  url,
  whenPresent,
  z,
} from 'group-transformer/kit';

const instanceRegion = regions(
  { other: 'api.ap3api.com', au: 'api.au.ap3api.com', eu: 'api.eu.ap3api.com' },
  'Region of the instance',
  'other',
);

type Value = Expr<Json | undefined>;

const place = (value: Value) => whenPresent<string | undefined, Json>(value.as(text), (name) => ({ name }));

/** A value converted for a field. The field's type is the start of its id. */
function valueOf(id: string, value: Value): Value {
  switch (id.split(':')[0]) {
    case 'str':
      return value.as(joined(', ')).as(text);
    case 'int':
      return value.as(integer);
    case 'bol':
      return value.as(boolean);
    case 'geo':
      return place(value);
    default:
      return value;
  }
}

export default defineDestination({
  name: 'ortto',
  title: 'Ortto',
  docs: 'https://help.ortto.com/a-278-create-or-update-one-or-more-organizations-merge',
  config: z.object({
    privateApiKey: secret('Key of a custom API data source'),
    instanceRegion,
    idField: z
      .string()
      .regex(/^str:oc:[\w-]+$/, 'must be the id of a custom text field of accounts, such as str:oc:external-id')
      .default('str:oc:external-id')
      .describe('Id of the custom account field with the group’s id'),
    customFields: z
      .record(z.string().min(1), z.string().min(1))
      .default({})
      .describe('Paths of values, by the ids of the fields to send them to'),
  }),
  examples: {
    default: { privateApiKey: 'secret-privateApiKey', customFields: { 'str:oc:plan': 'traits.plan' } },
    eu: { privateApiKey: 'secret-privateApiKey', instanceRegion: 'eu', idField: 'str:oc:group-id' },
  },
  rejectsPipelines: 'RudderStack does not send group events to Ortto, only identify, track',
  hosts: instanceRegion.hosts,
  requests: ({ privateApiKey, instanceRegion: host, idField, customFields }) => {
    const custom = Object.entries(customFields).map(([id, path]) => [id, valueOf(id, event.named(path))] as const);
    const fields = union({ [idField]: event.groupId.required() }, Object.fromEntries(custom), {
      'str:o:name': trait.name.as(text),
      'int:o:employees': trait.employees.as(integer),
      'str:o:industry': trait.industry.as(text),
      'str:o:website': trait.website.as(text),
      'str:o:address': trait.address.street.as(text),
      'geo:o:city': place(trait.address.city),
      'geo:o:region': place(trait.address.state),
      'geo:o:country': place(trait.address.country),
      'str:o:postal': trait.address.postalCode.as(text),
      'str:o:source': 'group-transformer',
    });
    return post.json({
      url: url`https://${host}/v1/accounts/merge`,
      headers: { 'X-Api-Key': privateApiKey },
      // 2 replaces the account's existing values.
      body: { accounts: [{ fields }], async: false, merge_by: [idField], merge_strategy: 2 },
      batch: { items: 100, bytes: 1_000_000, at: 'body.json.accounts', uniqueBy: `fields.${idField}` },
    });
  },
});
