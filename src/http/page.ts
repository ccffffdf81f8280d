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

/** What a page and its files are answered with, beside what all answers have. */
export const pageHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('Referrer-Policy', 'no-referrer');
  next();
};

/** Lets a file be kept, unlike all other answers; who sends it says for how long. */
export const keepable: RequestHandler = (_request, response, next) => {
  response.removeHeader('Cache-Control');
  next();
};
