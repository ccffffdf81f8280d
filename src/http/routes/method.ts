import type { RequestHandler } from 'express';

import { Problem } from '../../wire/problem.ts';

/** Answers 405 to other methods on a path. */
export function only(method: string): RequestHandler {
  return (request, response) => {
    response.setHeader('Allow', method === 'GET' ? 'GET, HEAD' : method);
    throw new Problem('METHOD_NOT_ALLOWED', `${request.path} answers ${method} only`);
  };
}
