import {
  aboutPerson,
  basic,
  context,
  defineDestination,
  event,
  post,
  secret,
  text,
  traits,
  union,
  url,
  when,
  z,
} from 'group-transformer/kit';

const ip = context('ip').or(event.at('request_ip'));

export default defineDestination({
  name: 'factors-ai',
  title: 'Factors.ai',
  docs: 'https://www.rudderstack.com/docs/destinations/streaming-destinations/factors/',
  aliases: ['FACTORSAI'],
  config: z.object({ factorsAIApiKey: secret('API key of the project') }),
  hosts: ['api.factors.ai'],
  requests: ({ factorsAIApiKey }) =>
    post.json({
      url: url`https://api.factors.ai/integrations/rudderstack_platform`,
      headers: { Authorization: basic(factorsAIApiKey) },
      body: {
        userId: event.userId,
        anonymousId: event.anonymousId,
        timestamp: event.time,
        traits,
        messageId: event.messageId,
        groupId: event.groupId.required(),
        email: aboutPerson(event.at('email').as(text)),
        context: when(ip, union({ ip }, context.all)).or(context.all.omit('ip')),
        type: 'group',
      },
    }),
});
