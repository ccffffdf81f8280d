import { compute, defineDestination, given, is, need, oneOf, text, trait } from 'group-transformer/kit';

import { accountOf } from './account.ts';
import { config, connect } from './connection.ts';
import { marketingListOf } from './marketing-list.ts';

const shared = {
  docs: 'https://developers.freshworks.com/crm/api/',
  config,
  examples: { default: { apiKey: 'secret-apiKey', domain: 'harbor.myfreshworks.com' } },
  hosts: ['*.myfreshworks.com'],
};

const words = compute('words joined by _', [trait('groupType').as(text)], (type) =>
  type?.trim().toLowerCase().replaceAll(/\s+/g, '_'),
);
const groupType = words.as(oneOf('accounts', 'marketing_lists'));

const freshmarketer = defineDestination({
  ...shared,
  name: 'freshmarketer',
  title: 'Freshmarketer',
  rules: () => [need(groupType, 'traits.groupType must be accounts or marketing_lists')],
  requests: (parsed) => given(is(groupType, 'accounts'), accountOf(connect(parsed)), marketingListOf(connect(parsed))),
});

const freshsales = defineDestination({
  ...shared,
  name: 'freshsales',
  title: 'Freshsales',
  aliases: ['Freshsales Suite - CRM'],
  requests: (parsed) => accountOf(connect(parsed)),
});

export default [freshmarketer, freshsales];
