import { defineDestination, event, need, post, secret, template, url, z } from 'group-transformer/kit';

export default defineDestination({
  name: 'vitally',
  title: 'Vitally',
  docs: 'https://docs.vitally.io/en/articles/39-analytics-api-account',
  config: z.object({
    apiKeyVitally: secret('Basic token, as Vitally shows it; accounts in the EU data center are not supported'),
  }),
  hosts: ['api.vitally.io'],
  rules: () => [need(event.groupId)],
  requests: ({ apiKeyVitally }) =>
    post.json({
      url: url`https://api.vitally.io/rudderstack`,
      // Vitally shows the token already encoded.
      headers: { authorization: template`Basic ${apiKeyVitally}`, 'content-type': 'application/json' },
      body: event.payload,
    }),
});
