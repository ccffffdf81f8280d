import {
  defineDestination,
  event,
  given,
  isNotNull,
  need,
  post,
  regions,
  secret,
  setting,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const region = regions(
  {
    us: 'app.pendo.io',
    us1: 'us1.app.pendo.io',
    eu: 'app.eu.pendo.io',
    jp: 'app.jpn.pendo.io',
    au: 'app.au.pendo.io',
  },
  'Data center of the subscription; a key works only there',
  'us',
);
/** Each region has a second host for events. */
const forEvents = (host: string) => host.replace('app', 'data');

/** Metadata fields must be scalars. */
const metadata = traits.omit('id').flatten('underscores', { lists: 'joined' }).filter(isNotNull);

export default defineDestination({
  name: 'pendo',
  title: 'Pendo',
  docs: 'https://engageapi.pendo.io',
  aliases: ['Pendo Web (actions)'],
  config: z.object({
    integrationKey: secret('Integration key with write access').optional(),
    apiKey: secret('Public API key of the app, to send whole events if there is no integration key').optional(),
    region,
    metadataGroup: z.enum(['custom', 'agent']).default('custom').describe('Metadata group of the fields to write'),
    createAccounts: z.boolean().default(true).describe('Whether to create accounts that Pendo does not have'),
  }),
  examples: {
    metadata: { integrationKey: 'secret-integrationKey', region: 'eu' },
    events: { apiKey: 'secret-apiKey', region: 'us1' },
  },
  hosts: region.hosts.flatMap((host) => [host, forEvents(host)]),
  rules: ({ integrationKey }) =>
    integrationKey === undefined
      ? [need(event.groupId), need(event.userId, 'Pendo requires userId, or config.integrationKey')]
      : [],
  requests: (config) => {
    const { integrationKey, region: host, metadataGroup, createAccounts } = config;
    if (integrationKey === undefined) {
      const apiKey = setting(config, 'apiKey', 'Pendo requires it, or integrationKey');
      return post.json({ url: url`https://${forEvents(host)}/data/segmentio/${apiKey}`, body: event.payload });
    }
    const write = post.json({
      url: url`https://${host}/api/v1/metadata/account/${metadataGroup}/value`,
      headers: { 'x-pendo-integration-key': integrationKey },
      query: createAccounts ? { create: true } : {},
      body: [{ accountId: event.groupId.required(), values: metadata.default({}) }],
    });
    return createAccounts ? write : given(traits.omit('id').filter(isNotNull), write);
  },
});
