import { Router } from 'express';

import type { Deliverer } from '../../deliver/delivery.ts';
import { readBytes } from '../body.ts';
import { compress, compressExplained } from '../compress.ts';
import type { AppLimits } from '../limits.ts';
import { Live } from '../live.ts';
import type { Metrics } from '../metrics.ts';
import type { Served } from '../openapi.ts';
import { challenges, requireToken, writeKeyIn } from '../tokens.ts';
import { deliverRoute } from './deliver.ts';
import { destinationRoute, destinationsRoute } from './destinations.ts';
import { docsRoutes } from './docs.ts';
import { liveRoutes } from './live.ts';
import { only } from './method.ts';
import { playgroundRoutes } from './playground.ts';
import type { Shared } from './shared.ts';
import { streamRoute } from './stream.ts';
import { transformRoute } from './transform.ts';

interface NativeOptions extends Shared {
  limits: AppLimits;
  /** The tokens, one of which is required; none if absent. */
  tokens: readonly string[] | undefined;
  /** Sends the requests of results, if the service does that. */
  deliverer: Pick<Deliverer, 'deliver'> | undefined;
  metrics: Metrics;
  playgroundFolder: string | undefined;
  /** The same for the playground. */
  playgroundDeliverer: Pick<Deliverer, 'deliver'> | undefined;
  /** The routes that are served besides those of every port. */
  served: Served;
}

/** What tokens guard: the native API and its documentation. */
const GUARDED = ['/transform', '/deliver', '/playground/deliver', '/destinations', '/openapi.json', '/live'];
const GUARDED_PAGES = ['/docs'];

/** What the pages of the service load, besides results. */
const COMPRESSED = ['/destinations', '/openapi.json', '/docs', '/assets', '/live', '/playground/deliver'];

/** The native API, its documentation, and the playground. */
export function nativeRoutes(options: NativeOptions): Router {
  const { registry, version, load, limits, tokens, deliverer, metrics, playgroundFolder, playgroundDeliverer, served } =
    options;
  const router = Router();
  const read = readBytes(limits.bodyBytes, load, limits.arrival);
  if (tokens !== undefined) {
    router.use(GUARDED, requireToken(tokens, challenges.program));
    router.use(GUARDED_PAGES, requireToken(tokens, challenges.browser));
  }
  router
    .route('/transform')
    .post(streamRoute(options), compressExplained, read, transformRoute(options))
    .all(only('POST'));
  router.use(COMPRESSED, compress);
  router.route('/destinations').get(destinationsRoute(registry)).all(only('GET'));
  router.route('/destinations/:name').get(destinationRoute(registry)).all(only('GET'));
  const deliverBy = (by: Pick<Deliverer, 'deliver'>) => [read, deliverRoute(by, metrics)];
  if (deliverer !== undefined) router.route('/deliver').post(deliverBy(deliverer)).all(only('POST'));
  router.use(docsRoutes(version, served));
  if (playgroundFolder !== undefined) {
    router.use(playgroundRoutes(playgroundFolder, playgroundDeliverer && deliverBy(playgroundDeliverer)));
  }
  if (served.isLive) {
    router.use(liveRoutes(new Live(options.now), read, tokens && requireToken(tokens, challenges.program, writeKeyIn)));
  }
  return router;
}
