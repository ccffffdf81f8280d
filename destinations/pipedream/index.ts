import {
  defineDestination,
  secretUrl,
  webhookHeaders,
  webhookMethod,
  webhookRequest,
  webhookRules,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'pipedream',
  title: 'Pipedream',
  docs: 'https://pipedream.com/docs',
  config: z.object({
    pipedreamUrl: secretUrl('URL of the HTTP trigger'),
    pipedreamMethod: webhookMethod(),
    headers: webhookHeaders(),
  }),
  examples: {
    post: {
      pipedreamUrl: 'https://eo1abc.m.pipedream.net/secret-pipedreamUrl',
      headers: [{ from: 'X-Key', to: 'secret-headers' }],
    },
    get: { pipedreamUrl: 'https://eo1abc.m.pipedream.net/secret-pipedreamUrl', pipedreamMethod: 'GET' },
  },
  hosts: { fromConfig: 'pipedreamUrl', known: ['*.m.pipedream.net'] },
  rules: ({ pipedreamMethod: method }) => webhookRules(method),
  requests: ({ pipedreamUrl, pipedreamMethod: method, headers }) => webhookRequest(pipedreamUrl, method, headers),
});
