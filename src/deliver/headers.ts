import { createHmac } from 'node:crypto';

import type { Auth } from '../contract/requests.ts';

type Sas = Extract<Auth, { type: 'azure-sas' }>;

/** The validity of a signature for Azure. */
const SAS_SECONDS = 3_600;

/**
 * A shared access signature for Azure, in the format of the header `Authorization`.
 * @see https://learn.microsoft.com/rest/api/eventhub/generate-sas-token
 */
export function sharedAccessSignature({ resource, keyName, key }: Omit<Sas, 'type'>, now: Date): string {
  const uri = encodeURIComponent(resource);
  const expiry = String(Math.floor(now.getTime() / 1_000) + SAS_SECONDS);
  const signature = createHmac('sha256', key).update(`${uri}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${uri}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${encodeURIComponent(keyName)}`;
}
