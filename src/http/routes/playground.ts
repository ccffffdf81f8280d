import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import express, { Router, type RequestHandler } from 'express';
import { keepable, pageHeaders, pagePolicy } from '../page.ts';
import { only } from './method.ts';

/** Stands in the built page where the nonce of an answer belongs. */
const NONCE = '__CSP_NONCE__';

/** Stands where the page is told whether it may have requests made. */
const SENDS = '__SENDS__';

/**
 * `GET /` and what its page loads.
 * @param folder the page as it is built
 * @param deliver what makes the requests of a result for the page; absent, it sends nothing
 */
export function playgroundRoutes(folder: string, deliver: readonly RequestHandler[] | undefined): Router {
  const router = Router();
  if (deliver !== undefined)
    router
      .route('/playground/deliver')
      .post(...deliver)
      .all(only('POST'));
  router.get('/', pageHeaders, async (_request, response) => {
    const page = await readFile(path.join(folder, 'index.html'), 'utf8');
    const nonce = randomBytes(16).toString('base64');
    // The editor makes a style sheet as it starts.
    response.setHeader('Content-Security-Policy', pagePolicy(`'nonce-${nonce}'`));
    response.type('html').send(page.replaceAll(NONCE, nonce).replace(SENDS, String(deliver !== undefined)));
  });
  // Their names change with what is in them.
  const assets = express.static(path.join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false });
  router.use('/assets', pageHeaders, keepable, assets);
  return router;
}
