import {
  defineDestination,
  event,
  isoDateTime,
  option,
  person,
  post,
  rest,
  secret,
  template,
  text,
  trait,
  traits,
  url,
  z,
} from 'group-transformer/kit';

const visitorCode = 'kameleoonVisitorCode';

export default defineDestination({
  name: 'kameleoon',
  title: 'Kameleoon',
  docs: 'https://help.kameleoon.com/integrations/as-a-source/cdp/segment-destination-actions',
  aliases: ['Kameleoon (Actions)', 'Actions Kameleoon', 'actions-kameleoon'],
  config: z.object({
    apiKey: secret('API key as Kameleoon issues it, already encoded'),
    sitecode: z.string().length(10).describe('Site code of the project, with 10 characters'),
  }),
  examples: { default: { apiKey: 'secret-apiKey', sitecode: 'kw41d7r2xq' } },
  hosts: ['integrations.kameleoon.com'],
  requests: ({ apiKey, sitecode }) =>
    post.json({
      url: url`https://integrations.kameleoon.com/segmentio`,
      headers: { Authorization: template`Basic ${apiKey}`, 'x-segment-settings': sitecode },
      body: {
        anonymousId: event.anonymousId,
        userId: person.id,
        type: 'group',
        groupId: event.groupId.required(),
        properties: {
          [visitorCode]: trait(visitorCode).or(option(visitorCode)).or(person.trait(visitorCode)).as(text),
          [rest]: traits,
        },
        timestamp: event.time.as(isoDateTime),
        messageId: event.messageId.required(),
      },
    }),
});
