import {
  aboutPerson,
  any,
  defineDestination,
  event,
  isScalar,
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
const email = person.email.as(text);

export default defineDestination({
  name: 'custify',
  title: 'Custify',
  docs: 'https://docs.custify.com',
  config: z.object({
    apiKey: secret('API key'),
    sendAnonymousId: z
      .boolean()
      .default(false)
      .describe('Whether the anonymous id stands for a user id that is absent'),
  }),
  examples: {
    known: { apiKey: 'secret-apiKey' },
    anonymous: { apiKey: 'secret-apiKey', sendAnonymousId: true },
  },
  hosts: ['api.custify.com'],
  rules: ({ sendAnonymousId }) => [
    need(
      sendAnonymousId ? any(person.id, event.anonymousId, email) : any(person.id, email),
      'Custify wants a user id or the e-mail of context.traits',
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
          custom_attributes: traits.omit(...companyFields).filter(isScalar),
        },
      }),
      post.json({
        url: url`https://api.custify.com/people`,
        headers: { ...headers, Accept: 'application/json' },
        body: aboutPerson({
          user_id: sendAnonymousId ? person.id.or(event.anonymousId) : person.id,
          email,
          phone: person.trait('phone'),
          session_count: person.trait('sessionCount'),
          unsubscribed_from_emails: person.trait('unsubscribedFromEmails'),
          unsubscribed_from_calls: person.trait('unsubscribedFromCalls'),
          name: person
            .trait('name')
            .as(text)
            .or(template`${firstName} ${lastName}`)
            .or(firstName)
            .or(lastName),
          signed_up_at: person.trait('signedUpAt').or(event.time),
          custom_attributes: person.traits.omit(...personFields).filter(isScalar),
          companies: [
            {
              company_id: person.trait('company.id').as(text).or(event.groupId).required(),
              remove: person.trait('company.remove').default(false),
            },
          ],
        }),
      }),
    ];
  },
});
