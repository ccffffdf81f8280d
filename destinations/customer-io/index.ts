import {
  basic,
  compact,
  compute,
  context,
  defineDestination,
  email,
  event,
  oneOf,
  person,
  post,
  regions,
  secret,
  text,
  trait,
  traits,
  url,
  whenPresent,
  z,
} from 'group-transformer/kit';

interface Relationship {
  identifiers: { id: string } | { email: string };
}

const datacenter = regions({ US: 'track.customer.io', EU: 'track-eu.customer.io' }, 'Region of the account', 'US');

const actions = oneOf('identify', 'delete', 'add_relationships', 'delete_relationships');
const action = trait('action').or(event.at('properties.action')).as(actions).default('identify');

const personId = person.id.or(person.email.as(text)).or(context('externalId.0.id').as(email));

export default defineDestination({
  name: 'customer-io',
  title: 'Customer.io',
  docs: 'https://docs.customer.io/integrations/api/track/',
  aliases: ['CUSTOMERIO', 'Customer IO', 'Customer.io (Actions)', 'actions-customerio'],
  config: z.object({
    siteID: secret('Site ID of the workspace'),
    apiKey: secret('Tracking API key'),
    datacenter,
  }),
  examples: {
    us: { siteID: 'secret-siteID', apiKey: 'secret-apiKey' },
    eu: { siteID: 'secret-siteID', apiKey: 'secret-apiKey', datacenter: 'EU' },
  },
  hosts: datacenter.hosts,
  requests: ({ siteID, apiKey, datacenter: host }) =>
    post.json({
      url: url`https://${host}/api/v2/batch`,
      headers: { Authorization: basic(siteID, apiKey) },
      batch: { items: 1000, bytes: 500_000, at: 'body.json.batch' },
      body: {
        batch: [
          {
            type: 'object',
            action,
            identifiers: {
              object_id: event.groupId.required(),
              object_type_id: trait('objectTypeId').as(text).default('1'),
            },
            attributes: traits.omit('action').default({}),
            cio_relationships: compact(
              whenPresent<string | undefined, Relationship>(personId, (id) => ({
                // People may be known by their address alone, which Customer.io keeps apart from ids.
                identifiers: compute('identifier', [id], (who) =>
                  email.convert(who) === who ? { email: who } : { id: who },
                ),
              })),
            ),
          },
        ],
      },
    }),
});
