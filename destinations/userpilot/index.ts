import {
  baseUrl,
  defineDestination,
  event,
  isNotNull,
  post,
  secret,
  template,
  traits,
  url,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'userpilot',
  title: 'Userpilot',
  docs: 'https://docs.userpilot.com/api-references/real-time/identify-company',
  aliases: ['Userpilot Cloud (Actions)', 'actions-userpilot-cloud'],
  config: z.object({
    apiKey: secret('HTTP API key'),
    apiEndpoint: baseUrl()
      .default('https://analytex.userpilot.io')
      .describe('Base URL of the API, which depends on the data center'),
  }),
  examples: {
    us: { apiKey: 'secret-apiKey' },
    eu: { apiKey: 'secret-apiKey', apiEndpoint: 'https://analytex-eu.userpilot.io' },
  },
  hosts: { fromConfig: 'apiEndpoint', known: ['analytex.userpilot.io', 'analytex-eu.userpilot.io'] },
  requests: ({ apiKey, apiEndpoint }) =>
    post.json({
      url: url`${apiEndpoint}/v1/companies/identify`,
      headers: { Authorization: template`Token ${apiKey}`, 'X-API-Version': '2020-09-22' },
      body: {
        company_id: event.groupId.required(),
        metadata: traits
          .mapKeys((key) => (key === 'createdAt' ? 'created_at' : key))
          .flatten('underscores', { lists: 'joined' })
          .filter(isNotNull)
          .default({}),
      },
    }),
});
