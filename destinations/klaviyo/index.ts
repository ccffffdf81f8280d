import {
  aboutPerson,
  all,
  any,
  compute,
  defineDestination,
  event,
  given,
  is,
  need,
  omitEmpty,
  oneOf,
  person,
  post,
  present,
  refuse,
  secret,
  text,
  trait,
  template,
  url,
  when,
  z,
  type Mapped,
} from 'group-transformer/kit';

/** A job of v1. */
interface SubscriptionsJob {
  data: {
    type: 'profile-subscription-bulk-create-job';
    attributes: { list_id: string; subscriptions: Subscription[] };
  };
}

interface Subscription {
  email?: string;
  phone_number?: string;
  channels?: { email?: 'MARKETING'[]; sms?: 'MARKETING'[] };
}

/** A job of v2 and v3. */
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
  attributes: { email?: string; phone_number?: string; subscriptions?: Subscriptions };
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

const revisions = { v1: '2023-02-22', v2: '2024-10-15', v3: '2026-04-15' };
const channel = z.enum(['email', 'sms']);

// The members of a list are people, so what is known of the person goes before what is known of the group.
const email = person.email.or(trait.email).or(event.at('properties.email')).as(text);
const phone = person.trait('phone').or(trait.phone).or(event.at('properties.phone')).as(text);
const profileId = { create: person.externalId('klaviyo-profileId').as(text), delete: undefined };
const unsubscribes = is(trait('subscribe'), false, 'false', 0);
const list = event.groupId.required();

export default defineDestination({
  name: 'klaviyo',
  title: 'Klaviyo',
  docs: 'https://developers.klaviyo.com/en/reference/bulk_subscribe_profiles',
  aliases: ['Klaviyo (Actions)', 'actions-klaviyo'],
  config: z.object({
    privateApiKey: secret('Private API key'),
    apiVersion: z.enum(['v1', 'v2', 'v3']).default('v3').describe('Revision of the API; v1 cannot unsubscribe'),
    consent: z
      .union([z.array(channel), channel.transform((only) => [only])])
      .optional()
      .describe('Channels that people consent to where the event does not say'),
  }),
  examples: {
    v1: { privateApiKey: 'secret-privateApiKey', apiVersion: 'v1', consent: ['email'] },
    v2: { privateApiKey: 'secret-privateApiKey', apiVersion: 'v2', consent: ['email'] },
    v3: { privateApiKey: 'secret-privateApiKey', apiVersion: 'v3', consent: ['email', 'sms'] },
  },
  hosts: ['a.klaviyo.com'],
  rules: ({ apiVersion }) => [
    need(present(trait('subscribe')), 'traits.subscribe must say whether to subscribe or to unsubscribe'),
    need(any(email, phone), 'Klaviyo wants an e-mail address or a phone number'),
    ...(apiVersion === 'v1' ? [refuse(unsubscribes, 'v1 of the API cannot unsubscribe')] : []),
  ],
  requests: ({ privateApiKey, apiVersion, consent }) => {
    const authorization = { Accept: 'application/json', Authorization: template`Klaviyo-API-Key ${privateApiKey}` };
    const endpoint = (action: Action) => ({
      url: url`https://a.klaviyo.com/api/profile-subscription-bulk-${action}-jobs`,
      headers: { ...authorization, revision: revisions[apiVersion] },
    });
    const said = apiVersion === 'v1' ? trait('properties.consent') : trait('consent').or(trait('properties.consent'));
    const channels = said.listOf(oneOf('email', 'sms')).default(consent).once();
    const agreesTo = (name: 'email' | 'sms') => compute(`has ${name}`, [channels], (names) => names?.includes(name));

    if (apiVersion === 'v1') {
      const subscription: Mapped<Subscription> = {
        email,
        phone_number: phone,
        channels: when(present(channels), {
          email: when(agreesTo('email'), ['MARKETING']),
          sms: when(agreesTo('sms'), ['MARKETING']),
        }),
      };
      return post.json<SubscriptionsJob>({
        ...endpoint('create'),
        body: {
          data: {
            type: 'profile-subscription-bulk-create-job',
            attributes: { list_id: list, subscriptions: aboutPerson([subscription]) },
          },
        },
        batch: { items: 100, bytes: 1_000_000, at: 'body.json.data.attributes.subscriptions' },
      });
    }

    const reached = (state: State): Mapped<Subscriptions> => ({
      email: when(all(agreesTo('email'), email), { marketing: { consent: state } }),
      sms: when(all(agreesTo('sms'), phone), { marketing: { consent: state } }),
    });
    const needed = (state: State) =>
      omitEmpty<Subscriptions>(reached(state)).required('Klaviyo wants an address for a channel that is consented to');
    const subscriptions = {
      v2: { create: when<Subscriptions>(present(channels), reached('SUBSCRIBED')), delete: undefined },
      v3: { create: needed('SUBSCRIBED'), delete: needed('UNSUBSCRIBED') },
    }[apiVersion];
    const job = (action: Action) => {
      const profile: Mapped<Profile> = {
        type: 'profile',
        id: profileId[action],
        attributes: aboutPerson({ email, phone_number: phone, subscriptions: subscriptions[action] }),
      };
      return post.json<ProfilesJob>({
        ...endpoint(action),
        body: {
          data: {
            type: `profile-subscription-bulk-${action}-job`,
            attributes: { profiles: { data: [profile] } },
            relationships: { list: { data: { type: 'list', id: list } } },
          },
        },
        batch: { items: 100, bytes: 1_000_000, at: 'body.json.data.attributes.profiles.data' },
      });
    };
    return given(unsubscribes, job('delete'), job('create'));
  },
});
