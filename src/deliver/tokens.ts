import { importPKCS8, SignJWT } from 'jose';
import {
  type AuthorizationServer,
  clientCredentialsGrantRequest,
  ClientSecretBasic,
  customFetch,
  type CustomFetchOptions,
  genericTokenEndpointRequest,
  processClientCredentialsResponse,
} from 'oauth4webapi';
import { z } from 'zod';

import type { Auth } from '../contract/requests.ts';
import { tryParseJson } from '../core/json.ts';
import { parseUrl } from '../core/url.ts';
import type { VendorClient } from '../vendor/client.ts';
import { type ServiceAccount, serviceAccount } from './credentials.ts';
import type { Lent } from './loans.ts';
import { judge, Stopped } from './verdict.ts';

type OAuth = Extract<Auth, { type: 'oauth-client-credentials' }>;

/** The validity of a token whose server doesn't say when it expires. */
const UNTOLD_SECONDS = 300;

/** The only server for Google's tokens. The `token_uri` of the credentials is ignored. */
const GOOGLE: AuthorizationServer & { token_endpoint: string } = {
  issuer: 'https://accounts.google.com',
  token_endpoint: 'https://oauth2.googleapis.com/token',
};

const GOOGLE_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Lets the OAuth library make its calls with the client. @throws {Stopped} unless the answer is a success */
function through(client: VendorClient) {
  const fetch = async (url: string, { method, headers, body }: CustomFetchOptions<'POST', URLSearchParams>) => {
    const form = Object.fromEntries(body);
    const exchange = await client.exchange({ method, url, headers, query: {}, body: { form } });
    const stop = judge(exchange, `the token server at ${new URL(url).host}`);
    if (stop !== undefined) throw new Stopped(stop);
    const { status, text } = exchange as Extract<typeof exchange, { status: number }>;
    return new Response(text, { status, headers: { 'Content-Type': 'application/json' } });
  };
  return { [customFetch]: fetch };
}

/** @throws {Stopped} if the answer has no token */
async function reading<T>(url: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Stopped) throw error;
    const { host } = new URL(url);
    throw new Stopped({ outcome: 'retry', message: `the token server at ${host} answered without a token` });
  }
}

/**
 * Fetches a token for a client with a secret.
 * @throws {Stopped}
 */
export async function fetchOAuthToken({ tokenUrl, ...auth }: OAuth, client: VendorClient): Promise<Lent<string>> {
  const url = parseUrl(tokenUrl);
  if (url?.protocol !== 'https:') {
    throw new Stopped({ outcome: 'refused', message: 'auth.tokenUrl is not an https URL' });
  }
  const server: AuthorizationServer = { issuer: url.origin, token_endpoint: tokenUrl };
  const oauthClient = { client_id: auth.clientId };
  const secret = ClientSecretBasic(auth.clientSecret);
  return reading(tokenUrl, async () => {
    const response = await clientCredentialsGrantRequest(server, oauthClient, secret, {}, through(client));
    const token = await processClientCredentialsResponse(server, oauthClient, response);
    return { value: token.access_token, seconds: token.expires_in ?? UNTOLD_SECONDS };
  });
}

const granted = z.object({
  access_token: z.string().min(1).optional(),
  id_token: z.string().min(1).optional(),
  expires_in: z.number().optional(),
});

/**
 * Fetches a token for a Google service account.
 * @param wanted the scope of an access token, or the audience of an id token
 * @throws {Stopped}
 * @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
export async function fetchGoogleToken(
  account: ServiceAccount,
  wanted: { scope: string } | { target_audience: string },
  client: VendorClient,
): Promise<Lent<string>> {
  const assertion = await signForGoogle(account, wanted);
  return reading(GOOGLE.token_endpoint, async () => {
    const parties = [GOOGLE, { client_id: account.client_email }, () => undefined] as const;
    const response = await genericTokenEndpointRequest(...parties, GOOGLE_GRANT, { assertion }, through(client));
    const { access_token, id_token, expires_in } = granted.parse(await response.json());
    const value = 'scope' in wanted ? access_token : id_token;
    if (value === undefined) throw new Error('the token is of another kind');
    return { value, seconds: expires_in ?? UNTOLD_SECONDS };
  });
}

async function signForGoogle(account: ServiceAccount, claims: Record<string, string>): Promise<string> {
  const { client_email: email, private_key: text, private_key_id: kid } = account;
  const key = await importPKCS8(text, 'RS256').catch(() => {
    throw new Stopped({
      outcome: 'refused',
      message: 'the private_key of the service account is not a PKCS #8 key in PEM',
    });
  });
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(kid !== undefined && { kid }) })
    .setIssuer(email)
    .setSubject(email)
    .setAudience(GOOGLE.token_endpoint)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);
}

/**
 * Reads the service account that a config has as the JSON text of its key file.
 * @throws {Stopped} if it is invalid
 */
export function readServiceAccount(text: string): ServiceAccount {
  const { data } = serviceAccount.safeParse(tryParseJson(text));
  if (data !== undefined) return data;
  throw new Stopped({
    outcome: 'refused',
    message: 'the credentials in the config are not the JSON key file of a service account',
  });
}
