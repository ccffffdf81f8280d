import { batchSize, defineDestination, event, post, secret, secretUrl, url, z } from 'group-transformer/kit';

/** The maximum size of a request to a first-generation function, in bytes. */
const MAX_BYTES = 10_000_000;

const payloadOf = (isBatch: boolean) => (isBatch ? [event.payload] : event.payload);

export default defineDestination({
  name: 'google-cloud-function',
  title: 'Google Cloud Functions',
  docs: 'https://cloud.google.com/functions/docs/securing/authenticating',
  aliases: ['GOOGLE_CLOUD_FUNCTION', 'Google Cloud Function'],
  config: z
    .object({
      googleCloudFunctionUrl: secretUrl('URL that triggers the function'),
      requireAuthentication: z.boolean().default(true).describe('Whether the function requires an identity'),
      credentials: secret('JSON key of the calling service account').optional(),
      enableBatchInput: z.boolean().default(false).describe('Whether the function accepts a list of events'),
      maxBatchSize: batchSize('Maximum number of events in a list; defaults to 10'),
    })
    .refine(({ requireAuthentication, credentials }) => !requireAuthentication || credentials !== undefined, {
      path: ['credentials'],
      message: 'is required for the identity that the function requires',
    }),
  examples: {
    open: {
      googleCloudFunctionUrl: 'https://europe-west1-demo.cloudfunctions.net/secret-googleCloudFunctionUrl',
      requireAuthentication: false,
    },
    identified: {
      googleCloudFunctionUrl: 'https://europe-west1-demo.cloudfunctions.net/secret-googleCloudFunctionUrl',
      credentials: '{"private_key":"secret-credentials"}',
      enableBatchInput: true,
    },
  },
  hosts: { fromConfig: 'googleCloudFunctionUrl' },
  requests: ({
    googleCloudFunctionUrl,
    requireAuthentication,
    credentials = '',
    enableBatchInput,
    maxBatchSize = 10,
  }) =>
    post.json({
      url: url`${googleCloudFunctionUrl}`,
      auth: requireAuthentication
        ? { type: 'google-id-token', audience: googleCloudFunctionUrl, credentials }
        : undefined,
      body: payloadOf(enableBatchInput),
      batch: enableBatchInput ? { items: maxBatchSize, bytes: MAX_BYTES, at: 'body.json' } : undefined,
    }),
  stream: ({ enableBatchInput, maxBatchSize = 10 }) => ({
    rudder: payloadOf(enableBatchInput),
    batch: enableBatchInput ? { items: maxBatchSize, bytes: MAX_BYTES, at: 'rudder' } : undefined,
  }),
});
