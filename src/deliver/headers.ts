import { createHash, createHmac } from 'node:crypto';
import type { Auth } from '../contract/requests.ts';

type Sas = Extract<Auth, { type: 'azure-sas' }>;
type Wsse = Extract<Auth, { type: 'wsse' }>;

/** How long a signature for Azure holds. */
const SAS_SECONDS = 3_600;

/**
 * A shared access signature for Azure, as the header `Authorization` has it.
 * @see https://learn.microsoft.com/rest/api/eventhub/generate-sas-token
 */
export function sharedAccessSignature({ resource, keyName, key }: Omit<Sas, 'type'>, now: Date): string {
  const uri = encodeURIComponent(resource);
  const expiry = String(Math.floor(now.getTime() / 1_000) + SAS_SECONDS);
  const signature = createHmac('sha256', key).update(`${uri}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${uri}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${encodeURIComponent(keyName)}`;
}

/**
 * The header `X-WSSE`, whose digest is that of the hexadecimal text.
 * @param nonce 32 hexadecimal digits, never the same again
 */
export function wsseHeader({ user, secret }: Omit<Wsse, 'type'>, nonce: string, now: Date): string {
  const created = now.toISOString();
  const hash = createHash('sha1').update(`${nonce}${created}${secret}`).digest('hex');
  const digest = Buffer.from(hash).toString('base64');
  return `UsernameToken Username="${user}", PasswordDigest="${digest}", Nonce="${nonce}", Created="${created}"`;
}
