import {
  aboutPerson,
  all,
  basic,
  boolean,
  defineDestination,
  del,
  email,
  event,
  first,
  given,
  is,
  isNotNull,
  isoDateTime,
  need,
  none,
  person,
  post,
  put,
  refuse,
  secret,
  text,
  trait,
  traits,
  url,
  verb,
  z,
} from 'group-transformer/kit';

const firstNames = ['firstName', 'firstname', 'first_name'];
const lastNames = ['lastName', 'lastname', 'last_name'];
const notMeta = ['email', 'phone', 'subscriber_status', 'operation', ...firstNames, ...lastNames];

/** The meta field cannot contain objects, so they are flattened. Their fields keep their own names. */
const leafOf = (key: string) => /\[([^[\]]*)\]$/.exec(key)?.[1] ?? key;
const meta = traits
  .omit('id', ...notMeta)
  .flatten('brackets', { lists: 'joined' })
  .filter(isNotNull)
  .mapKeys(leafOf)
  .filter((_value, key) => !notMeta.includes(key))
  .default({});

const theirs = (name: string) => person.trait(name);
const either = (names: string[]) => first(...names.map(theirs), ...names.map(trait));

const uid = person.externalId('engageId').as(text).or(person.id);
const operation = verb(trait('operation'), ['add', 'remove'], 'add').once();
const subscribed = trait('subscriber_status').or(theirs('subscriberStatus')).default(true).as(boolean).required();

export default defineDestination({
  name: 'engage',
  title: 'Engage',
  docs: 'https://docs.engage.so/en-us/a/62bbdd2e5bfea4dca4834045-lists',
  aliases: ['Engage Messaging', 'engage-messaging'],
  config: z.object({
    publicKey: z.string().describe('Public key of the workspace'),
    privateKey: secret('Private key of the workspace'),
  }),
  examples: { default: { publicKey: 'public-1', privateKey: 'secret-privateKey' } },
  hosts: ['api.engage.so'],
  rules: () => [
    need(operation, 'traits.operation must be add or remove'),
    refuse(all(is(operation, 'remove'), none(uid)), 'Engage requires a user id to remove somebody'),
  ],
  requests: ({ publicKey, privateKey }) => {
    const headers = { Authorization: basic(publicKey, privateKey) };
    const subscribers = { url: url`https://api.engage.so/v1/lists/${event.groupId}/subscribers`, headers };
    const subscriber = { url: url`https://api.engage.so/v1/lists/${event.groupId}/subscribers/${uid}`, headers };
    const remove = del.empty(subscriber);
    const update = put.json({ ...subscriber, body: { subscribed } });
    const create = post.json({
      ...subscribers,
      body: aboutPerson({
        subscribed,
        email: first(person.email.as(email), trait.email.as(email)),
        first_name: either(firstNames).as(text),
        last_name: either(lastNames).as(text),
        number: theirs('phone').or(trait.phone).or(event.at('properties.phone')).as(text),
        created_at: theirs('createdAt').as(isoDateTime),
        meta,
      }),
    });
    return given(is(operation, 'remove'), remove, given(uid, update, create));
  },
});
