import type { Request, Response } from 'express';

import { Gathered } from '../wire/gathered.ts';
import { Problem } from '../wire/problem.ts';
import type { Load } from './load.ts';

/** The upstream's default time limit. Longer than RudderStack's server waits. */
export const UPSTREAM_SECONDS = 610;

/**
 * Headers of one connection, or of a body's encoding: bodies are passed on decoded.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
 */
const HOP_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A call to the upstream. An Express request with a read body qualifies. */
export type Call = Pick<Request, 'method' | 'originalUrl' | 'headers'> & { body?: Uint8Array<ArrayBuffer> | string };

/** The upstream's answer, with a decoded body. */
export interface UpstreamResponse {
  status: number;
  headers: Headers;
  body: Buffer;
}

export interface UpstreamOptions {
  /** The base URL, without a slash at its end. */
  url: string;
  /** The maximum size of an answer, decoded, in bytes. */
  limit: number;
  /** Counts answers, like the bodies of requests. */
  load?: Load | undefined;
  /** The time limit of an answer, in milliseconds. */
  timeout?: number | undefined;
}

/** The transformer that gets the traffic that is not ours. Its traffic is never logged. */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #timeout: number;
  /** Loaded here, since it takes as long as the rest of the start. */
  readonly #client;

  constructor(options: UpstreamOptions) {
    const { timeout = UPSTREAM_SECONDS * 1_000 } = options;
    this.#options = options;
    this.#timeout = timeout;
    this.#client = import('undici').then(({ Agent, fetch }) => ({
      fetch,
      dispatcher: new Agent({ headersTimeout: timeout, bodyTimeout: timeout }),
    }));
  }

  /**
   * Makes a call with the path and the query of the request.
   * @param response the response that uses the answer, which is counted until its end
   * @throws {Problem} UPSTREAM_UNAVAILABLE if there is no usable answer, SERVICE_OVERLOADED if there is no room for it
   */
  async send({ method, originalUrl, headers, body }: Call, response: Response): Promise<UpstreamResponse> {
    const hasBody = method !== 'GET' && method !== 'HEAD' && body !== undefined;
    // The client's connection is idle meanwhile.
    response.setTimeout(this.#timeout + 10_000);
    try {
      const { fetch, dispatcher } = await this.#client;
      const answer = await fetch(this.#options.url + pathOf(originalUrl), {
        method,
        headers: endToEnd(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#timeout),
        dispatcher,
        ...(hasBody ? { body } : {}),
      });
      const content = await this.#read(answer.body ?? [], response);
      return { status: answer.status, headers: new Headers([...answer.headers]), body: content };
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem('UPSTREAM_UNAVAILABLE', 'the upstream transformer cannot be reached');
    }
  }

  async #read(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, response: Response): Promise<Buffer> {
    const { limit, load } = this.#options;
    const content = new Gathered();
    for await (const chunk of chunks) {
      content.add(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      load?.hold(response, chunk.length);
      if (content.length > limit) {
        throw new Problem(
          'UPSTREAM_UNAVAILABLE',
          `the answer of the upstream transformer is larger than ${String(limit)} bytes`,
        );
      }
      if (load?.isFullBut(content.length) === true) throw load.shed('bytes');
    }
    return content.concat();
  }
}

/** Passes an answer on unchanged. */
export function relay(response: Response, { status, headers, body }: UpstreamResponse): void {
  response.status(status).setHeaders(new Headers(endToEnd([...headers])));
  response.end(body);
}

function endToEnd(headers: [string, string][]): [string, string][] {
  const named = headers
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(','));
  const dropped = new Set(named.map((name) => name.trim()));
  return headers.filter(([name]) => !HOP_HEADERS.has(name) && !dropped.has(name));
}

/** A request may contain a whole URL, and a path may start with two slashes. Neither may lead to another host. */
function pathOf(originalUrl: string): string {
  const { pathname, search } = new URL(originalUrl.startsWith('/') ? `http://localhost${originalUrl}` : originalUrl);
  return pathname + search;
}
