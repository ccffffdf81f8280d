import { Router } from 'express';
import type { Registry } from '../../core/registry.ts';
import type { Settle } from '../../wire/native/results.ts';
import { Transformer } from '../../core/transform.ts';
import { readBytes } from '../body.ts';
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
  /** Performs dialogues with vendors, where the service does so. */
  settle: Settle | undefined;
  version: string;
  outcomes: Outcomes;
  now: () => Date;
  onError: (error: unknown, context: string) => void;
  load: Load | undefined;
  /** The most bytes of a body, or of a line of a stream. */
  bodyLimit: number;
  /** How long the client of a stream may neither send nor read anything, in milliseconds. */
  stallTimeout: number;
  /** Those of which one is asked for; none is, if absent. */
  tokens: readonly string[] | undefined;
  playgroundFolder: string | undefined;
}

/** What tokens guard: the native API, and what describes it to people. */
const GUARDED = ['/transform', '/destinations', '/openapi.json'];
const GUARDED_PAGES = ['/docs'];

/** The native API, what describes it, and the page to try it on. */
export function nativeRoutes(options: NativeOptions): Router {
  const { registry, version, onError, load, bodyLimit, tokens, playgroundFolder } = options;
  const router = Router();
  if (tokens !== undefined) {
    router.use(GUARDED, requireToken(tokens, challenges.program));
    router.use(GUARDED_PAGES, requireToken(tokens, challenges.browser));
  }
  const transforming = { ...options, explainer: new Transformer({ registry, onMapperError: onError, explains: true }) };
  router
    .route('/transform')
    .post(
      streamRoute({ ...transforming, lineLimit: bodyLimit }),
      readBytes(bodyLimit, load),
      transformRoute(transforming),
    )
    .all(only('POST'));
  router.route('/destinations').get(destinationsRoute(registry)).all(only('GET'));
  router.route('/destinations/:name').get(destinationRoute(registry)).all(only('GET'));
  router.use(docsRoutes(version));
  if (playgroundFolder !== undefined) router.use(playgroundRoutes(playgroundFolder));
  return router;
}
