import type { RequestHandler } from 'express';

/**
 * What a page of the service may do: run the service's own files only, and talk to nobody but the service.
 * @param styles further sources of style sheets
 */
export function pagePolicy(...styles: string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    ["style-src 'self'", ...styles].join(' '),
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** What a page and its files are answered with besides. */
export const pageHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  next();
};
