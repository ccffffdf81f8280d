import {
  aboutPerson,
  all,
  any,
  boolean,
  compute,
  defineDestination,
  e164,
  email as emailAddress,
  event,
  first,
  given,
  is,
  type Mapped,
  need,
  omitEmpty,
  oneOf,
  person,
  post,
  present,
  secret,
  template,
  text,
  trait,
  url,
  when,
  z,
} from 'group-transformer/kit';

interface ProfilesJob {
  data: {
    type: `profile-subscription-bulk-${Action}-job`;
    attributes: { profiles: { data: Profile[] } };
    relationships: { list: { data: { type: 'list'; id: string } } };
  };
}

interface Profile {
  type: 'profile';
  id?: string;
  attributes: { email?: string; phone_number?: string; subscriptions: Subscriptions };
}

interface Subscriptions {
  email?: Consent;
  sms?: Consent;
}

interface Consent {
  marketing: { consent: State };
}

type Action = 'create' | 'delete';
type State = 'SUBSCRIBED' | 'UNSUBSCRIBED';

const channel = z.enum(['email', 'sms']);

// The members of a list are people, so the person's data comes before the group's.
const email = first(
  ...[person.email, trait.email, event.at('properties.email')].map((value) => value.as(emailAddress)),
).once();
const phone = first(
  ...[person.trait('phone'), trait.phone, event.at('properties.phone')].map((value) => value.as(e164)),
).once();
const profileId = { create: person.externalId('klaviyo-profileId').as(text), delete: undefined };
const states = { create: 'SUBSCRIBED', delete: 'UNSUBSCRIBED' } as const;
const subscribes = trait('subscribe').as(boolean);

export default defineDestination({
  name: 'klaviyo',
  title: 'Klaviyo',
  docs: 'https://developers.klaviyo.com/en/reference/bulk_subscribe_profiles',
  aliases: ['Klaviyo (Actions)', 'actions-klaviyo'],
  config: z.object({
    privateApiKey: secret('Private API key'),
    apiVersion: z
      .enum(['v1', 'v2', 'v3'])
      .default('v3')
      .describe('Revision of the API; Klaviyo has retired v1 and v2, so they are sent as v3'),
    consent: z
      .union([z.array(channel), channel.transform((only) => [only])])
      .prefault(['email'])
      .describe('Channels of consent if the event names none'),
  }),
  examples: { default: { privateApiKey: 'secret-privateApiKey', consent: ['email', 'sms'] } },
  hosts: ['a.klaviyo.com'],
  rules: () => [
    need(present(subscribes), 'traits.subscribe must be true, to subscribe, or false, to unsubscribe'),
    need(any(email, phone), 'Klaviyo requires an email address or a phone number in E.164 format'),
  ],
  requests: ({ privateApiKey, consent }) => {
    const channels = trait('consent')
      .or(trait('properties.consent'))
      .listOf(oneOf('email', 'sms'))
      .default(consent)
      .once();
    const agreesTo = (name: 'email' | 'sms') => compute(`has ${name}`, [channels], (names) => names.includes(name));
    const job = (action: Action) => {
      const marketing = { consent: states[action] };
      const subscriptions = omitEmpty<Subscriptions>({
        email: when(all(agreesTo('email'), email), { marketing }),
        sms: when(all(agreesTo('sms'), phone), { marketing }),
      }).required('Klaviyo requires an address for each channel with consent');
      const profile: Mapped<Profile> = {
        type: 'profile',
        id: profileId[action],
        attributes: aboutPerson({ email, phone_number: phone, subscriptions }),
      };
      return post.json<ProfilesJob>({
        url: url`https://a.klaviyo.com/api/profile-subscription-bulk-${action}-jobs`,
        headers: {
          Accept: 'application/json',
          Authorization: template`Klaviyo-API-Key ${privateApiKey}`,
          revision: '2026-04-15',
        },
        body: {
          data: {
            type: `profile-subscription-bulk-${action}-job`,
            attributes: { profiles: { data: [profile] } },
            relationships: { list: { data: { type: 'list', id: event.groupId.required() } } },
          },
        },
        batch: {
          items: 100,
          bytes: 1_000_000,
          at: 'body.json.data.attributes.profiles.data',
          record: ['id', 'attributes.email', 'attributes.phone_number'],
        },
      });
    };
    return given(is(subscribes, true), job('create'), job('delete'));
  },
});
