import {
  defineDestination,
  event,
  given,
  isNotNull,
  person,
  post,
  rest,
  secret,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

/** Chameleon changes names in this way itself. Doing it here shows what `planName` becomes. */
const underscored = (key: string) => key.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();

const properties = traits
  .omit('id', 'uid', 'createdAt')
  .flatten('underscores', { lists: 'kept' })
  .filter(isNotNull)
  .mapKeys(underscored);

export default defineDestination({
  name: 'chameleon',
  title: 'Chameleon',
  docs: 'https://developers.chameleon.io/webhooks/companies',
  config: z.object({
    accountSecret: secret('Account secret'),
    linkUser: z.boolean().default(true).describe('Whether the user becomes a member of the company'),
  }),
  examples: {
    user: { accountSecret: 'secret-accountSecret' },
    company: { accountSecret: 'secret-accountSecret', linkUser: false },
  },
  hosts: ['api.chameleon.io'],
  requests: ({ accountSecret, linkUser }) => {
    const hook = (model: string) => ({
      url: url`https://api.chameleon.io/v3/observe/hooks/${model}`,
      headers: { 'X-Account-Secret': accountSecret },
    });
    const uid = event.groupId.required();
    const company = post.json({
      ...hook('companies'),
      body: { uid, created_at: trait.createdAt, [rest]: properties },
    });
    const member = given(person.id, (id) => post.json({ ...hook('profiles'), body: { uid: id, company_uid: uid } }));
    return linkUser ? [company, member] : company;
  },
});
