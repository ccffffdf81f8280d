import type { Request } from '../contract/requests.ts';
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, request as send, type Dispatcher } from 'undici';
import type { Answer } from '../contract/dialogue.ts';
import { MAX_ANSWER_BYTES } from '../core/dialogue.ts';
import { tryParseJson } from '../core/json.ts';
import type { VendorCalls } from '../core/settle.ts';

/** How long one call may take, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** The most connections to one vendor at a time. */
const CONNECTIONS = 64;

export interface ClientOptions {
  /** Names of hosts, `*` being one label, that may be called beside those of the destinations. */
  hosts?: readonly string[];
  /** Where every call goes instead, with the vendor's URL in a header. */
  gatewayUrl?: string | undefined;
  /** How long one call may take, in milliseconds. */
  timeout?: number;
}

/** Calls vendors. Redirects are not followed, and what is sent and answered is never logged. */
export class VendorClient implements VendorCalls {
  readonly hosts: readonly string[];
  readonly #gatewayUrl: string | undefined;
  readonly #timeout: number;
  readonly #isGuarded: boolean;
  readonly #dispatcher: Agent;

  constructor({ hosts = [], gatewayUrl, timeout = TIMEOUT_MS }: ClientOptions) {
    this.hosts = hosts;
    this.#gatewayUrl = gatewayUrl;
    this.#timeout = timeout;
    // The gateway resolves names itself, and may stand at a private address.
    this.#isGuarded = gatewayUrl === undefined;
    const connect = this.#isGuarded ? { lookup: lookupPublic } : {};
    this.#dispatcher = new Agent({ connections: CONNECTIONS, connect, headersTimeout: timeout, bodyTimeout: timeout });
  }

  /** Makes a call; whatever goes wrong is the answer. */
  async call(request: Request): Promise<Answer> {
    const url = withQuery(request);
    if (this.#isGuarded && isPrivate(url.hostname)) return { error: 'the address is not public' };
    try {
      const { headers, body } = encode(request);
      const target = this.#gatewayUrl ?? url;
      const response = await send(target, {
        method: request.method,
        headers: this.#gatewayUrl === undefined ? headers : { ...headers, 'x-vendor-url': url.href },
        body,
        dispatcher: this.#dispatcher,
        signal: AbortSignal.timeout(this.#timeout),
      });
      return await readAnswer(response);
    } catch (error) {
      return { error: error instanceof AnswerTooLarge ? error.message : 'the vendor could not be reached' };
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.close();
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

/** Seconds, as the header says them or the time that it names. */
function readRetryAfter(header: string | string[] | undefined): number | undefined {
  const text = String(header ?? '');
  if (/^\d+$/.test(text)) return Number(text);
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, Math.ceil((time - Date.now()) / 1_000));
}

/** Whether a host is written as an address that is not public. */
function isPrivate(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(address) && ipaddr.process(address).range() !== 'unicast';
}

/** Resolves a name as the system does, but to public addresses only. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const found = addresses as typeof addresses | undefined;
    if (error !== null || found === undefined) callback(error, '', 0);
    else if (found.some(({ address }) => isPrivate(address))) callback(new Error('not a public address'), '', 0);
    else if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  });
};
