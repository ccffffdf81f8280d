import express, { type IRouter, type Request, type RequestHandler, type Response, type Router } from 'express';
import _ from 'lodash';

import { isJsonObject, type Json, tryParseJson } from '../../core/json.ts';
import { collect, type Windows } from '../../core/turns.ts';
import { Problem } from '../../wire/problem.ts';
import { type Call, readCall } from '../../wire/rudder/call.ts';
import { type Item, readName } from '../../wire/rudder/decode.ts';
import { KnownDestinations } from '../../wire/rudder/destinations.ts';
import { textOfElements } from '../../wire/rudder/echo.ts';
import {
  type Adapter,
  batch,
  governedOf,
  type OnOutcome,
  process,
  refuseElement,
  route,
} from '../../wire/rudder/elements.ts';
import { gate } from '../../wire/rudder/eligibility.ts';
import { type Feature, isRetryable } from '../../wire/rudder/encode.ts';
import { type Features, featuresOf } from '../../wire/rudder/features.ts';
import {
  type Element,
  merge,
  mergeFeatures,
  processorStage,
  readElements,
  routerStage,
  type Stage,
} from '../../wire/rudder/merge.ts';
import { parseCall } from '../../wire/rudder/parse.ts';
import { reduce, split } from '../../wire/rudder/split.ts';
import { textOfEach } from '../../wire/text.ts';
import { parseBytes } from '../body.ts';
import { headersOf } from '../headers.ts';
import { sendLists } from '../json.ts';
import { relay, type Upstream, type UpstreamResponse } from '../upstream.ts';
import { only } from './method.ts';
import type { Shared } from './shared.ts';

interface PipelineOptions extends Shared {
  /** Reads a body as bytes. */
  read: RequestHandler;
  /** Whether to apply the rules that a server applies before it calls. */
  isGated: boolean;
  /** Gets the rest of a pipeline's traffic. */
  upstream: Upstream | undefined;
}

/**
 * Adds the routes by which RudderStack's server calls its destination transformer, as far as this service answers them.
 * @param router the application: one more router would cost each call a twentieth
 */
export function addPipelineRoutes(router: IRouter, options: PipelineOptions): void {
  const { registry, transformer, calls, version, outcomes, take, read, upstream, now } = options;
  const adapterFor = (request: Request, onOutcome: OnOutcome): Adapter => ({
    transformer,
    calls,
    secret: readSecret(request),
    onOutcome,
    now: now(),
  });
  const onRouted: OnOutcome = (outcome, warnings, type, item) => {
    const { destination, message, rejected } = item;
    if (rejected === undefined) take?.(message, [governedOf(item, type)]);
    const messageId = isJsonObject(message) ? message.messageId : undefined;
    outcomes.record(type, outcome, warnings, destination?.Config, messageId);
  };
  const onProcessed: OnOutcome = (outcome, warnings, name, item) => {
    onRouted(outcome, warnings, name, item);
    // The server's processor gives up what is not 200, whatever the status.
    if (isRetryable(outcome)) outcomes.recordUnretried(name, outcome);
  };
  const processor = stageRoute(options, processorStage, (request, type, items) =>
    process(adapterFor(request, onProcessed), type ?? '', items),
  );
  const routed = stageRoute(options, routerStage, (request, type, items) =>
    route(adapterFor(request, onRouted), type, items),
  );

  // With another method, only the upstream may know what is asked.
  const refuse = (method: string): RequestHandler => (upstream === undefined ? only(method) : passOn);
  router.route('/v0/destinations/:type').post(read, processor).all(refuse('POST'));
  router.route('/routerTransform').post(read, routed).all(refuse('POST'));
  const batched: RequestHandler = async (request, response) => {
    const { type, items } = readRequest(request);
    // Items here are requests made from events, so only their destination says whose they are.
    const isOurs = upstream === undefined || type === undefined || registry.get(type) !== undefined;
    if (isOurs) await sendElements(response, 'batch', ['[', ']'], type, batch(type, items));
    else relay(response, await upstream.send(request, response));
  };
  router.route('/batch').post(read, batched).all(refuse('POST'));
  router
    .route('/features')
    .get(featuresRoute(featuresOf(registry), upstream))
    .all(refuse('GET'));
  const tellVersion: RequestHandler = (_request, response) => {
    sendText(response, version);
  };
  // What this says of this service is not the upstream's to answer, whatever the method.
  for (const path of ['/version', '/transformerBuildVersion']) router.route(path).get(tellVersion).all(only('GET'));
}

/** Passes everything that comes this far on to the upstream. */
export function upstreamRoutes(upstream: Upstream, read: RequestHandler): Router {
  const router = express.Router();
  router.use(read, async (request, response) => {
    relay(response, await upstream.send(request, response));
  });
  return router;
}

const passOn: RequestHandler = (_request, _response, next) => {
  next();
};

type Answerer = (request: Request, type: string | undefined, items: readonly Item[]) => Windows<Element>;

/** Answers the items of a call. The upstream answers those that are not ours. */
function stageRoute(
  { registry, isGated, upstream, load }: PipelineOptions,
  stage: Stage,
  answer: Answerer,
): RequestHandler {
  const known = new KnownDestinations();
  load?.addCache(() => {
    known.release();
  });
  return (request, response) => {
    const call = readRequest(request, known);
    const items = isGated ? call.items.map(gate) : call.items;
    const { type: named } = request.params;
    const type = named === undefined ? call.type : readName(named);
    const send = (windows: Windows<Element>) => sendElements(response, stage.feature, stage.around, type, windows);
    if (upstream === undefined || type === undefined) return send(answer(request, type, items));

    const { ours, foreign } = split(call.body, items, registry.get(type) !== undefined);
    if (foreign.length === 0) return send(answer(request, type, items));
    const askUpstream = async () => {
      if (ours.length === 0) {
        relay(response, await upstream.send(request, response));
        return;
      }
      const { method, originalUrl, headers } = request;
      const theirs = await upstream.send({ method, originalUrl, headers, body: reduce(call.body, foreign) }, response);
      const elements = readElements(theirs, foreign, type, stage);
      if (elements === undefined) throw unavailable(theirs);
      const own = { items: ours, elements: await collect(answer(request, type, _.map(ours, 'item'))) };
      await send([merge(own, { items: foreign, elements })]);
    };
    return askUpstream();
  };
}

function featuresRoute(features: Features, upstream: Upstream | undefined): RequestHandler {
  const text = JSON.stringify(features);
  return async ({ originalUrl, headers }, response) => {
    if (upstream === undefined) {
      sendText(response, text);
      return;
    }
    const answer = await upstream.send({ method: 'GET', originalUrl, headers }, response);
    const merged = mergeFeatures(answer, features);
    // On a 503, the server keeps its features. On a 404, it would fall back to its built-in ones.
    if (merged === undefined) throw unavailable(answer);
    sendText(response, JSON.stringify(merged));
  };
}

/** The token that the server adds to a call for destinations with OAuth. */
export function readSecret(request: Request): Json | undefined {
  const header = request.headers['oauth-secret'];
  return typeof header === 'string' ? tryParseJson(header) : undefined;
}

function unavailable({ status }: UpstreamResponse): Problem {
  return new Problem(
    'UPSTREAM_UNAVAILABLE',
    `the upstream transformer answered ${String(status)} without a usable body`,
  );
}

/** @throws {Problem} BODY_TOO_LARGE, BODY_NOT_JSON, or ENVELOPE_INVALID if no item can be read */
function readRequest(request: Request, known?: KnownDestinations): Call {
  return readCall(request.body as Buffer, () => parseBytes(request, (bytes) => parseCall(bytes, known)));
}

/** The server stops at an answer with elements that lacks this version. */
function sendElements(
  response: Response,
  feature: Feature,
  [opening, closing]: Stage['around'],
  type: string | undefined,
  windows: Windows<Element>,
): Promise<void> | undefined {
  const toText = (elements: readonly Element[]) =>
    textOfEach(elements, textOfElements, (element) => refuseElement(element, type ?? '', feature));
  headersOf(response).apiVersion = '2';
  return sendLists(response, [{ opening, windows, toText }], closing);
}

function sendText(response: Response, content: string): void {
  response.type('text/plain').send(content);
}
