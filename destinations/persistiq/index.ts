import {
  defineDestination,
  del,
  event,
  given,
  is,
  need,
  person,
  post,
  secret,
  text,
  trait,
  url,
  verb,
  z,
} from 'group-transformer/kit';

const lead = person.externalId('persistIqLeadId').as(text);
const operation = verb(trait('operation'), ['add', 'remove'], 'add');

export default defineDestination({
  name: 'persistiq',
  title: 'PersistIQ',
  docs: 'https://apidocs.persistiq.com/',
  config: z.object({ apiKey: secret('REST API key') }),
  hosts: ['api.persistiq.com'],
  rules: () => [
    need(event.groupId, 'PersistIQ requires the id of a campaign as groupId'),
    need(lead, 'PersistIQ requires the id of a lead, of type persistIqLeadId in context.externalId'),
    need(operation),
  ],
  requests: ({ apiKey }) => {
    const leads = url`https://api.persistiq.com/v1/campaigns/${event.groupId}/leads`;
    const leadUrl = url`https://api.persistiq.com/v1/campaigns/${event.groupId}/leads/${lead}`;
    const headers = { 'x-api-key': apiKey };
    return given(
      is(operation, 'remove'),
      del.empty({ url: leadUrl, headers }),
      post.json({
        url: leads,
        headers,
        body: { mailbox_id: trait('mailbox_id').as(text), lead_id: lead.required() },
      }),
    );
  },
});
