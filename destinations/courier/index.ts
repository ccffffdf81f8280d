import {
  context,
  defineDestination,
  event,
  is,
  need,
  post,
  refuse,
  regions,
  secret,
  template,
  url,
  z,
} from 'group-transformer/kit';

const region = regions({ US: 'api.courier.com', EU: 'api.eu.courier.com' }, 'Region of the workspace', 'US');

export default defineDestination({
  name: 'courier',
  title: 'Courier',
  docs: 'https://help.courier.com/en/articles/4438651-setting-up-courier-s-segment-integration',
  aliases: ['Courier (Actions)', 'actions-courier'],
  config: z.object({ apiKey: secret('Auth token'), region }),
  examples: { us: { apiKey: 'secret-apiKey' }, eu: { apiKey: 'secret-apiKey', region: 'EU' } },
  rejectsPipelines: 'Pipelines cannot send group events to Courier, only identify, track',
  hosts: region.hosts,
  rules: () => [
    need(event.groupId),
    refuse(is(context('personas.computation_class'), 'audience'), 'Courier does not support events about audiences'),
  ],
  requests: ({ apiKey, region: host }) =>
    post.json({
      url: url`https://${host}/inbound/segment`,
      headers: { Authorization: template`Bearer ${apiKey}` },
      body: event.payload,
    }),
});
