import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Problem } from '../core/problem.ts';

/**
 * Lets requests pass that bring one of the tokens.
 * @see https://www.rfc-editor.org/rfc/rfc6750
 */
export function requireToken(tokens: readonly string[]): RequestHandler {
  const digests = tokens.map(digest);
  return (request, response, next) => {
    const [, given = ''] = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    const digestOfGiven = digest(given);
    // Every token is compared, and digests of one length, so that the time that it takes tells nothing.
    const matches = digests.filter((known) => timingSafeEqual(known, digestOfGiven));
    if (matches.length > 0) {
      next();
      return;
    }
    response.setHeader('WWW-Authenticate', 'Bearer');
    throw new Problem('TOKEN_INVALID', 'the request has no header "Authorization: Bearer" with a token that is known');
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
