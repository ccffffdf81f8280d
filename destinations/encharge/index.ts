import {
  aboutPerson,
  defineDestination,
  email,
  event,
  none,
  person,
  post,
  rest,
  secret,
  traits,
  url,
  when,
  z,
} from 'group-transformer/kit';

export default defineDestination({
  name: 'encharge',
  title: 'Encharge',
  docs: 'https://docs.encharge.io/getting-started/connecting-your-app-to-encharge/ingest-api',
  aliases: ['Encharge (Actions)', 'Encharge Cloud (Actions)', 'encharge-cloud-actions'],
  config: z.object({
    writeKey: secret('Write key of the account'),
    objectType: z.string().min(1).default('company').describe('Name of the object type for groups'),
  }),
  examples: {
    company: { writeKey: 'secret-writeKey' },
    custom: { writeKey: 'secret-writeKey', objectType: 'workspace' },
  },
  hosts: ['ingest.encharge.io'],
  requests: ({ writeKey, objectType }) =>
    post.json({
      url: url`https://ingest.encharge.io/v1`,
      // Encharge accepts group events in Segment's form only.
      headers: { 'X-Encharge-Token': writeKey, 'X-Segment-Actions': '1' },
      body: {
        type: 'group',
        objectType,
        // Encharge would use a trait named id as its own id of the object.
        properties: { externalId: event.groupId.required(), [rest]: traits.omit('id', 'externalId') },
        user: {
          userId: person.id,
          email: aboutPerson(when<string>(none(person.id), person.email.as(email))),
        },
      },
    }),
});
