import {
  aboutPerson,
  any,
  boolean,
  defineDestination,
  email,
  event,
  type Fields,
  first,
  isNotNull,
  isObject,
  type Json,
  need,
  person,
  post,
  secret,
  template,
  text,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const companyFields = ['id', 'name', 'industry', 'company_id', 'size', 'website', 'plan', 'monthly_revenue', 'churned'];
const personFields = [
  ...['userId', 'email', 'phone', 'name', 'signed_up_at', 'session_count', 'company'],
  ...['unsubscribed_from_emails', 'unsubscribed_from_calls'],
];

const nameOf = (first: string, second: string, third: string) =>
  person.trait(first).or(person.trait(second)).or(person.trait(third)).as(text);
const firstName = nameOf('firstName', 'firstname', 'first_name');
const lastName = nameOf('lastName', 'lastname', 'last_name');
const address = person.email.as(email);
const theirs = (name: string) => aboutPerson(person.trait(name));

/** Custom attributes must be scalars. */
const scalars = (all: Fields<Json>) =>
  all
    .keep((value) => !isObject(value), 'is an object, which Custify does not accept')
    .flatten('dots', { lists: 'joined' })
    .filter(isNotNull);

export default defineDestination({
  name: 'custify',
  title: 'Custify',
  docs: 'https://docs.custify.com',
  config: z.object({
    apiKey: secret('API key'),
    sendAnonymousId: z.boolean().default(false).describe('Whether to use the anonymous id if there is no user id'),
  }),
  examples: {
    known: { apiKey: 'secret-apiKey' },
    anonymous: { apiKey: 'secret-apiKey', sendAnonymousId: true },
  },
  hosts: ['api.custify.com'],
  rules: ({ sendAnonymousId }) => [
    need(
      sendAnonymousId ? any(person.id, event.anonymousId, address) : any(person.id, address),
      'Custify requires userId or context.traits.email',
    ),
  ],
  requests: ({ apiKey, sendAnonymousId }) => {
    const headers = { Authorization: template`Bearer ${apiKey}` };
    return [
      post.json({
        url: url`https://api.custify.com/company`,
        headers,
        body: {
          company_id: event.groupId.required(),
          name: trait.name.as(text),
          industry: trait.industry,
          size: trait('size'),
          website: trait.website.or(trait('url')),
          plan: trait.plan,
          monthly_revenue: trait('monthly_revenue').or(trait('monthlyRevenue')).or(trait('mrr')),
          churned: trait('churned'),
          custom_attributes: scalars(traits.omit(...companyFields)),
        },
      }),
      post.json({
        url: url`https://api.custify.com/people`,
        headers: { ...headers, Accept: 'application/json' },
        body: {
          user_id: sendAnonymousId ? person.id.or(event.anonymousId) : person.id,
          email: aboutPerson(address),
          phone: theirs('phone'),
          session_count: theirs('sessionCount'),
          unsubscribed_from_emails: aboutPerson(person.trait('unsubscribedFromEmails').as(boolean)),
          unsubscribed_from_calls: aboutPerson(person.trait('unsubscribedFromCalls').as(boolean)),
          name: aboutPerson(
            person
              .trait('name')
              .as(text)
              .or(template`${firstName} ${lastName}`)
              .or(firstName)
              .or(lastName),
          ),
          signed_up_at: aboutPerson(first(person.trait('signedUpAt'), person.trait('createdAt'))),
          custom_attributes: aboutPerson(scalars(person.traits.omit(...personFields))),
          companies: [
            {
              company_id: person.trait('company.id').as(text).or(event.groupId).required(),
              remove: person.trait('company.remove').default(false).as(boolean).required(),
            },
          ],
        },
      }),
    ];
  },
});
