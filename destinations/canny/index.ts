import { basic, defineDestination, event, person, post, secret, traits, url, z } from 'group-transformer/kit';

/** Canny’s custom fields have short names and scalar values. Canny may refuse a call with any other. */
const fields = traits
  .flatten('underscores', { lists: 'joined' })
  .keepKeys(/^.{1,29}$/s, 'has a name with more than 29 characters');

export default defineDestination({
  name: 'canny',
  title: 'Canny',
  docs: 'https://help.canny.io/en/articles/3567235-segment-integration',
  aliases: ['Canny (Actions)', 'actions-canny', 'canny-functions'],
  config: z.object({ apiKey: secret('API key for Segment') }),
  rejectsPipelines: 'Pipelines cannot send group events to Canny, only identify, track',
  hosts: ['canny.io'],
  requests: ({ apiKey }) =>
    post.json({
      url: url`https://canny.io/api/segment/group`,
      headers: { Accept: 'application/json', Authorization: basic(apiKey) },
      body: { groupId: event.groupId.required(), traits: fields, type: 'group', userId: person.id },
    }),
});
