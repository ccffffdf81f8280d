import { hash, randomUUID } from 'node:crypto';

import type { Auth } from '../contract/requests.ts';

/**
 * The header `X-WSSE`, which identifies a user by a digest of a secret. It holds for minutes, so it is made just before
 * a request is sent or handed to a pipeline. The digest is the Base64 of the hash's hexadecimal text.
 * @param nonce 32 hexadecimal digits, never reused
 */
export function wsseHeader(
  { user, secret }: Omit<Extract<Auth, { type: 'wsse' }>, 'type'>,
  now: Date,
  nonce = randomUUID().replaceAll('-', ''),
): string {
  const created = now.toISOString();
  const digest = Buffer.from(hash('sha1', `${nonce}${created}${secret}`)).toString('base64');
  return `UsernameToken Username="${user}", PasswordDigest="${digest}", Nonce="${nonce}", Created="${created}"`;
}
