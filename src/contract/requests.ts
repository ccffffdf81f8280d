import { z } from 'zod';

import { json, scalar } from './values.ts';

/**
 * What the sender must add to a request before the vendor accepts it, because it depends on the time of sending, a
 * nonce or a token.
 */
export const auth = z.discriminatedUnion('type', [
  /** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
  z.strictObject({
    type: z.literal('aws-sigv4'),
    service: z.string(),
    region: z.string(),
    /** The key that signs, or the role to assume. */
    accessKeyId: z.string().exactOptional(),
    secretAccessKey: z.string().exactOptional(),
    roleArn: z.string().exactOptional(),
  }),
  /** @see https://cloud.google.com/run/docs/authenticating/service-to-service */
  z.strictObject({
    type: z.literal('google-id-token'),
    audience: z.string(),
    /** The JSON text of a service account's key. */
    credentials: z.string(),
  }),
  /**
   * A bearer token from `tokenUrl`. The client identifies itself with HTTP Basic.
   * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
   */
  z.strictObject({
    type: z.literal('oauth-client-credentials'),
    tokenUrl: z.string(),
    clientId: z.string(),
    clientSecret: z.string(),
  }),
  /** A bearer token. @see https://developers.google.com/identity/protocols/oauth2/service-account */
  z.strictObject({
    type: z.literal('google-access-token'),
    scope: z.string(),
    /** The JSON text of a service account's key. If absent, the sender uses its own identity. */
    credentials: z.string().exactOptional(),
  }),
  /**
   * The header `Authorization` with a signature that expires. @see
   * https://learn.microsoft.com/rest/api/eventhub/generate-sas-token
   */
  z.strictObject({
    type: z.literal('azure-sas'),
    /** The URI to sign. */
    resource: z.string(),
    keyName: z.string(),
    key: z.string(),
  }),
  /** The header `X-WSSE`. */
  z.strictObject({ type: z.literal('wsse'), user: z.string(), secret: z.string() }),
]);

const formValue = z.union([scalar, z.array(scalar)]);

const body = z.union([
  /** Including a list. */
  z.strictObject({ json }),
  z.strictObject({ form: z.record(z.string(), formValue) }),
]);

export const request = z
  .strictObject({
    method: z.string(),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    query: z.record(z.string(), scalar).describe('Encode these and add them to the URL'),
    body: body.exactOptional().describe('JSON, or the fields of a form, before encoding'),
    auth: auth.exactOptional().describe('What the sender must add to the request'),
  })
  .describe('One HTTP request to a vendor.');

export type Auth = z.output<typeof auth>;
export type FormValue = z.output<typeof formValue>;
export type Body = z.output<typeof body>;
export type Request = z.output<typeof request>;
