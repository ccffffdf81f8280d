import compression from 'compression';
import type { RequestHandler } from 'express';

/**
 * Compresses an answer if its client accepts that. An answer that is written in parts stays as it is: a compressor between
 * the answer and the client would hide how fast the client reads.
 */
export const compress: RequestHandler = compression({
  filter: (request, response) => response.hasHeader('Content-Length') && compression.filter(request, response),
});

/** The same for results with explanations, which people read. Programs close by get the others, as fast as possible. */
export const compressExplained: RequestHandler = (request, response, next) => {
  if (request.query.explain === 'true') compress(request, response, next);
  else next();
};
