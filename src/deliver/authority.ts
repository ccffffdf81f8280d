import { randomBytes } from 'node:crypto';
import type { Auth, Request } from '../contract/requests.ts';
import { awsRegion } from '../kit/aws.ts';
import type { VendorClient } from '../vendor/client.ts';
import { assumeRole, signForAws, type AwsKey } from './aws.ts';
import type { DeliveryCredentials } from './credentials.ts';
import { sharedAccessSignature, wsseHeader } from './headers.ts';
import { Loans } from './loans.ts';
import { fetchGoogleToken, fetchOAuthToken, readServiceAccount } from './tokens.ts';
import { Stopped } from './verdict.ts';

type AuthOf<Type extends Auth['type']> = Extract<Auth, { type: Type }>;

/** Does to requests what their vendors require at the time of sending, and keeps tokens until they end. */
export class Authority {
  readonly #client: VendorClient;
  readonly #credentials: DeliveryCredentials;
  readonly #tokens = new Loans<string>();
  readonly #keys = new Loans<AwsKey>();

  constructor(client: VendorClient, credentials: DeliveryCredentials) {
    this.#client = client;
    this.#credentials = credentials;
  }

  /** @throws {Stopped} where it can't be done, or not now */
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
        return withHeader(request, 'X-WSSE', wsseHeader(auth, randomBytes(16).toString('hex'), new Date()));
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
   * Forgets the token or the key that a request was made with, since the vendor refused it.
   * @returns whether there was one, so that another may be accepted
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
    const message = 'the config has no service account of Google, and the credentials for deliveries have none either';
    throw new Stopped({ outcome: 'refused', message });
  }

  async #awsKey(auth: AuthOf<'aws-sigv4'>): Promise<AwsKey> {
    const { roleArn, region, accessKeyId, secretAccessKey } = auth;
    if (roleArn === undefined) {
      if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey };
      throw new Stopped({ outcome: 'refused', message: 'auth has neither a key nor a role of AWS' });
    }
    if (!awsRegion('').safeParse(region).success) {
      throw new Stopped({ outcome: 'refused', message: 'auth.region is not a region of AWS' });
    }
    const { aws } = this.#credentials;
    if (aws === undefined) {
      const message =
        'the config names a role of AWS, and the credentials for deliveries have no "aws" to assume it with';
      throw new Stopped({ outcome: 'refused', message });
    }
    return this.#keys.get(JSON.stringify(auth), () => assumeRole({ roleArn, region }, aws, this.#client, new Date()));
  }
}

const withHeader = (request: Request, name: string, value: string): Request => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});
