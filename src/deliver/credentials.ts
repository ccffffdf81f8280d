import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { tryParseJson } from '../core/json.ts';

/** The key file of a Google service account. */
export const serviceAccount = z.object({
  client_email: z.string().min(1),
  /** In PEM. */
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
});

/** An AWS identity that can assume the roles that configs name. */
const awsIdentity = z.strictObject({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().optional(),
  /** A value that a role can require from whoever assumes it, so that one customer can't use the role of another. */
  externalId: z.string().optional(),
});

/** The operator's identities, for requests whose config has no credentials. */
export const deliveryCredentials = z.strictObject({
  aws: awsIdentity.optional(),
  google: serviceAccount.optional(),
});

export type ServiceAccount = z.output<typeof serviceAccount>;
export type AwsIdentity = z.output<typeof awsIdentity>;
export type DeliveryCredentials = z.output<typeof deliveryCredentials>;

/**
 * Reads credentials from a JSON file.
 * @throws {Error} with the file and the invalid field, but never its value
 */
export async function readCredentials(file: string): Promise<DeliveryCredentials> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`${file}: the credentials cannot be read`, { cause: error });
  });
  const json = tryParseJson(text);
  if (json === undefined) throw new Error(`${file}: the credentials are not JSON`);
  const { data, error } = deliveryCredentials.safeParse(json);
  if (error === undefined) return data;
  const issues = error.issues.map(({ path, message }) => [path.join('.'), message].filter((part) => part).join(': '));
  throw new Error(`${file}: the credentials are not valid: ${issues.join('; ')}`);
}
