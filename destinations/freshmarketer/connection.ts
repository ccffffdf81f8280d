import {
  aboutPerson,
  deny,
  email,
  event,
  type Expr,
  first,
  person,
  secret,
  template,
  url,
  z,
} from 'group-transformer/kit';

export const config = z.object({
  apiKey: secret('API key'),
  domain: z.hostname('must be a hostname').describe('Host of the account, such as acme.myfreshworks.com'),
});

/** Where the API of an account is, and what it requires of each call. */
export const connect = ({ apiKey, domain }: z.output<typeof config>) => ({
  base: `https://${domain}/crm/sales/api`,
  headers: { 'Content-Type': 'application/json', Authorization: template`Token token=${apiKey}` },
});
export type Connection = ReturnType<typeof connect>;

export const id = z.number();
/** Contacts are people, so they never have the group's address. */
export const address = first(person.email.as(email), event.at('properties.email').as(email));
/** Finds the contact with an email address, or creates it. */
export const contactOf = ({ base, headers }: Connection, emails: Expr<string>) => ({
  url: url`${base}/contacts/upsert`,
  headers,
  body: { unique_identifier: { emails }, contact: { emails: aboutPerson(emails) } },
});
/** The vendor has several ways to say that nothing is linked. */
export const listOf = <T extends z.ZodType>(element: T) => z.array(element).catch([]);
export const notTaken = deny('Freshworks refused the contact or the account');
