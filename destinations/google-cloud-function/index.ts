import { batchSize, defineDestination, event, post, secret, secretUrl, url, z } from 'group-transformer/kit';

/** The most bytes of a request to a function of the first generation. */
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
      requireAuthentication: z.boolean().default(true).describe('Whether the function wants an identity'),
      credentials: secret('JSON key of the service account that calls').optional(),
      enableBatchInput: z.boolean().default(false).describe('Whether the function takes a list of events'),
      maxBatchSize: batchSize('The most events in a list; 10 if absent'),
    })
    .refine(({ requireAuthentication, credentials }) => !requireAuthentication || credentials !== undefined, {
      path: ['credentials'],
      message: 'is needed for the identity that the function wants',
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
