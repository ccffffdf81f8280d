import {
  ask,
  compute,
  decimal,
  defineDestination,
  deny,
  dialogue,
  email,
  type Expr,
  isNotNull,
  type Json,
  pairs,
  person,
  post,
  put,
  read,
  secret,
  text,
  trait,
  traits,
  union,
  url,
  write,
  z,
} from 'group-transformer/kit';

/** Traits that no mapping can send: those with their own field, and fields that Gainsight sets itself. */
const notMapped = [
  ...['name', 'employees', 'arr', 'billingAddress', 'companyType', 'csm', 'customerLifetimeInMonths', 'industry'],
  ...['lifecycleInWeeks', 'managedAs', 'mrr', 'originalContractDate', 'parentCompany', 'renewalDate', 'stage'],
  ...['status', 'tags', 'tickerSymbol', 'users', 'sfdcAccountId'],
  ...['CreatedDate', 'CreatedBy', 'ModifiedDate', 'ModifiedBy', 'Gsid', 'Csat', 'Nps', 'CurrentScore', 'ScorecardId'],
  'Trend',
];

const textOrJson = (source: Expr<Json | undefined>) =>
  compute('text, or JSON as text', [source], (value) => {
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });

const name = trait.name.as(text).required();
const company = {
  Name: name,
  Employees: trait.employees.as(decimal),
  Arr: trait('arr'),
  BillingAddress: textOrJson(trait('billingAddress')),
  Summary: textOrJson(trait('summary')),
  CompanyType: trait('companyType'),
  Csm: trait('csm'),
  CustomerlifetimeInMonths: trait('customerLifetimeInMonths').as(decimal),
  Industry: textOrJson(trait.industry),
  LifecycleInWeeks: trait('lifecycleInWeeks').as(decimal),
  ManagedAs: trait('managedAs'),
  Mrr: trait('mrr'),
  OriginalContractDate: trait('originalContractDate'),
  ParentCompany: trait('parentCompany'),
  RenewalDate: trait('renewalDate'),
  Stage: trait('stage'),
  Status: trait('status'),
  Tags: trait('tags'),
  TickerSymbol: textOrJson(trait('tickerSymbol')),
  Users: trait('users').as(decimal),
  SfdcAccountId: trait('sfdcAccountId'),
  IndustryNew: trait('industryNew'),
};

const found = z
  .object({ data: z.object({ records: z.array(z.unknown()) }) })
  .transform(({ data }) => data.records)
  .catch([]);
const saved = z.object({ data: z.object({ records: z.tuple([z.object({ Gsid: z.string() })], z.unknown()) }) });

export default defineDestination({
  name: 'gainsight',
  title: 'Gainsight',
  docs: 'https://support.gainsight.com/gainsight_nxt/API_and_Developer_Docs/Company_API/Company_API_Documentation',
  config: z.object({
    domain: z
      .hostname('must be a hostname')
      .transform((host) => `https://${host}`)
      .describe('Host of the Gainsight instance'),
    accessKey: secret('Access key of the REST API'),
    companyMap: pairs('from', 'to', 'Traits to send as fields of the company; custom fields end with __gc'),
  }),
  examples: { default: { domain: 'harbor.gainsightcloud.com', accessKey: 'secret-accessKey' } },
  hosts: { fromConfig: 'domain', known: ['*.gainsightcloud.com'] },
  requests: ({ domain, accessKey, companyMap }) => {
    const headers = { Accesskey: accessKey };
    const objects = `${domain}/v1/data/objects`;
    const fieldOf = new Map(companyMap);
    const mapped = traits
      .pick(...fieldOf.keys())
      .omit(...notMapped)
      .filter(isNotNull)
      .mapKeys((key) => fieldOf.get(key) ?? key);
    const body = { records: [union<unknown>(mapped, company)] };
    return dialogue({
      steps: {
        find: read(
          post.json({
            url: url`${objects}/query/Company`,
            headers,
            body: {
              select: ['Name'],
              where: { conditions: [{ name: 'Name', alias: 'A', value: [name], operator: 'EQ' }], expression: 'A' },
            },
          }),
          found,
        ),
        insert: write(post.json({ url: url`${objects}/Company`, headers, body }), saved),
        update: write(put.json({ url: url`${objects}/Company`, headers, query: { keys: 'Name' }, body }), saved),
        link: ({ companyId }: { companyId: Expr<string> }) =>
          put.json({
            url: url`${domain}/v1.0/api/people`,
            headers,
            body: {
              Email: person.email.as(email).required('Gainsight requires context.traits.email'),
              companies: [{ Company_ID: companyId }],
            },
          }),
      },
      *choose(steps) {
        const known = yield* ask(steps.find);
        if (!known.ok) return deny('Gainsight refused the search for the company');
        const inserted = known.json.length === 0 ? yield* ask(steps.insert) : undefined;
        // An update selects by name, so it also reaches a company that was inserted in between.
        const kept = inserted?.ok === true ? inserted : yield* ask(steps.update);
        if (!kept.ok) return deny('Gainsight refused the company');
        return [steps.link({ companyId: kept.json.data.records[0].Gsid })];
      },
    });
  },
});
