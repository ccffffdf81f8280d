import {
  any,
  concat,
  defineDestination,
  entry,
  event,
  need,
  none,
  oneOf,
  person,
  post,
  rest,
  secret,
  template,
  text,
  trait,
  url,
  when,
  z,
  type Mapped,
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

/** What hosts have before and after the number of a data center. */
const clusters = { us: ['iad', 'com'], eu: ['fra', 'eu'], au: ['au', 'com'], id: ['id', 'com'], jp: ['jp', 'com'] };
const dataCenter = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^(us|eu|au|id|jp)-\d{1,2}$/, 'must be like US-01');

const membership: Mapped<Membership> = {
  external_id: person.externalId('brazeExternalId').as(text).or(event.userId).required(),
  [rest]: entry(template`ab_rudder_group_${event.groupId.required()}`, true),
};

const phone = trait.phone.or(person.trait('phone')).as(text);
const subscription: Mapped<Subscription> = {
  subscription_group_id: event.groupId.required(),
  subscription_state: trait('subscriptionState').as(oneOf('subscribed', 'unsubscribed')).required(),
  external_ids: concat(event.userId),
  // Braze takes phones or e-mails in one call, not both.
  phones: concat(phone),
  emails: when(none(phone), concat(trait.email.as(text))),
};

export default defineDestination({
  name: 'braze',
  title: 'Braze',
  docs: 'https://www.braze.com/docs/api/endpoints/user_data/post_user_track/',
  aliases: ['Braze Cloud Mode (Actions)', 'Appboy'],
  config: z.object({
    restApiKey: secret('REST API key'),
    dataCenter: dataCenter.describe('Instance of the workspace'),
    enableSubscriptionGroupInGroupCall: z.boolean().default(false).describe('Whether groups are subscription groups'),
  }),
  examples: {
    attribute: { restApiKey: 'secret-restApiKey', dataCenter: 'US-01' },
    subscription: { restApiKey: 'secret-restApiKey', dataCenter: 'EU-01', enableSubscriptionGroupInGroupCall: true },
  },
  hosts: ['rest.*.braze.com', 'rest.*.braze.eu'],
  rules: ({ enableSubscriptionGroupInGroupCall: subscribes }) =>
    subscribes ? [need(any(trait.phone, trait.email))] : [],
  requests: ({ restApiKey, dataCenter: instance, enableSubscriptionGroupInGroupCall: subscribes }) => {
    const [region, number] = instance.split('-') as [keyof typeof clusters, string];
    const [prefix, domain] = clusters[region];
    const base = `https://rest.${prefix}-${number}.braze.${domain}`;
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
