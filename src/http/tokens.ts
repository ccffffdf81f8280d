import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Problem } from '../wire/problem.ts';

/** What a client is told to bring: programs a bearer token, browsers a password, for which they ask whoever uses them. */
export const challenges = { program: 'Bearer', browser: 'Basic realm="Group Transformer", charset="UTF-8"' };

/**
 * Lets requests pass that bring one of the tokens, as a bearer token or as a password.
 * @param challenge what others are told to bring
 * @see https://www.rfc-editor.org/rfc/rfc6750
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function requireToken(tokens: readonly string[], challenge: string): RequestHandler {
  const digests = tokens.map(digest);
  return (request, response, next) => {
    const digestOfGiven = digest(tokenIn(request.headers.authorization));
    // Every token is compared, and digests of one length, so that the time that it takes tells nothing.
    const matches = digests.filter((known) => timingSafeEqual(known, digestOfGiven));
    if (matches.length > 0) {
      next();
      return;
    }
    response.setHeader('WWW-Authenticate', challenge);
    throw new Problem('TOKEN_INVALID', 'the request has no header "Authorization: Bearer" with a token that is known');
  };
}

function tokenIn(authorization = ''): string {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+) *$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value;
  const credentials = Buffer.from(value, 'base64').toString();
  return credentials.slice(credentials.indexOf(':') + 1);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
