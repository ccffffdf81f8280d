import { createHash, createHmac } from 'node:crypto';
import type { Auth } from '../contract/requests.ts';

type Sas = Extract<Auth, { type: 'azure-sas' }>;
type Wsse = Extract<Auth, { type: 'wsse' }>;

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

/**
 * The header `X-WSSE`. Its digest is the Base64 of the hash's hexadecimal text.
 * @param nonce 32 hexadecimal digits, never reused
 */
export function wsseHeader({ user, secret }: Omit<Wsse, 'type'>, nonce: string, now: Date): string {
  const created = now.toISOString();
  const hash = createHash('sha1').update(`${nonce}${created}${secret}`).digest('hex');
  const digest = Buffer.from(hash).toString('base64');
  return `UsernameToken Username="${user}", PasswordDigest="${digest}", Nonce="${nonce}", Created="${created}"`;
}
