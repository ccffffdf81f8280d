import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import express, { type RequestHandler, type Router } from 'express';
import _ from 'lodash';

import { sendJson } from '../json.ts';
import { describeApi, type Served } from '../openapi.ts';
import { keepable, pageHeaders, pagePolicy } from '../page.ts';
import { only } from './method.ts';

const require = createRequire(import.meta.url);

/** Where a build has the renderer, relative to the compiled file. Nothing is loaded from elsewhere. */
const builtFolder = path.resolve(import.meta.dirname, '../../../swagger-ui');

/** Before a build, the renderer is where the build copies it from. */
const rendererFolder = existsSync(builtFolder)
  ? builtFolder
  : path.dirname(require.resolve('swagger-ui-dist/package.json'));

/** The renderer's own files. Some of its icons are `data:` URLs. */
const RENDERER_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'];

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Group Transformer</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <script src="/docs/swagger-ui-bundle.js" defer></script>
    <script src="/docs/start.js" defer></script>
  </head>
  <body>
    <div id="docs"></div>
  </body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

/** `GET /openapi.json`, the description of the API, and `GET /docs`, the same as a page. */
export function docsRoutes(version: string, served: Served): Router {
  // Few clients request it, and building it takes longer than the rest of the start.
  const api = _.once(() => describeApi(version, served));
  const router = express.Router();
  const page = (path: string, ...handlers: RequestHandler[]) =>
    router
      .route(path)
      .get(...handlers)
      .all(only('GET'));
  page('/openapi.json', (_request, response) => {
    sendJson(response, 200, api());
  });
  router.use('/docs', pageHeaders, (_request, response, next) => {
    response.setHeader('Content-Security-Policy', pagePolicy());
    next();
  });
  page('/docs', (_request, response) => {
    response.type('html').send(PAGE);
  });
  page('/docs/start.js', (_request, response) => {
    response.type('js').send(START);
  });
  for (const name of RENDERER_FILES) {
    page(`/docs/${name}`, keepable, (_request, response) => {
      response.sendFile(name, { root: rendererFolder, maxAge: '1h' });
    });
  }
  return router;
}
