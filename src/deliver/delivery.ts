/**
 * Sends the requests of results to vendors, for pipelines that can't.
 */
import type { Delivery } from '../contract/delivery.ts';
import type { Request } from '../contract/requests.ts';
import type { Send } from '../contract/results.ts';
import { hostMatches } from '../core/hosts.ts';
import { parseUrl } from '../core/url.ts';
import { type ClientOptions, type Exchange, urlOf, VendorClient } from '../vendor/client.ts';
import { Authority } from './authority.ts';
import { judgeAws } from './aws.ts';
import type { DeliveryCredentials } from './credentials.ts';
import { judge, Stopped, told } from './verdict.ts';

export type { Delivery } from '../contract/delivery.ts';
export type { DeliveryCredentials } from './credentials.ts';

/** The default time limit of one request, in milliseconds. */
const TIMEOUT_MS = 30_000;

export interface DelivererOptions {
  /** Hosts that may be called; `*` matches one label. Defaults to all public hosts. */
  hosts?: readonly string[];
  /** A gateway for all calls. It gets the vendor's URL in the header `x-vendor-url`. */
  gatewayUrl?: string | undefined;
  /** The time limit of one request, in milliseconds; defaults to 30,000. */
  timeout?: number;
  /** Your own identities, for requests whose config has no credentials. */
  credentials?: DeliveryCredentials;
  /** Resolves names. By default, only to public addresses. */
  lookup?: ClientOptions['lookup'];
}

export interface DeliverOptions {
  /** Position of the request to start with; defaults to the first. */
  next?: number;
  /** Starts no further request once it is aborted. The first request always starts. */
  signal?: AbortSignal;
  /** Called with the position of the next request after each accepted one. */
  onAccepted?: (next: number) => void;
}

/** Creates a deliverer. Its connections stay open until `close`. */
export const createDeliverer = (options: DelivererOptions = {}): Deliverer => new Deliverer(options);

/** Sends the requests of results. `createDeliverer` creates one. */
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
   * Sends the requests of a result in order, up to the first one that is not accepted.
   * @returns the outcome; a vendor's failure never rejects the promise
   */
  async deliver(
    { requests }: Pick<Send, 'requests'>,
    { next = 0, signal, onAccepted }: DeliverOptions = {},
  ): Promise<Delivery> {
    let last: Exchange | undefined;
    for (let at = next; at < requests.length; at++) {
      if (at > next && signal?.aborted === true) {
        return { outcome: 'retry', next: at, message: 'the delivery was stopped before this request' };
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

  /** @throws {Stopped} if the request can't be sent */
  async #make(request: Request): Promise<Exchange> {
    this.#refuseOtherHosts(request);
    const exchange = await this.#client.exchange(await this.#authority.apply(request));
    // A request that was refused for its token changed nothing, so it is safe to repeat.
    const isStale = 'status' in exchange && exchange.status === 401 && this.#authority.forget(request);
    return isStale ? this.#client.exchange(await this.#authority.apply(request)) : exchange;
  }

  #refuseOtherHosts(request: Request): void {
    const { auth } = request;
    const urls = [urlOf(request), auth?.type === 'oauth-client-credentials' ? parseUrl(auth.tokenUrl) : undefined];
    const refused = urls.find((url) => url !== undefined && this.#hosts && !hostMatches(url.hostname, this.#hosts));
    if (refused === undefined) return;
    const message = `${refused.hostname} is not a destination’s host; to allow it, add it to VENDOR_HOSTS`;
    throw new Stopped({ outcome: 'refused', message });
  }
}

export type { Deliverer };
