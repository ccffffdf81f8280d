import {
  aboutPerson,
  context,
  defineDestination,
  event,
  fields,
  omitEmpty,
  post,
  rest,
  secret,
  template,
  text,
  traits,
  url,
  z,
} from 'group-transformer/kit';

/** Traits that would be taken for fields of the call itself. */
const ownFields = [
  ...['user_id', 'userId', 'group_id', 'groupId', 'timestamp', 'originalTimestamp', 'message_id', 'messageId'],
  ...['event', 'properties', 'context'],
];

export default defineDestination({
  name: 'survicate',
  title: 'Survicate',
  docs: 'https://segment.com/docs/connections/destinations/catalog/survicate/',
  aliases: ['Survicate Cloud Mode (Actions)', 'actions-survicate-cloud', 'Survicate (Actions)'],
  config: z.object({ destinationKey: secret('Destination key') }),
  hosts: ['hv.survicate.com'],
  requests: ({ destinationKey }) =>
    post.json({
      url: url`https://hv.survicate.com/integrations/partners/rudder-stack/group`,
      headers: { Authorization: template`Bearer ${destinationKey}` },
      body: {
        user_id: event.userId.or(event.at('user_id').as(text)).required(),
        group_id: event.groupId.or(event.at('group_id').as(text)).required(),
        timestamp: event.time.as(text),
        message_id: event.messageId.or(event.at('message_id').as(text)).required(),
        [rest]: traits.omit(...ownFields),
        context: aboutPerson(
          omitEmpty({
            locale: context('locale').as(text),
            campaign: fields(context('campaign')),
            userAgent: context('userAgent').as(text),
          }),
        ),
      },
    }),
});
