import {
  any,
  ask,
  bareHostname,
  concat,
  type Converter,
  defineDestination,
  dialogue,
  event,
  type Expr,
  get,
  isList,
  isNotNull,
  isScalar,
  pairs,
  patch,
  post,
  read,
  secret,
  template,
  text,
  trait,
  url,
  withItem,
  z,
} from 'group-transformer/kit';

interface CustomField {
  slug: string;
  value?: string;
  values?: string[];
}

/** Pylon accepts the values of custom fields as text, or as a list of texts if a field has several. */
const customField = (slug: string): Converter<CustomField> => ({
  name: 'customField',
  summary: 'text, a number, a boolean, or a list of these',
  examples: [],
  convert: (value) => {
    if (isScalar(value)) return { slug, value: String(value) };
    const elements = isList(value) ? value.filter(isNotNull) : [];
    return elements.length > 0 && elements.every(isScalar) ? { slug, values: elements.map(String) } : undefined;
  },
});

const account = z
  .object({ data: z.object({ id: z.string(), domains: z.array(z.string()).nullish() }) })
  .transform(({ data }) => data)
  .nullable()
  .catch(null);

const name = trait.name.as(text).once();
const domain = trait.website.as(bareHostname).once();

export default defineDestination({
  name: 'pylon',
  title: 'Pylon',
  docs: 'https://docs.usepylon.com/pylon-docs/developer/api/api-reference/accounts',
  config: z.object({
    apiToken: secret('API token'),
    customFields: pairs('from', 'to', 'Paths of values, and the slugs of the custom fields to send them to'),
    externalIdLabel: z.string().min(1).default('segment').describe('Label of the group’s id among the external ids'),
  }),
  examples: { default: { apiToken: 'secret-apiToken', customFields: [{ from: 'plan', to: 'plan' }] } },
  hosts: ['api.usepylon.com'],
  requests: ({ apiToken, customFields, externalIdLabel }) => {
    const base = 'https://api.usepylon.com/accounts';
    const headers = { Authorization: template`Bearer ${apiToken}` };
    const fields = concat(...customFields.map(([from, to]) => event.named(from).as(customField(to)).once()));
    return dialogue({
      facts: { domain, hasChanges: any(name, domain, fields) },
      steps: {
        find: read(get.empty({ url: url`${base}/${event.groupId}`, headers }), account),
        create: post.json({
          url: url`${base}`,
          headers,
          body: {
            name: name.or(event.groupId).required(),
            domains: concat(domain),
            primary_domain: domain,
            external_ids: [{ external_id: event.groupId.required(), label: externalIdLabel }],
            custom_fields: fields,
          },
        }),
        // This list replaces the existing one.
        update: (known: { id: Expr<string>; domains: Expr<string[] | undefined> }) =>
          patch.json({
            url: url`${base}/${known.id}`,
            headers,
            body: {
              name,
              domains: known.domains,
              primary_domain: domain,
              custom_fields: fields,
            },
          }),
      },
      *choose({ find, create, update }, { domain: added, hasChanges }) {
        const found = yield* ask(find);
        const known = found.ok ? found.json : null;
        if (known === null) return [create];
        return hasChanges ? [update({ id: known.id, domains: withItem(known.domains ?? [], added) })] : [];
      },
    });
  },
});
