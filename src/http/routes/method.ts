import type { RequestHandler } from 'express';
import { Problem } from '../../wire/problem.ts';

/** Answers 405 to what comes to a path with another method. */
export function only(method: string): RequestHandler {
  return (request, response) => {
    response.setHeader('Allow', method === 'GET' ? 'GET, HEAD' : method);
    throw new Problem('METHOD_NOT_ALLOWED', `${request.path} answers ${method} only`);
  };
}
