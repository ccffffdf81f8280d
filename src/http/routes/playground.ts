import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import express, { Router, type RequestHandler } from 'express';
import { keepable, pageHeaders, pagePolicy } from '../page.ts';
import { only } from './method.ts';

/** Stands in the built page where the nonce of an answer belongs. */
const NONCE = '__CSP_NONCE__';

/**
 * `GET /` and what its page loads.
 * @param folder the page as it is built
 */
export function playgroundRoutes(folder: string): Router {
  const router = Router();
  const page: RequestHandler = async (_request, response) => {
    const built = await readFile(path.join(folder, 'index.html'), 'utf8');
    const nonce = randomBytes(16).toString('base64');
    // The editor makes a style sheet as it starts.
    response.setHeader('Content-Security-Policy', pagePolicy(`'nonce-${nonce}'`));
    response.type('html').send(built.replaceAll(NONCE, nonce));
  };
  router.route('/').get(pageHeaders, page).all(only('GET'));
  // Their names change with what is in them.
  const assets = express.static(path.join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false });
  router.use('/assets', pageHeaders, keepable, assets);
  return router;
}
