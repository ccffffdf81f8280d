import { Router } from 'express';
import type { Registry } from '../../core/registry.ts';
import type { VendorCalls } from '../../core/settle.ts';
import type { Transformer } from '../../core/transform.ts';
import { readBytes } from '../body.ts';
import type { AppLimits } from '../limits.ts';
import type { Load } from '../load.ts';
import type { Outcomes } from '../outcomes.ts';
import { challenges, requireToken } from '../tokens.ts';
import { destinationRoute, destinationsRoute } from './destinations.ts';
import { docsRoutes } from './docs.ts';
import { only } from './method.ts';
import { playgroundRoutes } from './playground.ts';
import { streamRoute } from './stream.ts';
import { transformRoute } from './transform.ts';

interface NativeOptions {
  registry: Registry;
  transformer: Transformer;
  /** Calls vendors, where the service holds dialogues itself. */
  calls: VendorCalls | undefined;
  version: string;
  outcomes: Outcomes;
  now: () => Date;
  load: Load | undefined;
  limits: AppLimits;
  /** Those of which one is asked for; none is, if absent. */
  tokens: readonly string[] | undefined;
  playgroundFolder: string | undefined;
  /** Whether the routes of pipelines are on the same port. */
  hasPipeline: boolean;
}

/** What tokens guard: the native API, and what describes it to people. */
const GUARDED = ['/transform', '/destinations', '/openapi.json'];
const GUARDED_PAGES = ['/docs'];

/** The native API, what describes it, and the page to try it on. */
export function nativeRoutes(options: NativeOptions): Router {
  const { registry, version, load, limits, tokens, playgroundFolder, hasPipeline } = options;
  const router = Router();
  if (tokens !== undefined) {
    router.use(GUARDED, requireToken(tokens, challenges.program));
    router.use(GUARDED_PAGES, requireToken(tokens, challenges.browser));
  }
  router
    .route('/transform')
    .post(streamRoute(options), readBytes(limits.bodyBytes, load, limits.arrival), transformRoute(options))
    .all(only('POST'));
  router.route('/destinations').get(destinationsRoute(registry)).all(only('GET'));
  router.route('/destinations/:name').get(destinationRoute(registry)).all(only('GET'));
  router.use(docsRoutes(version, hasPipeline));
  if (playgroundFolder !== undefined) router.use(playgroundRoutes(playgroundFolder));
  return router;
}
