import type { Response } from 'express';
import { codes } from '../contract/codes.ts';
import type { Problem } from '../wire/problem.ts';
import { sendJson } from './json.ts';

/**
 * Answers with a problem.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function sendProblem(response: Response, { code, message, path }: Problem): void {
  const { status, summary } = codes[code];
  if (status === 503) {
    // RudderStack's server repeats a call for this header alone as long as it takes.
    response.setHeader('X-Rudder-Should-Retry', 'true').setHeader('Retry-After', '1');
  }
  const body = { type: 'about:blank', title: summary, status, code, detail: message, path };
  sendJson(response, status, body, 'application/problem+json');
}
