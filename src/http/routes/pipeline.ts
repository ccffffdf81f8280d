import express, { type Request, type RequestHandler, type Router } from 'express';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { Registry } from '../../core/registry.ts';
import type { Transformer } from '../../core/transform.ts';
import { featuresOf } from '../../pipeline/rudder/features.ts';
import { readItems, type Item } from '../../pipeline/rudder/item.ts';
import { batch, process, route } from '../../pipeline/rudder/rudder.ts';
import { parseBytes, readBytes } from '../body.ts';
import { sendJson } from '../json.ts';
import { Problem } from '../problem.ts';

interface PipelineOptions {
  registry: Registry;
  transformer: Transformer;
  version: string;
  bodyLimit: number;
  now: () => Date;
}

/** The routes by which RudderStack's server calls its destination transformer. */
export function pipelineRoutes({ registry, transformer, version, bodyLimit, now }: PipelineOptions): Router {
  const router = express.Router();
  const read = readBytes(bodyLimit);

  router.post('/v0/destinations/:type', read, (request, response) => {
    const { items } = readCall(request);
    response.setHeader('apiVersion', '2');
    sendJson(response, 200, process(transformer, String(request.params.type).trim(), items, now()));
  });
  router.post('/routerTransform', read, (request, response) => {
    const { items, type } = readCall(request);
    response.setHeader('apiVersion', '2');
    sendJson(response, 200, { output: route(transformer, type, items, now()) });
  });
  router.post('/batch', read, (request, response) => {
    response.setHeader('apiVersion', '2');
    sendJson(response, 200, batch(readCall(request).items));
  });

  const features = JSON.stringify(featuresOf(registry));
  router.get('/features', text(features));
  router.get(['/version', '/transformerBuildVersion'], text(version));
  return router;
}

/** @throws {Problem} BODY_NOT_JSON, or ENVELOPE_INVALID where no item can be made out */
function readCall(request: Request): { items: Item[]; type: string | undefined } {
  const body: Json = parseBytes(request);
  const items = readItems(body, (request.body as Buffer).length);
  if (items === undefined) throw new Problem('ENVELOPE_INVALID', 'the body has no list of items');
  const type = isJsonObject(body) && typeof body.destType === 'string' ? body.destType.trim() : undefined;
  return { items, type };
}

function text(content: string): RequestHandler {
  return (_request, response) => {
    response.type('text/plain').send(content);
  };
}
