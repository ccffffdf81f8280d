import {
  all,
  basic,
  compact,
  compute,
  context,
  defineDestination,
  email,
  entry,
  event,
  fields,
  is,
  isText,
  type Json,
  none,
  only,
  person,
  post,
  regions,
  secret,
  text,
  trait,
  traits,
  union,
  unixSeconds,
  url,
  verb,
  when,
  whenPresent,
  z,
} from 'group-transformer/kit';

type Identifiers = { id: string } | { email: string } | { cio_id: string } | { anonymous_id: string };

interface Relationship {
  identifiers: Identifiers;
  relationship_attributes?: Record<string, Json>;
}

const datacenter = regions({ US: 'track.customer.io', EU: 'track-eu.customer.io' }, 'Region of the account', 'US');

const asked = verb(
  trait('action').or(event.at('properties.action')),
  ['identify', 'delete', 'add_relationships', 'delete_relationships'],
  'identify',
);

/** In a record from reverse ETL, the id is the person's. */
const mapped = { id: context('externalId.0.id'), type: context('externalId.0.identifierType').as(text) };
const isMapped = context('mappedToDestination');

const personId = when<string | undefined>(isMapped, mapped.id.as(text))
  .or(person.id)
  .or(person.email.as(email))
  .or(mapped.id.as(email))
  .once();

/** A person with only an anonymous id can be related to an identified object, and nothing else. */
const isAnonymous = all(is(asked, 'identify'), none(personId), event.anonymousId);
const action = when<'identify_anonymous' | undefined>(isAnonymous, 'identify_anonymous').or(asked);

/** People may be identified by an email address or by the vendor's own id. Customer.io keeps both apart from ids. */
const identified = compute('identifiers', [personId], (id): Identifiers | undefined => {
  if (!isText(id)) return undefined;
  if (id.startsWith('cio_')) return { cio_id: id.slice('cio_'.length) };
  const address = email.convert(id);
  return address === undefined ? { id } : { email: address };
});
const identifiers = identified.or(
  when<{ anonymous_id: string }>(isAnonymous, { anonymous_id: event.anonymousId.required() }),
);

const MAX_NAME = 150;
const isName = (name: string) => name !== 'relationship' && Buffer.byteLength(name) <= MAX_NAME;

const own = ['action', 'objectTypeId', 'object_type_id', 'relationshipAttributes', 'relationship_attributes'];
const objectTraits = traits
  .omit(...own)
  .keepKeys(isName, 'has a name that cannot be an attribute of an object in Customer.io');
const mappedId = when<Record<string, Json> | undefined>(isMapped, entry(mapped.type, mapped.id));

const MAX_ID = 150;
const isObjectId = (id: unknown): id is string => isText(id) && id.length <= MAX_ID;

export default defineDestination({
  name: 'customer-io',
  title: 'Customer.io',
  docs: 'https://docs.customer.io/integrations/api/track/',
  aliases: ['CUSTOMERIO', 'Customer IO', 'Customer.io (Actions)', 'actions-customerio'],
  config: z.object({
    siteID: secret('Site ID of the workspace'),
    apiKey: secret('Tracking API key'),
    datacenter,
    datesAsUnixSeconds: z
      .boolean()
      .default(false)
      .describe('Whether to send the creation date in Unix seconds, which date filters require'),
  }),
  examples: {
    us: { siteID: 'secret-siteID', apiKey: 'secret-apiKey' },
    eu: { siteID: 'secret-siteID', apiKey: 'secret-apiKey', datacenter: 'EU' },
  },
  nativeDefaults: { datesAsUnixSeconds: true },
  hosts: datacenter.hosts,
  requests: ({ siteID, apiKey, datacenter: host, datesAsUnixSeconds }) =>
    post.json({
      url: url`https://${host}/api/v2/batch`,
      headers: { Authorization: basic(siteID, apiKey) },
      maxBytes: 32_768,
      batch: { items: 1000, bytes: 500_000, at: 'body.json.batch' },
      body: {
        batch: [
          {
            type: 'object',
            action,
            identifiers: {
              object_id: event.groupId.as(only(`an id of at most ${String(MAX_ID)} characters`, isObjectId)).required(),
              object_type_id: trait('objectTypeId').or(trait('object_type_id')).as(text).default('1'),
            },
            attributes: union(
              mappedId,
              datesAsUnixSeconds ? objectTraits.convert(unixSeconds, 'createdAt') : objectTraits,
            ),
            cio_relationships: compact(
              whenPresent<Identifiers | undefined, Relationship>(identifiers, (known) => ({
                identifiers: known,
                relationship_attributes: fields(trait('relationshipAttributes').or(trait('relationship_attributes'))),
              })),
            ),
          },
        ],
      },
    }),
});
