import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import express, { type RequestHandler, Router } from 'express';

import { keepable, pageHeaders, pagePolicy } from '../page.ts';
import { only } from './method.ts';

/** The placeholder for an answer's nonce in the built page. */
const NONCE = '__CSP_NONCE__';

/** The placeholder for whether the page can send requests. */
const SENDS = '__SENDS__';

/**
 * `GET /` and the files that its page loads.
 * @param folder the built page
 * @param deliver sends the requests of a result for the page. If absent, the page can't send
 */
export function playgroundRoutes(folder: string, deliver: readonly RequestHandler[] | undefined): Router {
  const router = Router();
  if (deliver !== undefined)
    router
      .route('/playground/deliver')
      .post(...deliver)
      .all(only('POST'));
  const page: RequestHandler = async (_request, response) => {
    const built = await readFile(path.join(folder, 'index.html'), 'utf8');
    const nonce = randomBytes(16).toString('base64');
    // The editor creates a style sheet when it starts.
    response.setHeader('Content-Security-Policy', pagePolicy(`'nonce-${nonce}'`));
    response.type('html').send(built.replaceAll(NONCE, nonce).replace(SENDS, String(deliver !== undefined)));
  };
  router.route('/').get(pageHeaders, page).all(only('GET'));
  // Their names change with their contents.
  const assets = express.static(path.join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false });
  router.use('/assets', pageHeaders, keepable, assets);
  return router;
}
