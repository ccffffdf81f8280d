import { createHash, timingSafeEqual } from 'node:crypto';

import type { RequestHandler } from 'express';

import { Problem } from '../wire/problem.ts';

/**
 * How clients must authenticate: programs with a bearer token, browsers with a password that they ask their user for.
 */
export const challenges = { program: 'Bearer', browser: 'Basic realm="Group Transformer", charset="UTF-8"' };

/**
 * Accepts requests with one of the tokens, as a bearer token or as a password.
 * @param challenge the answer to other requests
 * @param read reads the token from the `Authorization` header
 * @see https://www.rfc-editor.org/rfc/rfc6750
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
export function requireToken(tokens: readonly string[], challenge: string, read = tokenIn): RequestHandler {
  const digests = tokens.map(digest);
  return (request, response, next) => {
    const digestOfGiven = digest(read(request.headers.authorization));
    // Every token is compared, as digests of one length, so that the duration reveals nothing.
    const matches = digests.filter((known) => timingSafeEqual(known, digestOfGiven));
    if (matches.length > 0) {
      next();
      return;
    }
    response.setHeader('WWW-Authenticate', challenge);
    throw new Problem('TOKEN_INVALID', 'the header "Authorization: Bearer" is missing or its token is not valid');
  };
}

/** What an SDK sends: its write key is the user, and there is no password. */
export function writeKeyIn(authorization = ''): string {
  return /^(.*):$/.exec(credentialsIn(authorization))?.[1] ?? '';
}

function tokenIn(authorization = ''): string {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (bearer !== undefined) return bearer;
  const credentials = credentialsIn(authorization);
  return credentials.slice(credentials.indexOf(':') + 1);
}

function credentialsIn(authorization: string): string {
  const [, value = ''] = /^basic +(\S+) *$/i.exec(authorization) ?? [];
  return Buffer.from(value, 'base64').toString();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
