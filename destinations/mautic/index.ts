import {
  ask,
  baseUrl,
  basic,
  compute,
  context,
  defineDestination,
  deny,
  dialogue,
  event,
  type Expr,
  first,
  get,
  given,
  hostLabel,
  type Json,
  oneOf,
  person,
  post,
  read,
  secret,
  text,
  trait,
  url,
  verb,
  z,
} from 'group-transformer/kit';

/** The first value that can become text. */
const usable = (...values: Expr<Json | undefined>[]) => first(...values.map((value) => value.as(text)));

/** The person's trait, by the first name that has a value, or else the group's. */
const either = (...names: string[]) => usable(...names.map((name) => person.trait(name)), ...names.map(trait));

const email = usable(person.email, trait.email, event.at('properties.email'));
/** The look-up of a contact: the column, and the value to search for. */
const lookUps = {
  title: ['title', either('title')],
  firstName: ['firstname', either('firstName', 'firstname', 'first_name')],
  lastName: ['lastname', either('lastName', 'lastname', 'last_name')],
  role: ['role', either('role')],
  phone: ['phone', usable(person.trait('phone'), trait.phone, event.at('properties.phone'))],
  city: ['city', usable(person.trait('address.city'), trait.address.city)],
  email: ['email', email],
  state: ['state', either('state')],
  zipcode: ['zipcode', either('zipcode', 'zip')],
  country: ['country', either('country')],
} as const;

const lowerCased = compute('lower case', [trait('type').as(text)], (type) => type?.toLowerCase());
const kind = lowerCased.as(oneOf('segments', 'campaigns', 'companies'));
const operation = verb(trait('operation'), ['add', 'remove'], 'add');

/** Contacts by id. Mautic has several ways to say that it found none. */
const found = z.object({ contacts: z.record(z.string(), z.unknown()) }).catch({ contacts: {} });

export default defineDestination({
  name: 'mautic',
  title: 'Mautic',
  docs: 'https://mautic-developer.readthedocs.io/',
  config: z
    .object({
      userName: z.string().describe('User of the API'),
      password: secret('Password of the user'),
      domainMethod: z
        .enum(['subDomainNameOption', 'domainNameOption'])
        .default('subDomainNameOption')
        .describe('Whether Mautic is hosted at mautic.net or on its own domain'),
      subDomainName: hostLabel('Label before .mautic.net in the address').optional(),
      domainName: baseUrl().optional().describe('Address of an installation on its own domain'),
      lookUpField: z
        .enum(Object.keys(lookUps) as (keyof typeof lookUps)[])
        .default('email')
        .describe('Field for the look-up of the contact'),
    })
    .transform(({ domainMethod, subDomainName, domainName, ...others }, checks) => {
      const own = domainMethod === 'domainNameOption' ? domainName : undefined;
      if (own === undefined && subDomainName === undefined) {
        const path = [domainMethod === 'domainNameOption' ? 'domainName' : 'subDomainName'];
        checks.addIssue({ code: 'custom', path, message: 'is required' });
      }
      return { ...others, baseUrl: `${own ?? `https://${subDomainName ?? ''}.mautic.net`}/api` };
    }),
  examples: {
    mautic: { userName: 'api', password: 'secret-password', subDomainName: 'harbor', lookUpField: 'email' },
    own: {
      userName: 'api',
      password: 'secret-password',
      domainMethod: 'domainNameOption',
      domainName: 'https://mautic.harbor.example',
      lookUpField: 'phone',
    },
  },
  hosts: { fromConfig: 'baseUrl', known: ['*.mautic.net'] },
  requests: ({ userName, password, baseUrl: base, lookUpField }) => {
    const headers = { 'Content-Type': 'application/json', Authorization: basic(userName, password) };
    const change = (contactId: Expr<string>) =>
      post.empty({
        url: url`${base}/${kind.required()}/${event.groupId}/contact/${contactId}/${operation}`,
        headers,
      });
    const findBy = (column: string, value: Expr<string>) =>
      dialogue({
        steps: {
          find: read(
            get.empty({
              url: url`${base}/contacts`,
              headers,
              query: { 'where[0][col]': column, 'where[0][expr]': 'eq', 'where[0][val]': value },
            }),
            found,
          ),
          change: ({ contactId }: { contactId: Expr<string> }) => change(contactId),
        },
        *choose(steps) {
          const answer = yield* ask(steps.find);
          if (!answer.ok) return deny(`Mautic answered the look-up with ${answer.status}`);
          const [contactId, another] = Object.keys(answer.json.contacts);
          if (contactId === undefined) return deny('Mautic does not have the contact');
          if (another !== undefined) return deny('Mautic has more than one matching contact');
          return [steps.change({ contactId })];
        },
      });
    const [column, value] = lookUps[lookUpField];
    const anyEmail = email
      .or(context('externalId.0.id'))
      .as(text)
      .required('the event has no value to find a contact by');
    return given(
      person.externalId('mauticContactId').as(text),
      (contactId) => change(contactId),
      given(value.as(text), (known) => findBy(column, known), findBy('email', anyEmail)),
    );
  },
});
