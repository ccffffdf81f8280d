import {
  defineDestination,
  event,
  given,
  isList,
  isNotNull,
  isoDateTime,
  type Json,
  omitEmpty,
  person,
  post,
  regions,
  rest,
  secret,
  template,
  text,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

interface Attributes {
  name?: string;
  signed_up_at?: string;
  [attribute: string]: Json;
}

const region = regions({ us: 'api.userflow.com', eu: 'api.eu.userflow.com' }, 'Region of the account', 'us');

// Flat, so that no trait is read as one of Userflow's operations, which are objects such as { add: 1 }.
const others = traits
  .omit('id', 'name', 'createdAt', 'signed_up_at')
  .flatten('underscores', { lists: 'kept' })
  .filter(isNotNull)
  .map((value) => (isList(value) ? value.map(String) : value))
  .keepKeys(/^[\w -]+$/, 'has a name that Userflow refuses');

const group = {
  id: event.groupId.required(),
  attributes: omitEmpty<Attributes>({
    name: trait.name.as(text),
    signed_up_at: trait.createdAt.or(trait('signed_up_at')).as(isoDateTime),
    [rest]: others,
  }),
};

export default defineDestination({
  name: 'userflow',
  title: 'Userflow',
  docs: 'https://docs.userflow.com/docs/api',
  config: z.object({
    apiKey: secret('API key of the environment, which starts with ak_'),
    region,
    linkUser: z.boolean().default(true).describe('Whether to add the user to the group'),
  }),
  examples: { us: { apiKey: 'secret-apiKey' }, eu: { apiKey: 'secret-apiKey', region: 'eu', linkUser: false } },
  hosts: region.hosts,
  requests: ({ apiKey, region: host, linkUser }) => {
    const headers = { Authorization: template`Bearer ${apiKey}`, 'Userflow-Version': '2020-01-03' };
    const alone = post.json({ url: url`https://${host}/groups`, headers, body: group });
    const ofUser = given(
      person.id,
      (id) => post.json({ url: url`https://${host}/users`, headers, body: { id, groups: [group] } }),
      alone,
    );
    return linkUser ? ofUser : alone;
  },
});
