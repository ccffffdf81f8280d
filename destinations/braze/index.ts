import {
  aboutPerson,
  any,
  concat,
  defineDestination,
  e164,
  email,
  entry,
  event,
  isText,
  type Mapped,
  need,
  none,
  only,
  person,
  post,
  regions,
  rest,
  secret,
  template,
  text,
  trait,
  url,
  verb,
  when,
  z,
} from 'group-transformer/kit';

interface Membership {
  external_id: string;
  [group: `ab_rudder_group_${string}`]: true;
}

interface Subscription {
  subscription_group_id: string;
  subscription_state: 'subscribed' | 'unsubscribed';
  external_ids?: string[];
  phones?: string[];
  emails?: string[];
}

const numbered = (prefix: string, domain: string, numbers: readonly string[]) =>
  Object.fromEntries(numbers.map((number) => [number, `rest.${prefix}-${number.slice(-2)}.braze.${domain}`]));

/** The vendor's table of instances. The names of older ones are regions. */
const instances = regions(
  {
    ...numbered('iad', 'com', ['US-01', 'US-02', 'US-03', 'US-04', 'US-05', 'US-06', 'US-07', 'US-08']),
    ...numbered('fra', 'eu', ['EU-01', 'EU-02']),
    'US-10': 'rest.us-10.braze.com',
    'AU-01': 'rest.au-01.braze.com',
    'ID-01': 'rest.id-01.braze.com',
    'JP-01': 'rest.jp-01.braze.com',
    'KR-01': 'rest.kr-01.braze.com',
  },
  'Instance of the workspace',
);

/** Names of attributes have at most 255 characters. */
const PREFIX = 'ab_rudder_group_';
const MAX_ID = 255 - PREFIX.length;
const isShort = (id: unknown): id is string => isText(id) && id.length <= MAX_ID;
const attributeId = event.groupId.as(only(`an id of at most ${String(MAX_ID)} characters`, isShort)).required();

const membership: Mapped<Membership> = {
  external_id: person.externalId('brazeExternalId').as(text).or(event.userId).required(),
  [rest]: entry(template`${PREFIX}${attributeId}`, true),
};

const phone = person.trait('phone').as(e164).once();
const address = person.email.as(email).once();
const subscription: Mapped<Subscription> = {
  subscription_group_id: event.groupId.required(),
  subscription_state: verb(trait('subscriptionState'), ['subscribed', 'unsubscribed']),
  external_ids: concat(event.userId),
  // Braze accepts phones or emails in one call, not both.
  phones: aboutPerson(concat(phone)),
  emails: aboutPerson(when<string[] | undefined>(none(phone), concat(address))),
};

export default defineDestination({
  name: 'braze',
  title: 'Braze',
  docs: 'https://www.braze.com/docs/api/endpoints/user_data/post_user_track/',
  aliases: ['Braze Cloud Mode (Actions)', 'Appboy'],
  config: z.object({
    restApiKey: secret('REST API key'),
    dataCenter: z.string().trim().toUpperCase().pipe(instances).describe('Instance of the workspace'),
    enableSubscriptionGroupInGroupCall: z.boolean().default(false).describe('Whether groups are subscription groups'),
  }),
  examples: {
    attribute: { restApiKey: 'secret-restApiKey', dataCenter: 'US-01' },
    subscription: { restApiKey: 'secret-restApiKey', dataCenter: 'EU-01', enableSubscriptionGroupInGroupCall: true },
  },
  hosts: instances.hosts,
  rules: ({ enableSubscriptionGroupInGroupCall: subscribes }) =>
    subscribes ? [need(any(phone, address), 'Braze requires context.traits.phone or context.traits.email')] : [],
  requests: ({ restApiKey, dataCenter: host, enableSubscriptionGroupInGroupCall: subscribes }) => {
    const base = `https://${host}`;
    const headers = { Accept: 'application/json', Authorization: template`Bearer ${restApiKey}` };
    const setStatus = { url: url`${base}/v2/subscription/status/set`, headers };
    const track = { url: url`${base}/users/track`, headers };
    return subscribes
      ? post.json({
          ...setStatus,
          body: { subscription_groups: [subscription] },
          batch: { items: 25, bytes: 4_000_000, at: 'body.json.subscription_groups' },
        })
      : post.json({
          ...track,
          body: { attributes: [membership], partner: 'RudderStack' },
          batch: { items: 75, bytes: 4_000_000, at: 'body.json.attributes' },
        });
  },
});
