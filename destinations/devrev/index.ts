import {
  any,
  ask,
  bareHostname,
  concat,
  defineDestination,
  deny,
  dialogue,
  event,
  type Expr,
  joined,
  omitEmpty,
  pairs,
  post,
  read,
  secret,
  text,
  trait,
  union,
  url,
  webUrl,
  when,
  withItem,
  z,
} from 'group-transformer/kit';

interface Schema {
  tenant_fragment: boolean;
  validate_required_fields: boolean;
}

const account = z.object({ id: z.string(), domains: z.array(z.string()).nullish() });
const accounts = z.object({ accounts: z.array(account.nullable().catch(null)).catch([]) }).catch({ accounts: [] });

const name = trait.name.as(text).once();
const description = trait.description.as(text).once();
const domain = trait.website.as(bareHostname).once();

export default defineDestination({
  name: 'devrev',
  title: 'DevRev',
  docs: 'https://developer.devrev.ai/api-reference/accounts/update',
  config: z.object({
    accessToken: secret('Personal access token'),
    tierTrait: z.string().min(1).default('plan').describe('Trait with the tier'),
    customFields: pairs(
      'from',
      'to',
      'Paths of values, and the names of the custom fields to send them to, such as tnt__plan',
    ),
  }),
  examples: {
    default: { accessToken: 'secret-accessToken', customFields: [{ from: 'industry', to: 'tnt__industry' }] },
  },
  hosts: ['api.devrev.ai'],
  requests: ({ accessToken, tierTrait, customFields }) => {
    const headers = { Authorization: accessToken };
    const id = event.groupId.required();
    const tier = trait(tierTrait).as(text).once();
    const custom = union(event.mapped(customFields, (value) => value.as(joined(', ')).once()));
    // DevRev accepts custom fields only together with their schema: here, the organization's own.
    const schema = when<Schema>(custom, { tenant_fragment: true, validate_required_fields: false });
    return dialogue({
      facts: { domain, hasChanges: any(name, description, domain, tier, custom) },
      steps: {
        find: read(
          post.json({
            url: url`https://api.devrev.ai/accounts.list`,
            headers,
            body: { external_refs: [id], limit: 2 },
          }),
          accounts,
        ),
        create: post.json({
          url: url`https://api.devrev.ai/accounts.create`,
          headers,
          body: {
            display_name: name.or(event.groupId).required(),
            description,
            domains: concat(domain),
            websites: concat(trait.website.as(webUrl)),
            tier,
            external_refs: [id],
            custom_fields: omitEmpty(custom),
            custom_schema_spec: schema,
          },
        }),
        // This list replaces the existing one.
        update: (known: { id: Expr<string>; domains: Expr<string[] | undefined> }) =>
          post.json({
            url: url`https://api.devrev.ai/accounts.update`,
            headers,
            body: {
              id: known.id,
              display_name: name,
              description,
              domains: known.domains,
              tier,
              custom_fields: omitEmpty(custom),
              custom_schema_spec: schema,
            },
          }),
      },
      *choose({ find, create, update }, { domain: added, hasChanges }) {
        const found = yield* ask(find);
        if (!found.ok) return deny('DevRev refused to list its accounts');
        const [known, ...others] = found.json.accounts;
        if (others.length > 0) return deny('DevRev has several accounts with this group id');
        if (known === null) return deny('DevRev found an account, but did not return its id');
        if (known === undefined) return [create];
        return hasChanges ? [update({ id: known.id, domains: withItem(known.domains ?? [], added) })] : [];
      },
    });
  },
});
