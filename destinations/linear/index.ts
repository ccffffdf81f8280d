import {
  any,
  concat,
  type Converter,
  defineDestination,
  domain,
  event,
  integer,
  need,
  post,
  secret,
  setting,
  template,
  text,
  trait,
  url,
  z,
} from 'group-transformer/kit';

const query = 'mutation($input: CustomerUpsertInput!) { customerUpsert(input: $input) { success customer { id } } }';

/** Domains of public email providers, which identify nobody. */
const publicProviders = new Set([
  ...['aol.com', 'fastmail.com', 'gmail.com', 'gmx.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hey.com'],
  ...['hotmail.com', 'icloud.com', 'live.com', 'mac.com', 'mail.com', 'mail.ru', 'me.com', 'msn.com', 'outlook.com'],
  ...['pm.me', 'proton.me', 'protonmail.com', 'qq.com', 'web.de', 'yahoo.com', 'yandex.com', 'yandex.ru', 'zoho.com'],
]);

const ownDomain: Converter<string> = {
  name: 'ownDomain',
  summary: 'a web address that is not a public email provider’s',
  examples: [],
  convert: (value) => {
    const found = domain.convert(value);
    return found !== undefined && publicProviders.has(found) ? undefined : found;
  },
};

const int32: Converter<number> = {
  name: 'int32',
  summary: 'a whole number of at most 32 bits',
  examples: [],
  convert: (value) => {
    const number = integer.convert(value);
    return number === undefined || number !== (number | 0) ? undefined : number;
  },
};

const revenue = trait('revenue').or(trait('arr'));

const websites = ({ sendDomains }: { sendDomains: boolean }) => (sendDomains ? [trait.website] : []);

const tierOf = ({ tierTrait }: { tierTrait?: string | undefined }) =>
  tierTrait === undefined ? trait.plan : trait(tierTrait);

export default defineDestination({
  name: 'linear',
  title: 'Linear',
  docs: 'https://linear.app/developers/graphql',
  config: z.object({
    apiKey: secret('Personal API key').optional(),
    accessToken: secret('Token of an OAuth application, instead of the key').optional(),
    tierTrait: z.string().min(1).optional().describe('Trait with the name of the customer’s tier; defaults to plan'),
    sendDomains: z
      .boolean()
      .default(true)
      .describe(
        'Whether to also identify customers by the domain of their website; groups with the same domain become one',
      ),
  }),
  examples: {
    key: { apiKey: 'secret-apiKey' },
    token: { accessToken: 'secret-accessToken', tierTrait: 'segment', sendDomains: false },
  },
  hosts: ['api.linear.app'],
  rules: (config) => [
    need(
      any(trait.name, trait.avatar, trait.employees, revenue, tierOf(config), ...websites(config)),
      'Linear requires traits.name for a new customer, and the event has no other field of a customer',
    ),
  ],
  requests: (config) => {
    const { accessToken } = config;
    return post.json({
      url: url`https://api.linear.app/graphql`,
      headers: {
        Authorization: accessToken
          ? template`Bearer ${accessToken}`
          : setting(config, 'apiKey', 'Linear requires a personal API key, or accessToken instead'),
      },
      body: {
        query,
        variables: {
          input: {
            externalId: event.groupId.required(),
            name: trait.name.as(text),
            domains: concat(...websites(config).map((website) => website.as(ownDomain))),
            logoUrl: trait.avatar.as(text),
            size: trait.employees.as(int32),
            revenue: revenue.as(int32),
            tierName: tierOf(config).as(text),
          },
        },
      },
    });
  },
});
