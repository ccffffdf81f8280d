import {
  defineDestination,
  event,
  type Json,
  jsonText,
  option,
  post,
  secret,
  text,
  url,
  whenPresent,
  z,
} from 'group-transformer/kit';

const user = event.userId.or(event.anonymousId);

/**
 * The parts of a text such as `Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=…`.
 */
function partsOf(connection: string): Record<string, string | undefined> {
  const pairs = connection.split(';').map((part) => /^\s*(\w+)=(.*)$/.exec(part) ?? []);
  return Object.fromEntries(pairs.map(([, name = '', value]) => [name, value]));
}

const connectionString = z
  .string()
  .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
  .transform((connection, context) => {
    const { Endpoint = '', SharedAccessKeyName: keyName, SharedAccessKey: key } = partsOf(connection);
    const host = /^sb:\/\/([\w.-]+)\/?$/.exec(Endpoint)?.[1]?.toLowerCase();
    if (host !== undefined && keyName !== undefined && key !== undefined) {
      return { host, keyName, key: secret('Key').parse(key) };
    }
    context.addIssue('must have Endpoint, SharedAccessKeyName and SharedAccessKey');
    return z.NEVER;
  })
  .meta({ description: 'Connection string of a shared access policy', secret: true });

const topicOf = ({ topic }: { topic: string }) => option('topic').as(text).default(topic);

export default defineDestination({
  name: 'azure-event-hubs',
  title: 'Azure Event Hubs',
  docs: 'https://learn.microsoft.com/rest/api/eventhub/send-batch-events',
  aliases: ['AZURE_EVENT_HUB', 'azure-event-hub', 'Azure Event Hub'],
  config: z.object({
    topic: z.string().describe('Name of the event hub'),
    eventHubsConnectionString: connectionString,
  }),
  examples: {
    default: {
      topic: 'groups',
      eventHubsConnectionString:
        'Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=secret-eventHubsConnectionString',
    },
  },
  hosts: ['*.servicebus.windows.net', '*.servicebus.usgovcloudapi.net', '*.servicebus.chinacloudapi.cn'],
  requests: (config) => {
    const { host, keyName, key } = config.eventHubsConnectionString;
    return post.json({
      url: url`https://${host}/${topicOf(config)}/messages`,
      query: { timeout: '60', 'api-version': '2014-01' },
      headers: {
        'Content-Type': 'application/vnd.microsoft.servicebus.json',
        BrokerProperties: whenPresent<string | undefined, string>(user, (id) => jsonText({ PartitionKey: id })),
      },
      auth: { type: 'azure-sas', resource: `https://${host}/`, keyName, key },
      body: [{ Body: jsonText<Record<string, Json>>(event.payload) }],
      // The limit of the smallest tier. A larger event is sent alone.
      batch: { items: Infinity, bytes: 262_144, at: 'body.json' },
    });
  },
  // With Kafka's protocol, hosts may be outside Azure.
  stream: (config) => ({ standsAlone: true, rudder: { message: event.payload, userId: user, topic: topicOf(config) } }),
});
