import {
  aboutPerson,
  any,
  ask,
  compute,
  deny,
  dialogue,
  event,
  type Expr,
  given,
  is,
  type Json,
  type Mapped,
  person,
  post,
  read,
  text,
  trait,
  url,
  when,
  whenPresent,
  write,
  z,
} from 'group-transformer/kit';

import { type Api, attributes, lookup, writeCompany } from './company.ts';

/** A search for contacts. */
export interface Query {
  operator: 'AND' | 'OR';
  value: Term[];
}

interface Term {
  field: string;
  operator: '=';
  value: string;
}

// The person's comes before the group's, which may belong to a shared mailbox.
const theirs = compute('the lookup field', [person.traits, lookup], (found, name) =>
  found !== undefined && Object.hasOwn(found, name) ? found[name] : undefined,
);
/** The value of the look-up field. */
export const wanted = when<Json>(is(lookup, 'email'), person.email.or(trait.email))
  .or(theirs)
  .or(when<Json>(is(lookup, 'phone'), event.at('properties.phone')))
  .as(text);

/** A part of a search, if there is something to find. */
export const term = (field: Mapped<string>, found: Expr<string | undefined>) =>
  whenPresent<string | undefined, Term>(found, (value) => ({ field, operator: '=', value }));

/** Writes the person, and adds them to the company. */
export const writeUser = ({ base, headers }: Api, userId: Expr<string | undefined>) => {
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
export const linkContact = (to: Api, query: Mapped<Query>) => {
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
