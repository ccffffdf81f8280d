import { any, basic, defineDestination, event, given, hostLabel, need, secret, trait, z } from 'group-transformer/kit';

import { membership } from './membership.ts';
import { organizationOnly } from './organization.ts';

export default defineDestination({
  name: 'zendesk',
  title: 'Zendesk',
  docs: 'https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/',
  config: z.object({
    email: z.string().describe('Login of the API’s administrator'),
    apiToken: secret('API token'),
    domain: hostLabel('Label before .zendesk.com in the account’s address'),
    sendGroupCallsWithoutUserId: z
      .boolean()
      .default(false)
      .describe('Whether to send events without a user id, as organizations without a member'),
    createUsersAsVerified: z.boolean().default(false).describe('Whether created users count as verified'),
  }),
  examples: {
    membership: { email: 'desk@kadewerk.example', apiToken: 'secret-apiToken', domain: 'kadewerk' },
    organization: {
      email: 'desk@kadewerk.example',
      apiToken: 'secret-apiToken',
      domain: 'kadewerk',
      sendGroupCallsWithoutUserId: true,
    },
  },
  hosts: ['*.zendesk.com'],
  rules: ({ sendGroupCallsWithoutUserId }) => [
    ...(sendGroupCallsWithoutUserId ? [] : [need(event.userId)]),
    need(any(event.groupId, trait.name), 'Zendesk requires groupId or traits.name to identify organizations'),
  ],
  requests: ({ email, apiToken, domain, sendGroupCallsWithoutUserId, createUsersAsVerified }) => {
    const api = {
      base: `https://${domain}.zendesk.com/api/v2`,
      headers: { Authorization: basic(`${email}/token`, apiToken) },
    };
    return given(
      event.userId,
      (userId) => membership(api, userId, createUsersAsVerified),
      sendGroupCallsWithoutUserId ? organizationOnly(api) : [],
    );
  },
});
