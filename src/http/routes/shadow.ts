import express, { type RequestHandler, type Router } from 'express';

import { readName } from '../../wire/rudder/decode.ts';
import { process, route } from '../../wire/rudder/elements.ts';
import { processorStage, routerStage, type Stage } from '../../wire/rudder/merge.ts';
import type { Answered, Shadow } from '../shadow.ts';
import { relay, type Upstream } from '../upstream.ts';
import { readSecret } from './pipeline.ts';

interface ShadowRoutesOptions {
  upstream: Upstream;
  shadow: Shadow;
  /** Reads a body as bytes. */
  read: RequestHandler;
  now: () => Date;
}

/** The routes for events, which the upstream answers. The same calls are compared afterwards. */
export function shadowRoutes({ upstream, shadow, read, now }: ShadowRoutesOptions): Router {
  const shadowed =
    (stage: Stage, answerItems: Answered['answerItems']): RequestHandler =>
    async (request, response) => {
      const arrived = now();
      const answer = await upstream.send(request, response);
      relay(response, answer);
      const { type } = request.params;
      shadow.add({
        stage,
        answerItems,
        type: type === undefined ? undefined : readName(type),
        body: request.body as Buffer,
        secret: readSecret(request),
        answer,
        now: arrived,
      });
    };
  const router = express.Router();
  router.post('/v0/destinations/:type', read, shadowed(processorStage, process));
  router.post('/routerTransform', read, shadowed(routerStage, route));
  return router;
}
