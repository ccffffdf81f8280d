import {
  aboutPerson,
  all,
  any,
  ask,
  compact,
  compute,
  decimal,
  defineDestination,
  deny,
  dialogue,
  each,
  event,
  type Expr,
  type Fields,
  fields,
  given,
  integer,
  is,
  isList,
  type Json,
  type Mapped,
  none,
  omitEmpty,
  only,
  option,
  person,
  post,
  read,
  regions,
  secret,
  template,
  text,
  trait,
  traits,
  unixSeconds,
  url,
  when,
  whenPresent,
  write,
  z,
} from 'group-transformer/kit';

interface Query {
  operator: 'AND' | 'OR';
  value: Term[];
}

interface Term {
  field: string;
  operator: '=';
  value: string;
}

type Api = ReturnType<typeof api>;

const [us, eu, au] = ['api.intercom.io', 'api.eu.intercom.io', 'api.au.intercom.io'] as const;
const apiServer = regions({ standard: us, eu, au }, 'Region of the workspace', 'standard');
const apiServerV2 = regions({ US: us, Europe: eu, Australia: au }, 'Region of the workspace');
const docs =
  'https://developers.intercom.com/docs/references/2.10/rest-api/api.intercom.io/Companies/createOrUpdateCompany/';

const api = (host: string, token: Expr<string>, version: '1.4' | '2.10', agent?: string) => ({
  base: `https://${host}`,
  headers: {
    Accept: 'application/json',
    Authorization: template`Bearer ${token}`,
    'Intercom-Version': version,
    'User-Agent': agent,
  },
});

/** The contact field for the look-up of the person. */
const lookup = option('lookup').as(text).default('email');
// The person's comes before the group's, which may belong to a shared mailbox.
const theirs = compute('the lookup field', [person.traits, lookup], (found, name) =>
  found !== undefined && Object.hasOwn(found, name) ? found[name] : undefined,
);
const wanted = when<Json>(is(lookup, 'email'), person.email.or(trait.email))
  .or(theirs)
  .or(when<Json>(is(lookup, 'phone'), event.at('properties.phone')))
  .as(text);

// The look-up value is not an attribute of the company, even if the group has a trait of that name.
const others = fields(
  compute('all but the lookup field', [traits, lookup], (group, name) =>
    Object.fromEntries(Object.entries(group ?? {}).filter(([key]) => key !== name || name === 'email')),
  ),
).omit(
  ...['name', 'website', 'plan', 'size', 'industry', 'monthlySpend', 'monthly_spend', 'remoteCreatedAt'],
  ...['remote_created_at', 'createdAt', 'tags', 'userId'],
);
/** Attributes that Intercom supports: scalars, with names of letters, digits and a few signs. */
const fitting = (custom: Fields<Json>) =>
  custom
    .flatten('underscores', { lists: 'joined' })
    .mapKeys((key) => key.replaceAll('.', '_'))
    .keepKeys(/^[\w\p{Sc}-]+$/u, 'has a name that Intercom refuses');
const oldAttributes = fitting(others);
const attributes = fitting(others.omit('email', 'segments', 'userCount', 'sessionCount'));

const writeCompany = ({ base, headers }: Api, custom: Fields<Json>) =>
  post.json({
    url: url`${base}/companies`,
    headers,
    body: {
      company_id: event.groupId.required(),
      name: trait.name.as(text),
      website: trait.website.or(event.at('properties.website')).as(text),
      plan: trait.plan.as(text),
      size: trait('size').or(trait.employees).as(integer),
      industry: trait.industry.as(text),
      monthly_spend: trait('monthlySpend').or(trait('monthly_spend')).as(decimal),
      remote_created_at: trait('remoteCreatedAt').or(trait('remote_created_at')).or(trait.createdAt).as(unixSeconds),
      custom_attributes: omitEmpty(custom),
    },
  });

const writeUser = ({ base, headers }: Api, userId: Expr<string | undefined>) => {
  const email = person.email.as(text);
  return given(
    any(userId, email),
    post.json({
      url: url`${base}/users`,
      headers,
      body: {
        user_id: userId,
        email: aboutPerson(email),
        companies: [{ company_id: event.groupId.required(), name: trait.name.as(text) }],
      },
    }),
  );
};

const addTags = ({ base, headers }: Api) =>
  each(trait('tags').as(only('a list', isList)).listOf(text), (name) =>
    post.json({
      url: url`${base}/tags`,
      headers,
      body: { name, companies: [{ company_id: event.groupId.required() }] },
    }),
  );

const contactList = z
  .object({ data: z.array(z.object({ id: z.string(), external_id: z.string().nullish().catch(null) })) })
  .catch({ data: [] });
type Contact = z.output<typeof contactList>['data'][number];

/** Those with the person's id, or else all. */
function meant(contacts: readonly Contact[], userId: string | undefined) {
  const byId = contacts.filter((contact) => contact.external_id === userId);
  return byId.length > 0 ? byId : contacts;
}

/** Writes the company, and adds the contact to it if exactly one is found. */
const linkContact = (to: Api, query: Mapped<Query>) => {
  const { base, headers } = to;
  return dialogue({
    facts: { userId: person.id },
    steps: {
      search: read(post.json({ url: url`${base}/contacts/search`, headers, body: { query } }), contactList),
      company: write(writeCompany(to, attributes), z.object({ id: z.string() })),
      link: ({ contactId, companyId }: { contactId: Expr<string>; companyId: Expr<string> }) =>
        post.json({ url: url`${base}/contacts/${contactId}/companies`, headers, body: { id: companyId } }),
    },
    *choose(steps, { userId }, warn) {
      const found = yield* ask(steps.search);
      if (!found.ok) return deny('Intercom refused the search for the contact');
      const [contact, ...others] = meant(found.json.data, userId);
      if (others.length > 0) {
        warn('MATCH_AMBIGUOUS', 'userId', 'Intercom has several matching contacts, so none is added to the company');
      }
      if (contact === undefined || others.length > 0) return [steps.company];
      const company = yield* ask(steps.company);
      if (!company.ok) return deny('Intercom refused the company');
      return [steps.link({ contactId: contact.id, companyId: company.json.id })];
    },
  });
};

const term = (field: Mapped<string>, found: Expr<string | undefined>) =>
  whenPresent<string | undefined, Term>(found, (value) => ({ field, operator: '=', value }));

const intercom = defineDestination({
  name: 'intercom',
  title: 'Intercom',
  docs,
  aliases: ['Intercom Cloud Mode (Actions)', 'actions-intercom-cloud'],
  config: z.object({
    apiKey: secret('Access token'),
    apiVersion: z.enum(['v1', 'v2']).default('v2').describe('v1 is version 1.4 of the API, v2 is 2.10'),
    apiServer,
    sendAnonymousId: z.boolean().default(false).describe('Whether v1 uses the anonymous id if there is no user id'),
  }),
  examples: {
    v2: { apiKey: 'secret-apiKey', apiServer: 'eu' },
    v1: { apiKey: 'secret-apiKey', apiVersion: 'v1', sendAnonymousId: true },
  },
  hosts: apiServer.hosts,
  requests: ({ apiKey, apiVersion, apiServer: host, sendAnonymousId }) => {
    if (apiVersion === 'v1') {
      const old = api(host, apiKey, '1.4', 'RudderStack');
      const userId = sendAnonymousId ? event.userId.or(event.anonymousId) : event.userId;
      return [writeCompany(old, oldAttributes), writeUser(old, userId), addTags(old)];
    }
    const to = api(host, apiKey, '2.10', 'RudderStack');
    const lowerCase = (found: string | undefined, field: string) => (field === 'email' ? found?.toLowerCase() : found);
    const value = compute('lowerCase', [wanted, lookup], lowerCase).once();
    const id = when<string>(none(is(lookup, 'external_id')), person.id);
    const query: Mapped<Query> = {
      operator: when<'OR'>(all(value, id), 'OR').default('AND'),
      value: compact(term(lookup, value), term('external_id', id)),
    };
    return [given(any(value, id), linkContact(to, query), writeCompany(to, attributes)), addTags(to)];
  },
});

const intercomV2 = defineDestination({
  name: 'intercom-v2',
  title: 'Intercom V2',
  docs,
  aliases: ['INTERCOM_V2'],
  config: z.object({ apiServer: apiServerV2 }),
  delivery: z.object({ accessToken: secret('Access token of the OAuth account') }),
  examples: { default: { apiServer: 'US' } },
  hosts: apiServer.hosts,
  requests: ({ apiServer: host }, { accessToken }) => {
    const to = api(host, accessToken, '2.10');
    const value = wanted.required('Intercom requires a value of the lookup field');
    return [linkContact(to, { operator: 'AND', value: [{ field: lookup, operator: '=', value }] }), addTags(to)];
  },
});

export default [intercom, intercomV2];
