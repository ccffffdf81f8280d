import type { RequestHandler } from 'express';

/**
 * What a page of the service may do: run only the service's own files, and talk only to the service.
 * @param styles additional sources of style sheets
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

/** Headers of a page and its files, besides those of all answers. */
export const pageHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('Referrer-Policy', 'no-referrer');
  next();
};

/** Lets clients cache a file, unlike all other answers. The sender says for how long. */
export const keepable: RequestHandler = (_request, response, next) => {
  response.removeHeader('Cache-Control');
  next();
};
