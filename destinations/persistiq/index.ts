import {
  all,
  defineDestination,
  del,
  event,
  given,
  is,
  need,
  none,
  person,
  post,
  refuse,
  secret,
  text,
  trait,
  url,
  z,
} from 'group-transformer/kit';

const lead = person.externalId('persistIqLeadId').as(text);
const operation = trait('operation');
const removes = is(operation, 'remove');

export default defineDestination({
  name: 'persistiq',
  title: 'PersistIQ',
  docs: 'https://apidocs.persistiq.com/',
  config: z.object({ apiKey: secret('REST API key') }),
  hosts: ['api.persistiq.com'],
  rules: () => [
    need(event.groupId, 'PersistIQ wants the id of a campaign as the group id'),
    need(lead, 'PersistIQ wants the id of a lead, of type persistIqLeadId in context.externalId'),
    refuse(all(operation, none(is(operation, 'add', 'remove'))), 'the trait operation must be add or remove'),
  ],
  requests: ({ apiKey }) => {
    const leads = url`https://api.persistiq.com/v1/campaigns/${event.groupId}/leads`;
    const leadUrl = url`https://api.persistiq.com/v1/campaigns/${event.groupId}/leads/${lead}`;
    const headers = { 'x-api-key': apiKey };
    return given(
      removes,
      del.empty({ url: leadUrl, headers }),
      post.json({
        url: leads,
        headers,
        body: { mailbox_id: trait('mailbox_id').as(text), lead_id: lead.required() },
      }),
    );
  },
});
