import {
  aboutPerson,
  any,
  baseUrl,
  defineDestination,
  event,
  isScalar,
  need,
  omitEmpty,
  only,
  person,
  post,
  type Scalar,
  secret,
  text,
  trait,
  url,
  z,
} from 'group-transformer/kit';

const identity = only<Scalar>('text, a number or a boolean', isScalar);

/** The person’s identifiers, by Cordial’s names; undefined if the event has none. */
const identitiesOf = (paths: Readonly<Record<string, string>>) =>
  omitEmpty(
    Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, event.named(path).as(identity)] as const)),
  );

export default defineDestination({
  name: 'cordial',
  title: 'Cordial',
  docs: 'https://support.cordial.com/hc/en-us/articles/9221698990733-Send-data-from-Segment-to-Cordial-actions',
  aliases: ['Cordial (Actions)', 'actions-cordial'],
  config: z.object({
    apiKey: secret('API key'),
    endpoint: baseUrl()
      .default('https://integrations-ingest-svc.usw1.cordial.com')
      .describe('Base URL of Cordial’s service for Segment, which is not that of its REST API'),
    segmentIdKey: z.string().min(1).optional().describe('Key of the contact attribute with the user id'),
    userIdentities: z
      .record(z.string().min(1), z.string().min(1))
      .default({ 'channels.email.address': 'context.traits.email' })
      .describe('Paths of identifiers in the event, by the names of Cordial’s identifiers'),
  }),
  examples: {
    email: { apiKey: 'secret-apiKey' },
    attribute: {
      apiKey: 'secret-apiKey',
      endpoint: 'https://ingest.kadewerk.example',
      segmentIdKey: 'segment_id',
      userIdentities: { loyaltyCard: 'context.traits.card' },
    },
  },
  rejectsPipelines: 'Pipelines cannot send group events to Cordial, only identify, track',
  hosts: { fromConfig: 'endpoint', known: ['integrations-ingest-svc.usw1.cordial.com'] },
  rules: ({ userIdentities }) => [
    need(
      any(person.id, event.anonymousId, identitiesOf(userIdentities)),
      'Cordial requires a user id, an anonymous id or one of config.userIdentities to find the contact',
    ),
  ],
  requests: ({ apiKey, endpoint, segmentIdKey, userIdentities }) =>
    post.json({
      url: url`${endpoint}/api/segment/addContactToList`,
      headers: { 'x-api-key': apiKey, Accept: 'application/json' },
      body: {
        segmentIdKey,
        segmentId: person.id,
        anonymousId: event.anonymousId,
        userIdentities: aboutPerson(identitiesOf(userIdentities)),
        groupId: event.groupId.required(),
        listName: trait.name.as(text),
      },
    }),
});
