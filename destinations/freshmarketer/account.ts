import {
  askAll,
  compute,
  concat,
  decimal,
  dialogue,
  event,
  type Expr,
  first,
  given,
  isoDateTime,
  type Json,
  post,
  type RequestNode,
  text,
  trait,
  url,
  write,
  z,
} from 'group-transformer/kit';

import { address, type Connection, contactOf, id, listOf, notTaken } from './connection.ts';

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

/** The account, and the contact with an email address in it. The contact keeps its other accounts. */
export function accountOf(connection: Connection): RequestNode {
  const { base, headers } = connection;
  const upsertAccount = post.json({
    url: url`${base}/sales_accounts/upsert`,
    headers,
    body: { unique_identifier: { name: trait.name.as(text).required() }, sales_account: account },
  });
  const linkContact = (emails: Expr<string>) => {
    const byAddress = contactOf(connection, emails);
    return dialogue({
      steps: {
        contact: write(
          post.json({ ...byAddress, query: { include: 'sales_accounts' } }),
          // The vendor's other data on the other accounts is sent back unchanged.
          z.object({ contact: z.object({ sales_accounts: listOf(z.looseObject({ id })) }) }),
        ),
        account: write(upsertAccount, z.object({ sales_account: z.object({ id }) })),
        link: ({ accounts }: { accounts: Expr<{ id: number }[]> }) =>
          post.json({
            ...byAddress,
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
  };
  return given(address, linkContact, upsertAccount);
}
