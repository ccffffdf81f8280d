import {
  baseUrl,
  context,
  defineDestination,
  event,
  isoDateTime,
  person,
  post,
  secret,
  template,
  traits,
  url,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'klime',
  title: 'Klime',
  docs: 'https://docs.klime.com',
  aliases: ['Klime (Actions)', 'actions-klime'],
  config: z.object({
    writeKey: secret('Write key'),
    apiEndpoint: baseUrl().default('https://i.klime.com').describe('Base URL of the API'),
  }),
  examples: { default: { writeKey: 'secret-writeKey' } },
  hosts: { fromConfig: 'apiEndpoint', known: ['i.klime.com'] },
  requests: ({ writeKey, apiEndpoint }) =>
    post.json({
      url: url`${apiEndpoint}/v1/batch`,
      headers: { Authorization: template`Bearer ${writeKey}` },
      body: {
        batch: [
          {
            type: 'group',
            messageId: event.messageId,
            groupId: event.groupId.required(),
            userId: person.id,
            traits,
            timestamp: event.time.as(isoDateTime),
            context: context.all,
          },
        ],
      },
      maxBytes: 200 * 1024,
      batch: { items: 100, bytes: 10 * 1024 * 1024, at: 'body.json.batch' },
    }),
});
