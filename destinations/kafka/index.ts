import {
  baseUrl,
  basic,
  compute,
  defineDestination,
  event,
  option,
  pairs,
  post,
  secret,
  setting,
  text,
  url,
  whenPresent,
  z,
} from 'group-transformer/kit';

/** Entries of a batch have ids of up to 80 characters, unique within the batch. */
const entryId = compute('entry id', [event.messageId.or(event.groupId)], (id) => id?.slice(0, 80));

interface Topics {
  topic?: string | undefined;
  enableMultiTopic: boolean;
  eventTypeToTopicMap: (readonly [type: string, topic: string])[];
}

function topicOf({ topic, enableMultiTopic, eventTypeToTopicMap }: Topics) {
  const mapped = eventTypeToTopicMap.find(([type]) => type.toLowerCase() === 'group')?.[1];
  const configured = (enableMultiTopic ? mapped : undefined) ?? topic;
  const given = option('topic').as(text);
  return configured === undefined ? given : given.default(configured);
}

const keyOf = ({ groupKey }: { groupKey: boolean }) => (groupKey ? event.groupId : event.userId.or(event.anonymousId));

export default defineDestination({
  name: 'kafka',
  title: 'Apache Kafka',
  docs: 'https://docs.confluent.io/platform/current/kafka-rest/api.html',
  aliases: ['KAFKA', 'CONFLUENT_CLOUD', 'Confluent Cloud', 'confluent-cloud', 'actions-kafka'],
  config: z.object({
    topic: z.string().optional().describe('Name of the topic'),
    enableMultiTopic: z.boolean().default(false).describe('Whether types of events have their own topics'),
    eventTypeToTopicMap: pairs('from', 'to', 'Topics by event type; group events use the one for group'),
    groupKey: z
      .boolean()
      .default(false)
      .describe('Whether the key of a record is the group’s id instead of the user’s'),
    restEndpoint: baseUrl()
      .optional()
      .describe('Base URL of the REST API, such as https://pkc-1.eu-west-1.aws.confluent.cloud/kafka/v3'),
    clusterId: z.string().optional().describe('Id of the cluster, such as lkc-7x2'),
    apiKey: secret('Key for the REST API').optional(),
    apiSecret: secret('Secret of that key').optional(),
  }),
  examples: {
    cloud: {
      topic: 'crm.groups',
      restEndpoint: 'https://pkc-1.eu-west-1.aws.confluent.cloud/kafka/v3',
      clusterId: 'lkc-7x2',
      apiKey: 'secret-apiKey',
      apiSecret: 'secret-apiSecret',
    },
    proxy: {
      enableMultiTopic: true,
      eventTypeToTopicMap: [{ from: 'group', to: 'groups' }],
      groupKey: true,
      restEndpoint: 'https://kafka-rest.example.com/v3',
      clusterId: 'k-1',
    },
  },
  hosts: { fromConfig: 'restEndpoint', known: ['*.*.*.confluent.cloud'] },
  requests: (config) => {
    const { apiKey, apiSecret } = config;
    const endpoint = setting(config, 'restEndpoint', 'Kafka’s only HTTP interface is a REST Proxy');
    const cluster = setting(config, 'clusterId', 'the URLs of a REST Proxy contain it');
    const topic = topicOf(config).required('there is no topic: set config.topic, or give the option topic');
    return post.json({
      url: url`${endpoint}/clusters/${cluster}/topics/${topic}/records:batch`,
      headers: { Authorization: apiKey && basic(apiKey, apiSecret) },
      body: {
        entries: [
          {
            id: entryId.required(),
            key: whenPresent(keyOf(config), (data) => ({ type: 'STRING', data })),
            value: { type: 'JSON', data: event.payload },
          },
        ],
      },
      batch: { items: 10, bytes: 1_000_000, at: 'body.json.entries', uniqueBy: 'id' },
    });
  },
  stream: (config) => ({
    standsAlone: true,
    rudder: {
      message: event.payload,
      userId: keyOf(config),
      schemaId: option('schemaId').as(text),
      topic: topicOf(config),
    },
  }),
});
