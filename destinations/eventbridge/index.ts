import {
  awsAccess,
  awsHost,
  awsHosts,
  awsRegion,
  awsSignature,
  defineDestination,
  event,
  type Json,
  jsonText,
  type Mapped,
  post,
  rows,
  url,
  z,
} from 'group-transformer/kit';

interface Entry {
  Source: string;
  DetailType: string;
  Detail: string;
  EventBusName?: string;
  Resources: string[];
}

export default defineDestination({
  name: 'eventbridge',
  title: 'Amazon EventBridge',
  docs: 'https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html',
  aliases: ['AWS EventBridge', 'Amazon EventBridge (Actions)'],
  config: z.object({
    region: awsRegion('Region of the event bus'),
    detailType: z.string().describe('DetailType of every event'),
    eventBusName: z.string().optional().describe('Name or ARN of the event bus; defaults to the account’s default bus'),
    resourceID: rows('arn', 'ARNs of the resources that the events concern').prefault([]),
    ...awsAccess,
  }),
  examples: {
    key: {
      region: 'eu-west-1',
      detailType: 'crm.group',
      roleBasedAuth: false,
      accessKeyID: 'secret-accessKeyID',
      accessKey: 'secret-accessKey',
    },
    role: { region: 'eu-west-1', detailType: 'crm.group', iamRoleARN: 'arn:aws:iam::111122223333:role/events' },
  },
  hosts: awsHosts('events'),
  requests: (config) =>
    post.json({
      url: url`https://${awsHost('events', config.region)}/`,
      headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'AWSEvents.PutEvents' },
      auth: awsSignature('events', config),
      body: { Entries: [entryOf(config)] },
      batch: { items: 10, bytes: 262_144, at: 'body.json.Entries' },
    }),
  stream: (config) => ({ rudder: entryOf(config) as Mapped<Json> }),
});

function entryOf(config: { detailType: string; eventBusName?: string | undefined; resourceID: string[] }) {
  const entry: Mapped<Entry> = {
    // The rules of existing buses match this source.
    Source: 'rudderstack',
    DetailType: config.detailType,
    Detail: jsonText<Record<string, Json>>(event.payload),
    EventBusName: config.eventBusName,
    Resources: config.resourceID,
  };
  return entry;
}
