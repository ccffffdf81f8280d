/**
 * Makes the requests of results, for those who have no engine that does.
 */
import type { Delivery } from '../contract/delivery.ts';
import type { Request } from '../contract/requests.ts';
import type { Send } from '../contract/results.ts';
import { hostMatches } from '../core/hosts.ts';
import { parseUrl } from '../core/url.ts';
import { urlOf, VendorClient, type ClientOptions, type Exchange } from '../vendor/client.ts';
import { Authority } from './authority.ts';
import { judgeAws } from './aws.ts';
import type { DeliveryCredentials } from './credentials.ts';
import { judge, Stopped, told } from './verdict.ts';

export type { Delivery } from '../contract/delivery.ts';
export type { DeliveryCredentials } from './credentials.ts';

/** How long a vendor may take for an answer, in milliseconds. */
const TIMEOUT_MS = 30_000;

export interface DelivererOptions {
  /** Names of the hosts that may be called, `*` being one label; every public one, if absent. */
  hosts?: readonly string[];
  /** Where every call goes instead, with the vendor's URL in the header `x-vendor-url`. */
  gatewayUrl?: string | undefined;
  /** How long a vendor may take for an answer, in milliseconds: 30,000, if absent. */
  timeout?: number;
  /** The identities of whoever delivers, for requests that bring no credentials of their own. */
  credentials?: DeliveryCredentials;
  /** Resolves names; to public addresses only, if absent. */
  lookup?: ClientOptions['lookup'];
}

export interface DeliverOptions {
  /** Position of the request to begin with; the first, if absent. */
  next?: number;
  /** Once it is aborted, no further request begins; one begins in any case. */
  signal?: AbortSignal;
  /** Told the position of the next request each time that one was accepted. */
  onAccepted?: (next: number) => void;
}

/** Makes what delivers results. Its connections stay open until `close`. */
export const createDeliverer = (options: DelivererOptions = {}): Deliverer => new Deliverer(options);

/** Delivers results; made by `createDeliverer`. */
class Deliverer {
  readonly #client: VendorClient;
  readonly #authority: Authority;
  readonly #hosts: readonly string[] | undefined;

  constructor({ hosts, credentials = {}, timeout = TIMEOUT_MS, gatewayUrl, lookup }: DelivererOptions) {
    this.#client = new VendorClient({ timeout, gatewayUrl, ...(lookup && { lookup }) });
    this.#authority = new Authority(this.#client, credentials);
    this.#hosts = hosts;
  }

  /**
   * Makes the requests of a result in their order, until one is not accepted.
   * @returns what came of it; never rejects for what a vendor does
   */
  async deliver(
    { requests }: Pick<Send, 'requests'>,
    { next = 0, signal, onAccepted }: DeliverOptions = {},
  ): Promise<Delivery> {
    let last: Exchange | undefined;
    for (let at = next; at < requests.length; at++) {
      if (at > next && signal?.aborted === true) {
        return { outcome: 'retry', next: at, message: 'the delivery was ended before this request' };
      }
      const request = requests[at] as Request;
      try {
        last = await this.#make(request);
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
        return { ...error.stop, next: at };
      }
      const stop = request.auth?.type === 'aws-sigv4' ? judgeAws(last) : judge(last);
      if (stop !== undefined) return { ...stop, next: at };
      onAccepted?.(at + 1);
    }
    return { outcome: 'delivered', next: requests.length, ...(last && 'status' in last && told(last)) };
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** @throws {Stopped} where the request cannot be made */
  async #make(request: Request): Promise<Exchange> {
    this.#refuseOtherHosts(request);
    const exchange = await this.#client.exchange(await this.#authority.apply(request));
    // What was refused for its token has done nothing, so that it can be made again.
    const isStale = 'status' in exchange && exchange.status === 401 && this.#authority.forget(request);
    return isStale ? this.#client.exchange(await this.#authority.apply(request)) : exchange;
  }

  #refuseOtherHosts(request: Request): void {
    const { auth } = request;
    const urls = [urlOf(request), auth?.type === 'oauth-client-credentials' ? parseUrl(auth.tokenUrl) : undefined];
    const refused = urls.find((url) => url !== undefined && this.#hosts && !hostMatches(url.hostname, this.#hosts));
    if (refused === undefined) return;
    const message = `${refused.hostname} is no host of a destination, and VENDOR_HOSTS does not list it`;
    throw new Stopped({ outcome: 'refused', message });
  }
}

export type { Deliverer };
