import { z } from 'zod';
import { json, scalar } from './values.ts';

/**
 * What whoever delivers a request has to do to it for the vendor to accept it, since it takes the time of sending, a
 * nonce or a token.
 */
export const auth = z.discriminatedUnion('type', [
  /** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
  z.strictObject({
    type: z.literal('aws-sigv4'),
    service: z.string(),
    region: z.string(),
    /** The key to sign with, or the role to assume for one. */
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
   * A bearer token that the server at `tokenUrl` gives to the client, who says who it is with HTTP Basic.
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
    /** The JSON text of a service account's key; absent, whoever sends it uses an identity of its own. */
    credentials: z.string().exactOptional(),
  }),
  /** The header `Authorization` with a signature that holds for a time. @see https://learn.microsoft.com/rest/api/eventhub/generate-sas-token */
  z.strictObject({
    type: z.literal('azure-sas'),
    /** The URI that the signature is for. */
    resource: z.string(),
    keyName: z.string(),
    key: z.string(),
  }),
  /** The header `X-WSSE`. */
  z.strictObject({ type: z.literal('wsse'), user: z.string(), secret: z.string() }),
]);

const formValue = z.union([scalar, z.array(scalar)]);

const body = z.union([
  /** A list included. */
  z.strictObject({ json }),
  z.strictObject({ form: z.record(z.string(), formValue) }),
]);

export const request = z
  .strictObject({
    method: z.string(),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    query: z.record(z.string(), scalar).describe('To be encoded and added to the URL'),
    body: body.exactOptional().describe('JSON, or the fields of a form, before encoding'),
    auth: auth.exactOptional().describe('What whoever sends the request has to do to it then'),
  })
  .describe('One HTTP request to a vendor.');

export type Auth = z.output<typeof auth>;
export type FormValue = z.output<typeof formValue>;
export type Body = z.output<typeof body>;
export type Request = z.output<typeof request>;
