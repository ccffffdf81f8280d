import type { Auth, Request } from '../contract/requests.ts';
import { wsseHeader } from '../core/wsse.ts';
import { awsRegion } from '../kit/aws.ts';
import type { VendorClient } from '../vendor/client.ts';
import { assumeRole, type AwsKey, signForAws } from './aws.ts';
import type { DeliveryCredentials } from './credentials.ts';
import { sharedAccessSignature } from './headers.ts';
import { Loans } from './loans.ts';
import { fetchGoogleToken, fetchOAuthToken, readServiceAccount } from './tokens.ts';
import { Stopped } from './verdict.ts';

type AuthOf<Type extends Auth['type']> = Extract<Auth, { type: Type }>;

/** Adds to requests the credentials that their `auth` describes, and keeps tokens until they expire. */
export class Authority {
  readonly #client: VendorClient;
  readonly #credentials: DeliveryCredentials;
  readonly #tokens = new Loans<string>();
  readonly #keys = new Loans<AwsKey>();

  constructor(client: VendorClient, credentials: DeliveryCredentials) {
    this.#client = client;
    this.#credentials = credentials;
  }

  /** @throws {Stopped} if the credentials are missing, invalid or unavailable */
  async apply(request: Request): Promise<Request> {
    const { auth } = request;
    switch (auth?.type) {
      case undefined:
        return request;
      case 'aws-sigv4':
        return signForAws(request, auth, await this.#awsKey(auth), new Date());
      case 'azure-sas':
        return withHeader(request, 'Authorization', sharedAccessSignature(auth, new Date()));
      case 'wsse':
        return withHeader(request, 'X-WSSE', wsseHeader(auth, new Date()));
      case 'oauth-client-credentials':
        return this.#withToken(request, () => fetchOAuthToken(auth, this.#client));
      case 'google-access-token': {
        const account = auth.credentials === undefined ? this.#googleAccount() : readServiceAccount(auth.credentials);
        return this.#withToken(request, () => fetchGoogleToken(account, { scope: auth.scope }, this.#client));
      }
      case 'google-id-token': {
        const account = readServiceAccount(auth.credentials);
        const wanted = { target_audience: auth.audience };
        return this.#withToken(request, () => fetchGoogleToken(account, wanted, this.#client));
      }
    }
  }

  /**
   * Forgets the token or key of a request that the vendor refused.
   * @returns whether there was one, so that a new one may be accepted
   */
  forget({ auth }: Request): boolean {
    const key = JSON.stringify(auth ?? '');
    return [this.#tokens, this.#keys].some((loans) => loans.forget(key));
  }

  async #withToken(request: Request, fetch: Parameters<Loans<string>['get']>[1]): Promise<Request> {
    const token = await this.#tokens.get(JSON.stringify(request.auth), fetch);
    return withHeader(request, 'Authorization', `Bearer ${token}`);
  }

  #googleAccount() {
    const { google } = this.#credentials;
    if (google !== undefined) return google;
    const message =
      'the config has no service account, and the credentials for deliveries have no "google"; add one of them';
    throw new Stopped({ outcome: 'refused', message });
  }

  async #awsKey(auth: AuthOf<'aws-sigv4'>): Promise<AwsKey> {
    const { roleArn, region, accessKeyId, secretAccessKey } = auth;
    if (roleArn === undefined) {
      if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey };
      throw new Stopped({ outcome: 'refused', message: 'auth has neither an AWS key nor a role' });
    }
    if (!awsRegion('').safeParse(region).success) {
      throw new Stopped({ outcome: 'refused', message: 'auth.region is not an AWS region' });
    }
    const { aws } = this.#credentials;
    if (aws === undefined) {
      const message =
        'the config names an AWS role, and the credentials for deliveries have no "aws" to assume it with; add it';
      throw new Stopped({ outcome: 'refused', message });
    }
    return this.#keys.get(JSON.stringify(auth), () => assumeRole({ roleArn, region }, aws, this.#client, new Date()));
  }
}

const withHeader = (request: Request, name: string, value: string): Request => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});
