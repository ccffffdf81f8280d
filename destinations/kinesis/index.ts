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
  type Expr,
  first,
  isText,
  type Json,
  jsonText,
  only,
  post,
  refuse,
  url,
  z,
} from 'group-transformer/kit';

const MEBIBYTE = 1_048_576;

const eventText = jsonText<Record<string, Json>>(event.payload).once();
const isKey = (value: unknown): value is string => isText(value) && value.length <= 256;

function keysOf({ partitionKey }: { partitionKey: 'user' | 'group' }) {
  const user = event.userId.or(event.anonymousId);
  return partitionKey === 'group' ? [event.groupId, user] : [user, event.groupId];
}

const keyAmong = (keys: Expr<string | undefined>[]) =>
  first(...keys)
    .as(only('at most 256 characters', isKey))
    .required();

export default defineDestination({
  name: 'kinesis',
  title: 'Amazon Kinesis',
  docs: 'https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html',
  aliases: ['KINESIS', 'AWS Kinesis', 'actions-aws-kinesis', 'Amazon Kinesis Data Streams'],
  config: z.object({
    region: awsRegion('Region of the stream'),
    stream: z
      .string()
      .regex(/^[\w.-]{1,128}$/, 'must be letters, digits, _, . and -')
      .describe('Name of the stream'),
    useMessageId: z.boolean().default(false).describe('Whether to use the message id as the partition key'),
    partitionKey: z.enum(['user', 'group']).default('user').describe('Partition key, if it is not the message id'),
    maxRecordBytes: z
      .int()
      .positive()
      .max(10 * MEBIBYTE)
      .default(MEBIBYTE)
      .describe('Maximum size of a record in the stream, in bytes'),
    ...awsAccess,
  }),
  examples: {
    key: {
      region: 'eu-west-1',
      stream: 'crm-groups',
      roleBasedAuth: false,
      accessKeyID: 'secret-accessKeyID',
      accessKey: 'secret-accessKey',
    },
    role: {
      region: 'eu-west-1',
      stream: 'crm-groups',
      useMessageId: true,
      partitionKey: 'group',
      iamRoleARN: 'arn:aws:iam::111122223333:role/streams',
    },
  },
  hosts: awsHosts('kinesis'),
  rules: ({ maxRecordBytes }) => [
    refuse(
      compute('size', [eventText], (text) => Buffer.byteLength(text) > maxRecordBytes),
      `the event is larger than the ${String(maxRecordBytes)} bytes of maxRecordBytes`,
    ),
  ],
  requests: (config) => {
    const keys = keysOf(config);
    const key = keyAmong(config.useMessageId ? [event.messageId, ...keys] : keys);
    return post.json({
      url: url`https://${awsHost('kinesis', config.region)}/`,
      headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'Kinesis_20131202.PutRecords' },
      auth: awsSignature('kinesis', config),
      body: {
        StreamName: config.stream,
        Records: [
          {
            Data: base64(eventText),
            PartitionKey: key,
          },
        ],
      },
      batch: { items: 500, bytes: 10 * MEBIBYTE, at: 'body.json.Records' },
    });
  },
  // The server uses `userId` as the partition key, or the message id if the config says so.
  stream: (config) => {
    const keys = keysOf(config);
    return { rudder: { message: event.payload, userId: config.useMessageId ? first(...keys) : keyAmong(keys) } };
  },
});
