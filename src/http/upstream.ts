import type { Request, Response } from 'express';
import { Problem } from '../wire/problem.ts';

/** How long the upstream may take for an answer. */
const TIMEOUT_MS = 60_000;

/**
 * Headers that hold for one connection, or for a body as it was encoded on it: bodies are passed on decoded.
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

/** A call to the upstream; an Express request whose body was read is one. */
export type Call = Pick<Request, 'method' | 'originalUrl' | 'headers'> & { body?: Uint8Array<ArrayBuffer> | string };

/** What the upstream answers, its body decoded. */
export interface UpstreamResponse {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** The transformer that gets what is not ours. Nothing that goes to it or comes from it is ever logged. */
export class Upstream {
  readonly #url: string;

  /** @param url what paths are appended to, without a slash at its end */
  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Makes a call under the path and the query of the request.
   * @throws {Problem} UPSTREAM_UNAVAILABLE if there is no answer
   */
  async send({ method, originalUrl, headers, body }: Call): Promise<UpstreamResponse> {
    const hasBody = method !== 'GET' && method !== 'HEAD' && body !== undefined;
    try {
      const answer = await fetch(this.#url + pathOf(originalUrl), {
        method,
        headers: endToEnd(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(hasBody ? { body } : {}),
      });
      return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
    } catch {
      throw new Problem('UPSTREAM_UNAVAILABLE', 'the upstream transformer cannot be reached');
    }
  }
}

/** Passes an answer on as it is. */
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

/** A request may name a whole URL, and a path may begin with two slashes; neither may lead to another host. */
function pathOf(originalUrl: string): string {
  const { pathname, search } = new URL(originalUrl.startsWith('/') ? `http://localhost${originalUrl}` : originalUrl);
  return pathname + search;
}
