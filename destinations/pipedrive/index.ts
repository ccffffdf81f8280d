import {
  addressLine,
  any,
  ask,
  defineDestination,
  deny,
  dialogue,
  event,
  type Expr,
  get,
  given,
  hostLabel,
  isText,
  type Json,
  omitEmpty,
  only,
  pairs,
  patch,
  post,
  read,
  secret,
  text,
  trait,
  union,
  url,
  z,
} from 'group-transformer/kit';

/** Keys of custom fields are hashes. Other names are Pipedrive's own fields. */
const isCustom = (name: string) => /^[0-9a-f]{40}$/.test(name);

const digits = only('digits', (value): value is string => isText(value) && /^\d+$/.test(value));

const notOwnId =
  'Pipedrive requires its own id, in digits; for other ids, set config.organizationField to the field that contains them';

const item = z.object({ id: z.number() });
const hit = z.union([item, z.object({ item }).transform((found) => found.item)]);
const hits = z.object({ data: z.array(hit.nullable().catch(null)).catch([]) }).catch({ data: [] });

export default defineDestination({
  name: 'pipedrive',
  title: 'Pipedrive',
  docs: 'https://developers.pipedrive.com/docs/api/v1/Organizations',
  aliases: ['Actions Pipedrive', 'actions-pipedrive'],
  config: z.object({
    domain: hostLabel('Label before .pipedrive.com in the account’s address'),
    apiToken: secret('Personal API token'),
    organizationField: z
      .string()
      .refine((field) => field === 'id' || isCustom(field), 'must be id, or the key of a custom field')
      .default('id')
      .describe('Organization field with the group’s id: id, or the key of a custom field, with 40 characters'),
    custom_fields: pairs('from', 'to', 'Paths of values, and the keys of the fields to send them to'),
  }),
  examples: {
    id: { domain: 'acme', apiToken: 'secret-apiToken' },
    field: {
      domain: 'acme',
      apiToken: 'secret-apiToken',
      organizationField: '9dc80c50d78a15643bfc4ca79d76156a73a1ca0e',
      custom_fields: [{ from: 'plan', to: 'f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4' }],
    },
  },
  hosts: ['*.pipedrive.com'],
  requests: ({ domain, apiToken, organizationField, custom_fields: rows }) => {
    const base = `https://${domain}.pipedrive.com/api/v2`;
    const headers = { 'x-api-token': apiToken };
    const mapped = rows.map(([from, to]) => [to, event.named(from)] as const);
    const own = Object.fromEntries(mapped.filter(([to]) => !isCustom(to)));
    const custom = Object.fromEntries(mapped.filter(([to]) => isCustom(to)));
    const organization = (fields: Record<string, Expr<Json | undefined>>) =>
      union(own, {
        name: trait.name.as(text),
        address: omitEmpty<Record<string, string>>({
          value: trait.address.as(addressLine),
          route: trait.address.street.as(text),
          locality: trait.address.city.as(text),
          admin_area_level_1: trait.address.state.as(text),
          postal_code: trait.address.postalCode.as(text),
          country: trait.address.country.as(text),
        }),
        custom_fields: omitEmpty<Record<string, Json>>(fields),
      });
    const hasChanges = any(trait.name, trait.address, ...mapped.map(([, value]) => value));
    const update = (id: Expr<string | number | undefined>) =>
      patch.json({ url: url`${base}/organizations/${id}`, headers, body: organization(custom) });
    if (organizationField === 'id') return given(hasChanges, update(event.groupId.as(digits).required(notOwnId)));

    const id = event.groupId.required();
    return dialogue({
      facts: { hasChanges, name: trait.name.as(text) },
      steps: {
        search: read(
          get.empty({
            url: url`${base}/itemSearch/field`,
            headers,
            query: { term: id, entity_type: 'organization', field: organizationField, match: 'exact', limit: 2 },
          }),
          hits,
        ),
        create: post.json({
          url: url`${base}/organizations`,
          headers,
          body: organization({ ...custom, [organizationField]: id }),
        }),
        update: (known: { id: Expr<number> }) => update(known.id),
      },
      *choose(steps, { hasChanges: isChange, name }) {
        const found = yield* ask(steps.search);
        if (!found.ok) return deny('Pipedrive refused the search for the organization');
        const [known, ...others] = found.json.data;
        if (others.length > 0) return deny('Pipedrive has several organizations with this group id');
        if (known === null) return deny('Pipedrive found an organization, but did not return its id');
        if (known !== undefined) return isChange ? [steps.update(known)] : [];
        return name === undefined ? deny('Pipedrive requires traits.name to create an organization') : [steps.create];
      },
    });
  },
});
