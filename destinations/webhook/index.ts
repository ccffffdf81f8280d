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
  name: 'webhook',
  title: 'Webhook',
  docs: 'https://www.rudderstack.com/docs/destinations/streaming-destinations/webhooks/',
  aliases: ['Webhooks', 'Webhook (Actions)', 'actions-webhook', 'actions-webhook-extensible'],
  config: z.object({
    webhookUrl: secretUrl('URL to send events to'),
    webhookMethod: webhookMethod(),
    headers: webhookHeaders(),
  }),
  examples: {
    post: {
      webhookUrl: 'https://hooks.example.com/in/secret-webhookUrl',
      headers: [{ from: 'X-Key', to: 'secret-headers' }],
    },
    get: { webhookUrl: 'https://hooks.example.com/in/secret-webhookUrl', webhookMethod: 'GET' },
  },
  hosts: { fromConfig: 'webhookUrl' },
  rules: ({ webhookMethod: method }) => webhookRules(method),
  requests: ({ webhookUrl, webhookMethod: method, headers }) => webhookRequest(webhookUrl, method, headers),
});
