import { defineDestination, secret, secretUrl, webhookRequest, z } from 'group-transformer/kit';

export default defineDestination({
  name: 'variance',
  title: 'Variance',
  docs: 'https://www.variance.com',
  config: z.object({
    webhookUrl: secretUrl('URL from Variance'),
    authHeader: secret('The complete value of the header Authorization'),
  }),
  examples: {
    default: { webhookUrl: 'https://hooks.variance.com/in/secret-webhookUrl', authHeader: 'Bearer secret-authHeader' },
  },
  hosts: { fromConfig: 'webhookUrl' },
  requests: ({ webhookUrl, authHeader }) => webhookRequest(webhookUrl, 'POST', { authorization: authHeader }),
});
