import type { Request } from '../contract/requests.ts';
import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import pLimit, { type LimitFunction } from 'p-limit';
import { errors, Pool, type Dispatcher } from 'undici';
import type { Answer } from '../contract/dialogue.ts';
import { MAX_ANSWER_BYTES } from '../core/dialogue.ts';
import { isPublicAddress } from '../core/hosts.ts';
import { tryParseJson } from '../core/json.ts';
import type { VendorCalls } from '../core/settle.ts';
import { parseUrl } from '../core/url.ts';

/** How long one call may take, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** The most calls at a time, and of those to one vendor, so that a slow one leaves room for the others. */
const CALLS = 128;
const CALLS_PER_VENDOR = 32;

/** The most connections that are kept for further calls. */
const KEPT_CONNECTIONS = 128;

export interface ClientOptions {
  /** Names of hosts, `*` being one label, that may be called beside those of the destinations. */
  hosts?: readonly string[];
  /** Where every call goes instead, with the vendor's URL in a header. */
  gatewayUrl?: string | undefined;
  /** How long one call may take, in milliseconds. */
  timeout?: number;
  /** Resolves names; to public addresses only, if absent. */
  lookup?: LookupFunction;
}

/** The connections to one vendor, and the calls that wait for one. */
interface Vendor {
  pool?: Pool | undefined;
  limit: LimitFunction;
}

/** What came of a call: what was answered, or why there is no answer. */
export type Exchange =
  | {
      status: number;
      /** Seconds that the vendor asks to wait. */
      retryAfter?: number;
      text: string;
      /** Whether the answer goes on beyond what is read of one. */
      isCut: boolean;
    }
  | {
      error: string;
      /** Whether the same call can never have an answer. */
      isFinal: boolean;
    };

/** Calls vendors. Redirects are not followed, and what is sent and answered is never logged. */
export class VendorClient implements VendorCalls {
  readonly hosts: readonly string[];
  readonly #gatewayUrl: string | undefined;
  readonly #timeout: number;
  readonly #isGuarded: boolean;
  readonly #options: Pool.Options;
  readonly #limit = pLimit(CALLS);
  /** Vendors by their origins, the one that was called last coming last. */
  readonly #vendors = new Map<string, Vendor>();
  #connections = 0;

  constructor({ hosts = [], gatewayUrl, timeout = TIMEOUT_MS, lookup = lookupPublic }: ClientOptions) {
    this.hosts = hosts;
    this.#gatewayUrl = gatewayUrl;
    this.#timeout = timeout;
    // The gateway resolves names itself, and may stand at a private address.
    this.#isGuarded = gatewayUrl === undefined;
    const connect = this.#isGuarded ? { lookup } : {};
    const connections = this.#isGuarded ? CALLS_PER_VENDOR : CALLS;
    this.#options = { connections, connect, headersTimeout: timeout, bodyTimeout: timeout };
  }

  /** Makes a call of a dialogue; whatever goes wrong is the answer. */
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

  /** Makes a call; whatever goes wrong is told. */
  async exchange(request: Request): Promise<Exchange> {
    const url = urlOf(request);
    if (url === undefined) return { error: 'the URL is not one of http or https', isFinal: true };
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
      return { error: isLate ? late : 'the vendor could not be reached, or broke off', isFinal: false };
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

  /** Closes the connections of vendors that are not being called, where there are too many, and forgets such without. */
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

/** The URL of a request with its query; undefined where it cannot be called. */
export function urlOf({ url, query }: Request): URL | undefined {
  const result = parseUrl(url);
  if (result === undefined || !/^https?:$/.test(result.protocol)) return undefined;
  for (const [name, value] of Object.entries(query)) result.searchParams.set(name, String(value));
  return result;
}

/** The body of a request as it is sent, if it has one. */
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

/** What is thrown for a request that does not even leave. */
const UNSENDABLE = [errors.InvalidArgumentError, errors.NotSupportedError, errors.RequestContentLengthMismatchError];

async function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Exchange> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // To leave it here ends the connection.
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

/** Seconds, as the header says them or the time that it names. */
function readRetryAfter(header: string | string[] | undefined): number | undefined {
  const text = String(header ?? '');
  if (/^\d+$/.test(text)) return Number(text);
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - Date.now()) / 1_000));
}

/** Resolves a name as the system does, but to public addresses only. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const found = addresses as typeof addresses | undefined;
    if (error !== null || found === undefined) callback(error, '', 0);
    else if (found.some(({ address }) => !isPublicAddress(address))) callback(new NotPublic(NOT_PUBLIC), '', 0);
    else if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  });
};
