import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import express, { type Router } from 'express';
import _ from 'lodash';
import { sendJson } from '../json.ts';
import { describeApi } from '../openapi.ts';
import { keepable, pageHeaders, pagePolicy } from '../page.ts';

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

/**
 * `GET /openapi.json`, the description of the API, and `GET /docs`, the same as a page.
 * @param isLive whether the service takes events for the playground
 */
export function docsRoutes(version: string, isLive: boolean): Router {
  // Few clients request it, and building it takes longer than the rest of the start.
  const api = _.once(() => describeApi(version, isLive));
  const router = express.Router();
  router.get('/openapi.json', (_request, response) => {
    sendJson(response, 200, api());
  });
  router.use('/docs', pageHeaders, (_request, response, next) => {
    response.setHeader('Content-Security-Policy', pagePolicy());
    next();
  });
  router.get('/docs', (_request, response) => {
    response.type('html').send(PAGE);
  });
  router.get('/docs/start.js', (_request, response) => {
    response.type('js').send(START);
  });
  router.get(
    RENDERER_FILES.map((name) => `/docs/${name}`),
    keepable,
    (request, response) => {
      response.sendFile(path.basename(request.path), { root: rendererFolder, maxAge: '1h' });
    },
  );
  return router;
}
