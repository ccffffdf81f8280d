import {
  defineDestination,
  email,
  event,
  isoDateTime,
  person,
  post,
  secretUrl,
  text,
  trait,
  url,
  webUrl,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'chartmogul',
  title: 'ChartMogul',
  docs: 'https://help.chartmogul.com/hc/en-us/articles/13166064085916-Segment-integration-guide',
  aliases: ['Chart Mogul', 'actions-chartmogul'],
  config: z.object({
    chartmogul_webhook_url: secretUrl('Webhook URL of the source for Segment'),
  }),
  examples: {
    default: { chartmogul_webhook_url: 'https://hooks.chartmogul.example/segment/secret-chartmogul_webhook_url' },
  },
  hosts: { fromConfig: 'chartmogul_webhook_url' },
  requests: ({ chartmogul_webhook_url: hook }) =>
    post.json({
      url: url`${hook}`,
      body: {
        type: 'Send Customer',
        message_id: event.messageId.required(),
        timestamp: event.time.as(isoDateTime),
        sent_at: event.at('sentAt').as(isoDateTime).or(event.time.as(isoDateTime)),
        user_id: person.id.required('ChartMogul requires userId'),
        group_id: event.groupId.required(),
        name: trait.name.as(text),
        description: trait.description.as(text),
        email: trait.email.as(email),
        website: trait.website.as(webUrl),
        created_at: trait.createdAt.as(isoDateTime),
        address: {
          street: trait.address.street.as(text),
          city: trait.address.city.as(text),
          state: trait.address.state.as(text),
          postal_code: trait.address.postalCode.as(text),
          country: trait.address.country.as(text),
        },
      },
    }),
});
