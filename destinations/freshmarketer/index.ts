import {
  aboutPerson,
  ask,
  askAll,
  compute,
  concat,
  decimal,
  defineDestination,
  deny,
  dialogue,
  email,
  ensure,
  event,
  type Expr,
  findOrCreate,
  first,
  get,
  given,
  is,
  isoDateTime,
  type Json,
  need,
  oneOf,
  person,
  post,
  put,
  read,
  type RequestNode,
  secret,
  template,
  text,
  trait,
  url,
  write,
  z,
} from 'group-transformer/kit';

const zipCode = first(
  ...['zip', 'zipcode', 'zip_code', 'zipCode', 'postalcode', 'postal_code', 'postalCode'].map(trait),
  ...[trait.address.postalCode, trait('address.zipcode'), trait('address.zipCode')],
);

const { street, city, state, country, postalCode } = trait.address;
const addressParts = concat(...[street, city, state, country, postalCode].map((part) => part.as(text)));
const addressText = compute('joined by spaces', [addressParts], (parts) => parts?.join(' '));

const number = (source: Expr<Json | undefined>) => source.as(decimal);

const account = {
  name: trait.name.as(text).required(),
  industry_type_id: number(trait('industryTypeId')),
  business_type_id: number(trait('business_type_id').or(trait('businessTypeId'))),
  phone: trait.phone.or(event.at('properties.phone')).as(text),
  number_of_employees: number(trait('numberOfEmployees')),
  annual_revenue: number(trait('annualRevenue')),
  address: addressText.or(trait.address).as(text),
  city: trait('city').or(city).as(text),
  state: trait('state').or(state).as(text),
  country: country.or(trait('country')).as(text),
  zipcode: zipCode.as(text),
  website: trait.website.as(text),
  territory_id: number(trait('territoryId')),
  parent_sales_account_id: number(trait('parentSalesAccountId')),
  owner_id: number(trait('ownerId')),
  facebook: trait('facebookUserName').as(text),
  twitter: trait('twitterUserName').as(text),
  linkedin: trait('linkedinUserName').as(text),
  created_at: trait.createdAt.as(isoDateTime),
  updated_at: event.time.as(isoDateTime),
};

const config = z.object({
  apiKey: secret('API key'),
  domain: z.hostname('must be a hostname').describe('Host of the account, such as acme.myfreshworks.com'),
});

const shared = {
  docs: 'https://developers.freshworks.com/crm/api/',
  config,
  examples: { default: { apiKey: 'secret-apiKey', domain: 'harbor.myfreshworks.com' } },
  hosts: ['*.myfreshworks.com'],
};

const id = z.number();
/** Contacts are people, so they never have the group's address. */
const address = first(person.email.as(email), event.at('properties.email').as(email));
/** The vendor has several ways to say that nothing is linked. */
const listOf = <T extends z.ZodType>(element: T) => z.array(element).catch([]);
const notTaken = deny('Freshworks refused the contact or the account');

const connect = ({ apiKey, domain }: z.output<typeof config>) => ({
  base: `https://${domain}/crm/sales/api`,
  headers: { 'Content-Type': 'application/json', Authorization: template`Token token=${apiKey}` },
});
type Connection = ReturnType<typeof connect>;

/** The account, and the contact with an email address in it. The contact keeps its other accounts. */
function accountOf({ base, headers }: Connection): RequestNode {
  const upsertAccount = post.json({
    url: url`${base}/sales_accounts/upsert`,
    headers,
    body: { unique_identifier: { name: trait.name.as(text).required() }, sales_account: account },
  });
  const contacts = { url: url`${base}/contacts/upsert`, headers };
  const linkContact = (emails: Expr<string>) =>
    dialogue({
      steps: {
        contact: write(
          post.json({
            ...contacts,
            query: { include: 'sales_accounts' },
            body: { unique_identifier: { emails }, contact: { emails: aboutPerson(emails) } },
          }),
          // The vendor's other data on the other accounts is sent back unchanged.
          z.object({ contact: z.object({ sales_accounts: listOf(z.looseObject({ id })) }) }),
        ),
        account: write(upsertAccount, z.object({ sales_account: z.object({ id }) })),
        link: ({ accounts }: { accounts: Expr<{ id: number }[]> }) =>
          post.json({
            ...contacts,
            body: { unique_identifier: { emails }, contact: { sales_accounts: accounts } },
          }),
      },
      *choose(steps) {
        const [contact, kept] = yield* askAll([steps.contact, steps.account]);
        if (!contact.ok || !kept.ok) return notTaken;
        const { sales_accounts: linked } = contact.json.contact;
        const { id: accountId } = kept.json.sales_account;
        if (linked.some((other) => other.id === accountId)) return [];
        return [steps.link({ accounts: [...linked, { id: accountId, is_primary: linked.length === 0 }] })];
      },
    });
  return given(address, (emails) => linkContact(emails), upsertAccount);
}

/** The contact with an email address in a marketing list, found by the list's id or else by its name. */
function marketingListOf({ base, headers }: Connection): RequestNode {
  const emails = address.required('a marketing list requires context.traits.email');
  const contact = write(
    post.json({
      url: url`${base}/contacts/upsert`,
      headers,
      body: { unique_identifier: { emails }, contact: { emails: aboutPerson(emails) } },
    }),
    z.object({ contact: z.object({ id }) }),
  );
  const add = (listId: Expr<string | number>, contactId: Expr<number>) =>
    put.json({ url: url`${base}/lists/${listId}/add_contacts`, headers, body: { ids: [contactId] } });
  const addToKnown = (listId: Expr<string>) =>
    dialogue({
      steps: { contact, add: ({ contactId }: { contactId: Expr<number> }) => add(listId, contactId) },
      *choose(steps) {
        const known = yield* ask(steps.contact);
        return known.ok ? [steps.add({ contactId: known.json.contact.id })] : notTaken;
      },
    });

  const lists = { url: url`${base}/lists`, headers };
  const listName = trait('listName').as(text).required('a marketing list requires a listId or a listName');
  const addToNamed = dialogue({
    facts: { listName },
    steps: {
      findList: read(
        get.empty(lists),
        z.object({ lists: listOf(z.object({ id, name: z.string().nullish() })) }).catch({ lists: [] }),
        { shared: true },
      ),
      contact,
      createList: ensure(
        post.json({ ...lists, body: { name: listName } }),
        z.object({ list: z.object({ id }) }).transform(({ list }) => list),
      ),
      add: ({ listId, contactId }: { listId: Expr<number>; contactId: Expr<number> }) => add(listId, contactId),
    },
    *choose(steps, { listName: wanted }) {
      const known = yield* ask(steps.findList);
      if (!known.ok) return deny('Freshworks refused to list its marketing lists');
      const named = known.json.lists.filter(({ name }) => name === wanted);
      if (named.length > 1) return deny('Freshworks has several lists with this name');
      const taken = yield* ask(steps.contact);
      if (!taken.ok) return notTaken;
      const list = yield* findOrCreate({
        find: steps.findList,
        known,
        among: ({ lists: all }) => all.find(({ name }) => name === wanted),
        create: steps.createList,
      });
      if (list === undefined) return deny('Freshworks refused to create the list');
      return [steps.add({ listId: list.value.id, contactId: taken.json.contact.id })];
    },
  });
  return given(trait('listId').as(text), (listId) => addToKnown(listId), addToNamed);
}

const words = compute('words joined by _', [trait('groupType').as(text)], (type) =>
  type?.trim().toLowerCase().replaceAll(/\s+/g, '_'),
);
const groupType = words.as(oneOf('accounts', 'marketing_lists'));

const freshmarketer = defineDestination({
  ...shared,
  name: 'freshmarketer',
  title: 'Freshmarketer',
  rules: () => [need(groupType, 'traits.groupType must be accounts or marketing_lists')],
  requests: (parsed) => given(is(groupType, 'accounts'), accountOf(connect(parsed)), marketingListOf(connect(parsed))),
});

const freshsales = defineDestination({
  ...shared,
  name: 'freshsales',
  title: 'Freshsales',
  aliases: ['Freshsales Suite - CRM'],
  requests: (parsed) => accountOf(connect(parsed)),
});

export default [freshmarketer, freshsales];
