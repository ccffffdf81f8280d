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
    // This header alone makes RudderStack's server retry a call as long as necessary.
    response.setHeader('X-Rudder-Should-Retry', 'true').setHeader('Retry-After', '1');
  }
  const body = { type: 'about:blank', title: summary, status, code, detail: message, path };
  sendJson(response, status, body, 'application/problem+json');
}
