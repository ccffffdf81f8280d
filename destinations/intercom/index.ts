import {
  all,
  any,
  compact,
  compute,
  defineDestination,
  event,
  given,
  is,
  type Mapped,
  none,
  person,
  regions,
  secret,
  when,
  z,
} from 'group-transformer/kit';

import { addTags, api, attributes, lookup, oldAttributes, writeCompany } from './company.ts';
import { linkContact, type Query, term, wanted, writeUser } from './contact.ts';

const [us, eu, au] = ['api.intercom.io', 'api.eu.intercom.io', 'api.au.intercom.io'] as const;
const apiServer = regions({ standard: us, eu, au }, 'Region of the workspace', 'standard');
const apiServerV2 = regions({ US: us, Europe: eu, Australia: au }, 'Region of the workspace');
const docs =
  'https://developers.intercom.com/docs/references/2.10/rest-api/api.intercom.io/Companies/createOrUpdateCompany/';

const intercom = defineDestination({
  name: 'intercom',
  title: 'Intercom',
  docs,
  aliases: ['Intercom Cloud Mode (Actions)', 'actions-intercom-cloud'],
  config: z.object({
    apiKey: secret('Access token'),
    apiVersion: z.enum(['v1', 'v2']).default('v2').describe('v1 is version 1.4 of the API, v2 is 2.10'),
    apiServer,
    sendAnonymousId: z.boolean().default(false).describe('Whether v1 uses the anonymous id if there is no user id'),
  }),
  examples: {
    v2: { apiKey: 'secret-apiKey', apiServer: 'eu' },
    v1: { apiKey: 'secret-apiKey', apiVersion: 'v1', sendAnonymousId: true },
  },
  hosts: apiServer.hosts,
  requests: ({ apiKey, apiVersion, apiServer: host, sendAnonymousId }) => {
    if (apiVersion === 'v1') {
      const old = api(host, apiKey, '1.4', 'RudderStack');
      const userId = sendAnonymousId ? event.userId.or(event.anonymousId) : event.userId;
      return [writeCompany(old, oldAttributes), writeUser(old, userId), addTags(old)];
    }
    const to = api(host, apiKey, '2.10', 'RudderStack');
    const lowerCase = (found: string | undefined, field: string) => (field === 'email' ? found?.toLowerCase() : found);
    const value = compute('lowerCase', [wanted, lookup], lowerCase).once();
    const id = when<string>(none(is(lookup, 'external_id')), person.id);
    const query: Mapped<Query> = {
      operator: when<'OR'>(all(value, id), 'OR').default('AND'),
      value: compact(term(lookup, value), term('external_id', id)),
    };
    return [given(any(value, id), linkContact(to, query), writeCompany(to, attributes)), addTags(to)];
  },
});

const intercomV2 = defineDestination({
  name: 'intercom-v2',
  title: 'Intercom V2',
  docs,
  aliases: ['INTERCOM_V2'],
  config: z.object({ apiServer: apiServerV2 }),
  delivery: z.object({ accessToken: secret('Access token of the OAuth account') }),
  examples: { default: { apiServer: 'US' } },
  hosts: apiServer.hosts,
  requests: ({ apiServer: host }, { accessToken }) => {
    const to = api(host, accessToken, '2.10');
    const value = wanted.required('Intercom requires a value of the lookup field');
    return [linkContact(to, { operator: 'AND', value: [{ field: lookup, operator: '=', value }] }), addTags(to)];
  },
});

export default [intercom, intercomV2];
