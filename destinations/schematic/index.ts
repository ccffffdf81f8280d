import {
  defineDestination,
  event,
  given,
  isNotNull,
  omitEmpty,
  person,
  post,
  secret,
  textUpTo,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'schematic',
  title: 'Schematic',
  docs: 'https://docs.schematichq.com',
  aliases: ['actions-schematic'],
  config: z.object({
    apiKey: secret('Secret API key of the environment'),
    companyKey: z.string().min(1).default('groupId').describe('Name of the company key with the group’s id'),
    userKey: z.string().min(1).default('userId').describe('Name of the user key with the user’s id'),
    linkUser: z.boolean().default(true).describe('Whether to add the user to the company'),
  }),
  examples: {
    linked: { apiKey: 'secret-apiKey' },
    alone: { apiKey: 'secret-apiKey', companyKey: 'account_id', linkUser: false },
  },
  hosts: ['api.schematichq.com'],
  requests: ({ apiKey, companyKey, userKey, linkUser }) => {
    const headers = { 'X-Schematic-Api-Key': apiKey };
    const keys = { [companyKey]: event.groupId.required() };
    const company = post.json({
      url: url`https://api.schematichq.com/companies`,
      headers,
      body: {
        keys,
        name: trait.name.as(textUpTo(256)),
        traits: omitEmpty(traits.omit('id', 'name').filter(isNotNull)),
      },
    });
    const user = given(person.id, (id) =>
      post.json({
        url: url`https://api.schematichq.com/users`,
        headers,
        body: { keys: { [userKey]: id }, company: keys },
      }),
    );
    return linkUser ? [company, user] : company;
  },
});
