import type { Response } from 'express';
import { codes, type ProblemCode } from '../core/codes.ts';
import { sendJson } from './json.ts';

/** An error of a whole request, answered as RFC 9457 describes. `path` names the place in the body. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly path: string | undefined;

  constructor(code: ProblemCode, detail: string, path?: string) {
    super(detail);
    this.code = code;
    this.path = path;
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9457 */
export function sendProblem(response: Response, { code, message, path }: Problem): void {
  const { status, summary } = codes[code];
  if (status === 503) {
    // RudderStack's server repeats a call for this header alone as long as it takes.
    response.setHeader('X-Rudder-Should-Retry', 'true').setHeader('Retry-After', '1');
  }
  const body = { type: 'about:blank', title: summary, status, code, detail: message, path };
  sendJson(response, status, body, 'application/problem+json');
}
