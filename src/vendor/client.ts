import type { Request } from '../contract/requests.ts';
import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import pLimit, { type LimitFunction } from 'p-limit';
import { Pool, type Dispatcher } from 'undici';
import type { Answer } from '../contract/dialogue.ts';
import { MAX_ANSWER_BYTES } from '../core/dialogue.ts';
import { isPublicAddress } from '../core/hosts.ts';
import { tryParseJson } from '../core/json.ts';
import type { VendorCalls } from '../core/settle.ts';

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

  /** Makes a call. Errors become answers. */
  async call(request: Request): Promise<Answer> {
    const url = withQuery(request);
    const address = url.hostname.replace(/^\[|\]$/g, '');
    if (this.#isGuarded && isIP(address) !== 0 && !isPublicAddress(address))
      return { error: 'the address is not public' };
    const target = this.#gatewayUrl === undefined ? url : new URL(this.#gatewayUrl);
    const vendor = this.#vendorAt(target.origin);
    const answer = await vendor.limit(() =>
      this.#limit(() => this.#send((vendor.pool ??= this.#open(target.origin)), target, url, request)),
    );
    this.#letGo();
    return answer;
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#vendors.values(), async ({ pool }) => pool?.close()));
  }

  async #send(pool: Pool, target: URL, url: URL, request: Request): Promise<Answer> {
    try {
      const { headers, body } = encode(request);
      const response = await pool.request({
        path: target.pathname + target.search,
        method: request.method,
        headers: this.#gatewayUrl === undefined ? headers : { ...headers, 'x-vendor-url': url.href },
        body,
        signal: AbortSignal.timeout(this.#timeout),
      });
      return await readAnswer(response);
    } catch (error) {
      return { error: error instanceof AnswerTooLarge ? error.message : 'the vendor could not be reached' };
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

function withQuery({ url, query }: Request): URL {
  const result = new URL(url);
  for (const [name, value] of Object.entries(query)) result.searchParams.set(name, String(value));
  return result;
}

function encode({ headers, body }: Request): { headers: Record<string, string>; body: string | null } {
  if (body === undefined) return { headers, body: null };
  if ('json' in body) return { headers, body: JSON.stringify(body.json) };
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body.form)) {
    for (const element of Array.isArray(value) ? value : [value]) form.append(name, String(element));
  }
  return { headers, body: form.toString() };
}

class AnswerTooLarge extends Error {}

async function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new AnswerTooLarge('the answer is larger than the limit');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks, length).toString('utf8');
  const json = tryParseJson(text);
  const retryAfter = readRetryAfter(headers['retry-after']);
  return {
    status: statusCode,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(json === undefined ? { text } : { json }),
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
    else if (found.some(({ address }) => !isPublicAddress(address)))
      callback(new Error('the address is not public'), '', 0);
    else if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  });
};
