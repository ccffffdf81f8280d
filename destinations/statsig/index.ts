import { defineDestination, event, post, secret, url, z } from 'group-transformer/kit';

export default defineDestination({
  name: 'statsig',
  title: 'Statsig',
  docs: 'https://docs.statsig.com/integrations/data-connectors/rudderstack',
  config: z.object({ secretKey: secret('Server secret key of the project') }),
  hosts: ['api.statsig.com'],
  requests: ({ secretKey }) =>
    post.json({
      url: url`https://api.statsig.com/v1/webhooks/rudderstack`,
      headers: { 'content-type': 'application/json', 'STATSIG-API-KEY': secretKey },
      body: event.payload,
    }),
});
