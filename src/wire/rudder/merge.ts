import _ from 'lodash';
import { isJsonObject, tryParseJson, type Json, type JsonObject } from '../../core/json.ts';
import type { Item } from './decode.ts';
import { echoOf } from './elements.ts';
import { tagsOf, type Feature } from './encode.ts';
import type { Features } from './features.ts';
import type { IndexedItem } from './split.ts';

/** What one of the two routes for events says around its elements, and how it says that an item failed. */
export interface Stage {
  feature: Feature;
  /** The text before the elements and after them. */
  around: readonly [opening: string, closing: string];
  unwrap: (body: Json) => Json | undefined;
  /** The status of an item whose call was answered with another status than 200. */
  statusOf: (status: number) => number;
  echo: (item: Item) => Element;
}

/** One element of an answer, ours or the upstream's; a router's has a list of metadata. */
export interface Element {
  metadata?: Json | undefined;
  destination?: unknown;
}

export const processorStage: Stage = {
  feature: 'processor',
  around: ['[', ']'],
  unwrap: (body) => body,
  statusOf: (status) => status,
  echo: ({ metadata }) => (metadata === undefined ? {} : { metadata }),
};

export const routerStage: Stage = {
  feature: 'router',
  around: ['{"output":[', ']}'],
  unwrap: (body) => (isJsonObject(body) ? body.output : undefined),
  // As the server does it; taken for an element's own, a 204 would be a success that sends nothing.
  statusOf: (status) => (status === 404 ? 404 : 500),
  echo: (item) => echoOf([item]),
};

/** An answer of the upstream. */
interface UpstreamAnswer {
  status: number;
  headers: { get: (name: string) => string | null };
  body: { toString: () => string };
}

/**
 * Reads the elements of an answer for the foreign items of a call.
 *
 * A server repeats a processor's call as a whole or not at all: an element that is not 200 is given up. What passes with
 * time must therefore fail the call, ours included, of which nothing has been delivered then; to give the foreign items
 * a failure each would lose them, and to leave them out would lose them in silence. Any other status the server holds
 * against each item of the call, so it is held against the foreign ones, and ours need not suffer.
 * @returns undefined where the whole call is to be repeated
 */
export function readElements(
  { status, headers, body }: UpstreamAnswer,
  foreign: readonly IndexedItem[],
  type: string,
  stage: Stage,
): Element[] | undefined {
  if (status >= 500 || status === 408 || status === 429) return undefined;
  if (status === 200) return headers.get('apiVersion') === '2' ? parseElements(String(body), stage) : undefined;
  const statusCode = stage.statusOf(status);
  return foreign.map(({ item }) => ({
    ...stage.echo(item),
    statusCode,
    error: String(body),
    statTags: {
      errorCategory: 'transformation',
      errorType: statusCode === 500 ? 'retryable' : 'aborted',
      ...tagsOf(item, type, stage.feature),
    },
  }));
}

function parseElements(text: string, { unwrap }: Stage): Element[] | undefined {
  const body = tryParseJson(text);
  const elements = body === undefined ? undefined : unwrap(body);
  return Array.isArray(elements) && elements.every(isJsonObject) ? elements : undefined;
}

/** Some items of a call, and the elements that answer them, in any number and order. */
export interface Part {
  items: readonly IndexedItem[];
  elements: readonly Element[];
}

/** Puts each element where the first item that it answers stood in the call. */
export function merge(...parts: readonly Part[]): Element[] {
  const indexed = parts.flatMap(({ items, elements }) => {
    const indexes = indexesOf(elements, items);
    return elements.map((element, at) => ({ element, index: indexes[at] }));
  });
  return _.sortBy(indexed, 'index').map(({ element }) => element);
}

/**
 * Finds the index of each element by the ids in its metadata. Ids may repeat, so one element per item in the same order
 * is taken for just that; otherwise, an id is looked for from the last item found on. An element of unknown ids stays
 * behind the one before it.
 */
function indexesOf(elements: readonly Element[], items: readonly IndexedItem[]): number[] {
  const keys = items.map(({ item }) => keyOf(item.metadata));
  const wanted = elements.map(({ metadata }) => _.castArray(metadata).map(keyOf));
  const indexes = _.map(items, 'index');
  if (_.isEqual(wanted, _.chunk(keys))) return indexes;

  let last = 0;
  return wanted.map((elementKeys) => {
    const found = elementKeys.map((key) => {
      const next = keys.indexOf(key, last);
      return next === -1 ? keys.indexOf(key) : next;
    });
    last = _.min(found.filter((at) => at !== -1)) ?? last;
    return indexes[last] as number;
  });
}

function keyOf(metadata: Json | undefined): string {
  const { jobId, messageId } = isJsonObject(metadata) ? metadata : {};
  return JSON.stringify([jobId, messageId]);
}

/**
 * Adds our destinations to the features of the upstream. What it says of itself stays as it is: the server goes by it
 * in calls that the upstream gets too.
 * @returns undefined where the upstream has not said any
 */
export function mergeFeatures({ status, body }: UpstreamAnswer, ours: Features): JsonObject | undefined {
  const theirs = status === 200 ? tryParseJson(String(body)) : undefined;
  if (!isJsonObject(theirs)) return undefined;
  const routed = isJsonObject(theirs.routerTransform) ? theirs.routerTransform : {};
  return { ...theirs, routerTransform: { ...routed, ...ours.routerTransform } };
}
