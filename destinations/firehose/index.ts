import {
  awsAccess,
  awsHost,
  awsHosts,
  awsRegion,
  awsSignature,
  base64,
  compute,
  defineDestination,
  event,
  forGroups,
  type Json,
  jsonText,
  post,
  refuse,
  template,
  url,
  z,
} from 'group-transformer/kit';

/** The maximum size of a record before encoding, in bytes. */
const MAX_RECORD_BYTES = 1_024_000;

const eventText = jsonText<Record<string, Json>>(event.payload).once();
const isTooLarge = compute('size', [eventText], (text) => Buffer.byteLength(text) > MAX_RECORD_BYTES);

export default defineDestination({
  name: 'firehose',
  title: 'Amazon Kinesis Firehose',
  docs: 'https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html',
  aliases: ['FIREHOSE', 'Amazon Data Firehose', 'AWS Kinesis Firehose'],
  config: z.object({
    region: awsRegion('Region of the delivery stream'),
    mapEvents: forGroups('delivery stream', 'Delivery streams by event type: group, or * for all'),
    appendNewline: z.boolean().default(false).describe('Whether each record ends with a new line'),
    ...awsAccess,
  }),
  examples: {
    key: {
      region: 'eu-west-1',
      mapEvents: [{ from: 'group', to: 'crm-groups' }],
      roleBasedAuth: false,
      accessKeyID: 'secret-accessKeyID',
      accessKey: 'secret-accessKey',
    },
    role: {
      region: 'eu-west-1',
      mapEvents: [{ from: '*', to: 'events' }],
      appendNewline: true,
      iamRoleARN: 'arn:aws:iam::111122223333:role/streams',
    },
  },
  hosts: awsHosts('firehose'),
  rules: () => [
    refuse(isTooLarge, `the event is larger than the ${String(MAX_RECORD_BYTES)} bytes that Firehose accepts`),
  ],
  requests: (config) =>
    post.json({
      url: url`https://${awsHost('firehose', config.region)}/`,
      headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'Firehose_20150804.PutRecordBatch' },
      auth: awsSignature('firehose', config),
      body: {
        DeliveryStreamName: config.mapEvents,
        Records: [{ Data: base64(config.appendNewline ? template`${eventText}\n` : eventText) }],
      },
      batch: { items: 500, bytes: 4_000_000, at: 'body.json.Records' },
    }),
  stream: ({ mapEvents }) => ({
    rudder: {
      message: event.payload,
      userId: event.userId.or(event.anonymousId),
      deliveryStreamMapTo: mapEvents,
    },
  }),
});
