import {
  any,
  ask,
  baseUrl,
  concat,
  defineDestination,
  deny,
  dialogue,
  event,
  type Expr,
  get,
  joined,
  pairs,
  post,
  put,
  read,
  secret,
  text,
  trait,
  url,
  webUrl,
  whenPresent,
  z,
} from 'group-transformer/kit';

interface FieldValue {
  customFieldId: number;
  fieldValue: string;
}

const account = z.object({ id: z.union([z.string(), z.number()]), name: z.string() });
const accounts = z.object({ accounts: z.array(account.nullable().catch(null)).catch([]) }).catch({ accounts: [] });

const name = trait.name.as(text).once().required('ActiveCampaign requires traits.name, which identifies accounts');
const accountUrl = trait.website.as(webUrl).once();

export default defineDestination({
  name: 'active-campaign',
  title: 'ActiveCampaign',
  docs: 'https://developers.activecampaign.com/reference/create-an-account-new',
  aliases: ['ACTIVE_CAMPAIGN'],
  rejectsPipelines: 'RudderStack does not send group events to ActiveCampaign, only identify, page, screen, track',
  config: z.object({
    apiUrl: baseUrl().describe('API URL of the account, such as https://acme.api-us1.com'),
    apiKey: secret('API key of a user'),
    accountFields: pairs('from', 'to', 'Paths of values, and the ids of the custom account fields to send them to')
      .refine((rows) => rows.every(([, to]) => /^\d+$/.test(to)), 'the ids of custom fields must be digits')
      .describe('Paths of values, and the ids of the custom account fields to send them to'),
  }),
  examples: {
    default: {
      apiUrl: 'https://kadewerk.api-us1.com',
      apiKey: 'secret-apiKey',
      accountFields: [{ from: 'groupId', to: '3' }],
    },
  },
  hosts: ['*.api-us1.com'],
  requests: ({ apiUrl, apiKey, accountFields }) => {
    const base = `${apiUrl}/api/3/accounts`;
    const headers = { 'Api-Token': apiKey };
    const fields = concat(
      ...accountFields.map(([from, to]) =>
        whenPresent<string | undefined, FieldValue>(event.named(from).as(joined(', ')).as(text), (fieldValue) => ({
          customFieldId: Number(to),
          fieldValue,
        })),
      ),
    );
    const body = { account: { name, accountUrl, fields } };
    return dialogue({
      facts: { name, hasChanges: any(accountUrl, fields) },
      steps: {
        search: read(get.empty({ url: url`${base}`, headers, query: { search: name, limit: 100 } }), accounts),
        create: post.json({ url: url`${base}`, headers, body }),
        update: (known: { id: Expr<string | number> }) => put.json({ url: url`${base}/${known.id}`, headers, body }),
      },
      *choose({ search, create, update }, { name: wanted, hasChanges }) {
        const found = yield* ask(search);
        if (!found.ok) return deny('ActiveCampaign refused the search for the account');
        // The search also finds accounts whose names only contain the name.
        const [known, ...others] = found.json.accounts.filter((candidate) => candidate?.name === wanted);
        if (others.length > 0) return deny('ActiveCampaign has several accounts with this name');
        if (!known) return [create];
        return hasChanges ? [update({ id: known.id })] : [];
      },
    });
  },
});
