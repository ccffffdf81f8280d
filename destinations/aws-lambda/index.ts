import {
  awsHost,
  awsHosts,
  awsRegion,
  awsSignature,
  batchSize,
  compute,
  defineDestination,
  event,
  type Json,
  jsonText,
  post,
  refuse,
  secret,
  template,
  url,
  z,
} from 'group-transformer/kit';

/** The maximum size of an asynchronous invocation's payload, in bytes. */
const MAX_BYTES = 262_144;

const eventText = jsonText<Record<string, Json>>(event.payload).once();
const listText = template`[${eventText}]`;

const isTooLarge = compute('size', [listText], (list = '') => Buffer.byteLength(list) > MAX_BYTES);

export default defineDestination({
  name: 'aws-lambda',
  title: 'AWS Lambda',
  docs: 'https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html',
  aliases: ['LAMBDA', 'Amazon Lambda', 'amazon-lambda'],
  config: z.object({
    region: awsRegion('Region of the function'),
    lambda: z.string().describe('Name or ARN of the function'),
    clientContext: z.string().optional().describe('Base64 text to pass on as the client context'),
    enableBatchInput: z.boolean().default(false).describe('Whether the function accepts a list of events'),
    maxBatchSize: batchSize('Maximum number of events in a list'),
    roleBasedAuth: z.boolean().optional().describe('Whether to assume the role; defaults to true if there is one'),
    iamRoleARN: z.string().optional().describe('ARN of the role to assume'),
    accessKeyId: secret('Access key id').optional(),
    accessKey: secret('Secret access key').optional(),
  }),
  examples: {
    key: {
      region: 'eu-west-1',
      lambda: 'crm-groups',
      roleBasedAuth: false,
      accessKeyId: 'secret-accessKeyId',
      accessKey: 'secret-accessKey',
    },
    list: {
      region: 'eu-west-1',
      lambda: 'crm-groups',
      enableBatchInput: true,
      iamRoleARN: 'arn:aws:iam::111122223333:role/invoker',
    },
  },
  hosts: awsHosts('lambda'),
  rules: () => [refuse(isTooLarge, `the event is larger than the ${String(MAX_BYTES)} bytes that Lambda accepts`)],
  requests: (config) =>
    post.json({
      url: url`https://${awsHost('lambda', config.region)}/2015-03-31/functions/${config.lambda}/invocations`,
      headers: {
        'Content-Type': 'application/octet-stream',
        'X-Amz-Invocation-Type': 'Event',
        'X-Amz-Client-Context': config.clientContext,
      },
      auth: awsSignature('lambda', { ...config, accessKeyID: config.accessKeyId }),
      body: config.enableBatchInput ? [event.payload] : event.payload,
      batch: config.enableBatchInput ? { ...limits(config), at: 'body.json' } : undefined,
    }),
  stream: (config) => ({
    rudder: {
      payload: config.enableBatchInput ? listText : eventText,
      destConfig: { invocationType: 'Event', lambda: config.lambda, clientContext: config.clientContext },
    },
    batch: config.enableBatchInput ? { ...limits(config), at: 'rudder.payload' } : undefined,
  }),
});

function limits({ maxBatchSize = Infinity }: { maxBatchSize?: number | undefined }) {
  return { items: maxBatchSize, bytes: MAX_BYTES };
}
