import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

import pLimit, { type LimitFunction } from 'p-limit';
import { type Dispatcher, errors, Pool } from 'undici';

import type { Answer } from '../contract/dialogue.ts';
import type { Request } from '../contract/requests.ts';
import { MAX_ANSWER_BYTES } from '../core/dialogue.ts';
import { isPublicAddress } from '../core/hosts.ts';
import { tryParseJson } from '../core/json.ts';
import type { VendorCalls } from '../core/settle.ts';
import { parseUrl } from '../core/url.ts';

/** The time limit of one call, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** The maximum number of concurrent calls, in total and to one vendor, so that a slow vendor leaves room for others. */
const CALLS = 128;
const CALLS_PER_VENDOR = 32;

/** The maximum number of idle connections to keep. */
const KEPT_CONNECTIONS = 128;

export interface ClientOptions {
  /** Hosts that may be called besides those of the destinations; `*` matches one label. */
  hosts?: readonly string[];
  /** A gateway for all calls. It gets the vendor's URL in a header. */
  gatewayUrl?: string | undefined;
  /** The time limit of one call, in milliseconds. */
  timeout?: number;
  /** Resolves names. By default, only to public addresses. */
  lookup?: LookupFunction;
}

/** The connections to one vendor, and the calls that wait for one. */
interface Vendor {
  pool?: Pool | undefined;
  limit: LimitFunction;
}

/** The result of a call: the vendor's answer, or why there is none. */
export type Exchange =
  | {
      status: number;
      /** In seconds. */
      retryAfter?: number;
      text: string;
      /** Whether the answer is longer than the limit, and `text` is its beginning. */
      isCut: boolean;
    }
  | {
      error: string;
      /** Whether a retry would fail too. */
      isFinal: boolean;
    };

/** Calls vendors. It doesn't follow redirects, and never logs requests or answers. */
export class VendorClient implements VendorCalls {
  readonly hosts: readonly string[];
  readonly #gatewayUrl: string | undefined;
  readonly #timeout: number;
  readonly #isGuarded: boolean;
  readonly #options: Pool.Options;
  readonly #limit = pLimit(CALLS);
  /** Vendors by origin, least recently called first. */
  readonly #vendors = new Map<string, Vendor>();
  #connections = 0;

  constructor({ hosts = [], gatewayUrl, timeout = TIMEOUT_MS, lookup = lookupPublic }: ClientOptions) {
    this.hosts = hosts;
    this.#gatewayUrl = gatewayUrl;
    this.#timeout = timeout;
    // The gateway resolves names itself, and may have a private address.
    this.#isGuarded = gatewayUrl === undefined;
    const connect = this.#isGuarded ? { lookup } : {};
    const connections = this.#isGuarded ? CALLS_PER_VENDOR : CALLS;
    this.#options = { connections, connect, headersTimeout: timeout, bodyTimeout: timeout };
  }

  /** Makes a call of a dialogue. Errors become answers. */
  async call(request: Request): Promise<Answer> {
    const exchange = await this.exchange(request);
    if ('error' in exchange) return { error: exchange.error };
    const { status, retryAfter, text, isCut } = exchange;
    if (isCut) return { error: 'the answer is larger than the limit' };
    const json = tryParseJson(text);
    return {
      status,
      ...(retryAfter !== undefined && { retryAfter }),
      ...(json === undefined ? { text } : { json }),
    };
  }

  /** Makes a call. Errors become results; it never rejects. */
  async exchange(request: Request): Promise<Exchange> {
    const url = urlOf(request);
    if (url === undefined) return { error: 'the URL is not an http or https URL', isFinal: true };
    const address = url.hostname.replace(/^\[|\]$/g, '');
    if (this.#isGuarded && isIP(address) !== 0 && !isPublicAddress(address))
      return { error: NOT_PUBLIC, isFinal: true };
    const target = this.#gatewayUrl === undefined ? url : new URL(this.#gatewayUrl);
    const vendor = this.#vendorAt(target.origin);
    const exchange = await vendor.limit(() =>
      this.#limit(() => this.#send((vendor.pool ??= this.#open(target.origin)), target, url, request)),
    );
    this.#letGo();
    return exchange;
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#vendors.values(), async ({ pool }) => pool?.close()));
  }

  async #send(pool: Pool, target: URL, url: URL, request: Request): Promise<Exchange> {
    try {
      const { headers } = request;
      const response = await pool.request({
        path: target.pathname + target.search,
        method: request.method,
        headers: this.#gatewayUrl === undefined ? headers : { ...headers, 'x-vendor-url': url.href },
        body: contentOf(request) ?? null,
        signal: AbortSignal.timeout(this.#timeout),
      });
      return await readAnswer(response);
    } catch (error) {
      if (error instanceof NotPublic) return { error: NOT_PUBLIC, isFinal: true };
      if (UNSENDABLE.some((kind) => error instanceof kind)) {
        return { error: 'HTTP does not allow the method or one of the headers of the request', isFinal: true };
      }
      const isLate = LATE.some((kind) => error instanceof kind) || (error as Error).name === 'TimeoutError';
      const late = `the vendor did not answer within ${String(this.#timeout)} ms`;
      return { error: isLate ? late : 'the vendor could not be reached, or closed the connection', isFinal: false };
    }
  }

  #vendorAt(origin: string): Vendor {
    const vendor = this.#vendors.get(origin) ?? { limit: pLimit(this.#options.connections ?? CALLS) };
    this.#vendors.delete(origin);
    this.#vendors.set(origin, vendor);
    return vendor;
  }

  #open(origin: string): Pool {
    const pool = new Pool(origin, this.#options);
    pool.on('connect', () => this.#connections++);
    pool.on('disconnect', () => {
      this.#connections--;
      this.#letGo();
    });
    return pool;
  }

  /** Closes connections to idle vendors if there are too many, and forgets vendors without connections. */
  #letGo(): void {
    for (const [origin, vendor] of this.#vendors) {
      if (this.#connections <= KEPT_CONNECTIONS && this.#vendors.size <= KEPT_CONNECTIONS) return;
      const { pool, limit } = vendor;
      if (pool !== undefined && pool.stats.size > 0) continue;
      vendor.pool = undefined;
      void pool?.close();
      if (limit.activeCount + limit.pendingCount === 0) this.#vendors.delete(origin);
    }
  }
}

/** The URL of a request with its query; undefined if it isn't an http or https URL. */
export function urlOf({ url, query }: Request): URL | undefined {
  const result = parseUrl(url);
  if (result === undefined || !/^https?:$/.test(result.protocol)) return undefined;
  for (const [name, value] of Object.entries(query)) result.searchParams.set(name, String(value));
  return result;
}

/** The encoded body of a request, if it has one. */
export function contentOf({ body }: Request): string | undefined {
  if (body === undefined) return undefined;
  if ('json' in body) return JSON.stringify(body.json);
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body.form)) {
    for (const element of Array.isArray(value) ? value : [value]) form.append(name, String(element));
  }
  return form.toString();
}

const NOT_PUBLIC = 'the address is not public';

class NotPublic extends Error {}

const LATE = [errors.ConnectTimeoutError, errors.HeadersTimeoutError, errors.BodyTimeoutError];

/** Errors of a request that can't be sent. */
const UNSENDABLE = [errors.InvalidArgumentError, errors.NotSupportedError, errors.RequestContentLengthMismatchError];

async function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Exchange> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop closes the connection.
    if (length > MAX_ANSWER_BYTES) break;
  }
  const retryAfter = readRetryAfter(headers['retry-after']);
  return {
    status: statusCode,
    ...(retryAfter !== undefined && { retryAfter }),
    text: Buffer.concat(chunks).toString('utf8'),
    isCut: length > MAX_ANSWER_BYTES,
  };
}

/** Seconds, from a header with seconds or a date. */
function readRetryAfter(header: string | string[] | undefined): number | undefined {
  const text = String(header ?? '');
  if (/^\d+$/.test(text)) return Number(text);
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - Date.now()) / 1_000));
}

/** Resolves a name as the system does, but only to public addresses. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const found = addresses as typeof addresses | undefined;
    if (error !== null || found === undefined) callback(error, '', 0);
    else if (found.some(({ address }) => !isPublicAddress(address))) callback(new NotPublic(NOT_PUBLIC), '', 0);
    else if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  });
};
