import {
  base64,
  type Converter,
  defineDestination,
  event,
  forGroups,
  isText,
  type Json,
  jsonText,
  omitEmpty,
  pairs,
  post,
  secret,
  url,
  z,
} from 'group-transformer/kit';

const attribute: Converter<string> = {
  name: 'attribute',
  summary: 'at most 1,024 bytes, as text or JSON text',
  examples: [],
  convert: (value) => {
    const written = isText(value) ? value : JSON.stringify(value);
    return Buffer.byteLength(written) <= 1024 ? written : undefined;
  },
};

/** The paths in the rows for `group`, or else in those for `*`. */
const pathsForGroups = (rows: (readonly [from: string, to: string])[]): string[] => {
  const found = ['group', '*'].map((wanted) => rows.filter(([from]) => from.toLowerCase() === wanted));
  return (found.find((own) => own.length > 0) ?? []).map(([, path]) => path);
};

/**
 * Attributes have the last part of their path as their name. If several have the same last part, the last one gets that
 * name, and the others get their whole path.
 */
function attributesOf(paths: readonly string[]) {
  const endOf = (path: string) => path.slice(path.lastIndexOf('.') + 1);
  const named = paths.map((path, index) => {
    const isTaken = paths.slice(index + 1).some((other) => endOf(other) === endOf(path));
    return [isTaken ? path : endOf(path), event.named(path).as(attribute)] as const;
  });
  return Object.fromEntries(named);
}

export default defineDestination({
  name: 'google-pubsub',
  title: 'Google Cloud Pub/Sub',
  docs: 'https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish',
  aliases: ['GOOGLEPUBSUB', 'Google Cloud PubSub', 'Google Pub/Sub'],
  config: z.object({
    projectId: z.string().describe('Id of the project'),
    credentials: secret(
      'JSON key of the publishing service account; without it, the sender uses its own identity',
    ).optional(),
    eventToTopicMap: forGroups('topic', 'Ids of topics by event type: group, or * for all'),
    eventToAttributesMap: pairs('from', 'to', 'Paths of values to send as attributes, by event type').transform(
      pathsForGroups,
    ),
  }),
  examples: {
    default: {
      projectId: 'acme-prod',
      credentials: '{"private_key":"secret-credentials"}',
      eventToTopicMap: [{ from: 'group', to: 'crm-groups' }],
      eventToAttributesMap: [{ from: 'group', to: 'traits.plan' }],
    },
    ambient: { projectId: 'acme-prod', eventToTopicMap: [{ from: '*', to: 'events' }] },
  },
  hosts: ['pubsub.googleapis.com'],
  requests: ({ projectId, credentials, eventToTopicMap: topic, eventToAttributesMap: paths }) =>
    post.json({
      url: url`https://pubsub.googleapis.com/v1/projects/${projectId}/topics/${topic}:publish`,
      auth: { type: 'google-access-token', scope: 'https://www.googleapis.com/auth/pubsub', credentials },
      body: {
        messages: [
          {
            data: base64(jsonText<Record<string, Json>>(event.payload)),
            attributes: omitEmpty(attributesOf(paths)),
          },
        ],
      },
      batch: { items: 1000, bytes: 10_000_000, at: 'body.json.messages' },
    }),
  stream: ({ eventToTopicMap, eventToAttributesMap }) => ({
    rudder: {
      userId: event.userId.or(event.anonymousId),
      message: event.payload,
      topicId: eventToTopicMap,
      attributes: attributesOf(eventToAttributesMap),
    },
  }),
});
