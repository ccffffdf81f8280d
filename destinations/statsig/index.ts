import { defineDestination, event, post, secret, url, z, type Json } from 'group-transformer/kit';

/** The intake takes events in the form in which they were sent. */
type Event = Record<string, Json>;

export default defineDestination({
  name: 'statsig',
  title: 'Statsig',
  docs: 'https://docs.statsig.com/integrations/data-connectors/rudderstack',
  config: z.object({ secretKey: secret('Server secret key of the project') }),
  hosts: ['api.statsig.com'],
  requests: ({ secretKey }) =>
    post.json<Event>({
      url: url`https://api.statsig.com/v1/webhooks/rudderstack`,
      headers: { 'content-type': 'application/json', 'STATSIG-API-KEY': secretKey },
      body: event.payload,
    }),
});
