import {
  any,
  ask,
  bareHostname,
  concat,
  defineDestination,
  dialogue,
  event,
  type Expr,
  get,
  joined,
  omitEmpty,
  pairs,
  patch,
  post,
  read,
  secret,
  template,
  text,
  trait,
  union,
  unixSeconds,
  url,
  when,
  withItem,
  z,
} from 'group-transformer/kit';

const account = z
  .object({
    id: z.string(),
    domains: z.array(z.string()).nullish(),
    custom_fields: z.record(z.string(), z.unknown()).nullish(),
  })
  .nullable()
  .catch(null);

const name = trait.name.as(text).once();
const description = trait.description.as(text).once();
const domain = trait.website.as(bareHostname).once();

export default defineDestination({
  name: 'front',
  title: 'Front',
  docs: 'https://dev.frontapp.com/reference/update-account',
  config: z.object({
    apiToken: secret('API token'),
    customFields: pairs('from', 'to', 'Paths of values, and the names of the custom fields to send them to'),
    customDates: pairs('from', 'to', 'Paths of dates, and the names of the custom fields to send them to'),
  }),
  examples: {
    default: {
      apiToken: 'secret-apiToken',
      customFields: [{ from: 'plan', to: 'Plan' }],
      customDates: [{ from: 'createdAt', to: 'Customer since' }],
    },
  },
  hosts: ['api2.frontapp.com'],
  requests: ({ apiToken, customFields, customDates }) => {
    const base = 'https://api2.frontapp.com/accounts';
    const headers = { Authorization: template`Bearer ${apiToken}` };
    const byGroup = url`${base}/alt:ext_id:${event.groupId}`;
    const fields = union<unknown>(
      event.mapped(customFields, (value) => value.as(joined(', ')).once()),
      event.mapped(customDates, (value) => value.as(unixSeconds).once()),
    );
    return dialogue({
      facts: { domain, hasChanges: any(name, description, domain, fields) },
      steps: {
        find: read(get.empty({ url: byGroup, headers }), account),
        create: post.json({
          url: url`${base}`,
          headers,
          body: {
            name: name.or(event.groupId).required(),
            description,
            domains: concat(domain),
            external_id: event.groupId.required(),
            custom_fields: omitEmpty(fields),
          },
        }),
        // An update removes lists and custom fields that it does not name.
        update: (known: { domains: Expr<string[] | undefined>; fields: Expr<Record<string, unknown>> }) =>
          patch.json({
            url: byGroup,
            headers,
            body: {
              name,
              description,
              domains: known.domains,
              custom_fields: when(fields, union(fields, known.fields)),
            },
          }),
      },
      *choose({ find, create, update }, { domain: added, hasChanges }) {
        const found = yield* ask(find);
        const known = found.ok ? found.json : null;
        if (known === null) return [create];
        return hasChanges
          ? [update({ domains: withItem(known.domains ?? [], added), fields: known.custom_fields ?? {} })]
          : [];
      },
    });
  },
});
