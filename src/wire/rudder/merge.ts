import _ from 'lodash';

import { isJsonObject, type Json, type JsonObject, tryParseJson } from '../../core/json.ts';
import type { Item } from './decode.ts';
import { echoOf } from './elements.ts';
import { type Feature, tagsOf } from './encode.ts';
import type { Features } from './features.ts';
import type { IndexedItem } from './split.ts';

/** What surrounds the elements on each of the two event routes, and how each reports that an item failed. */
export interface Stage {
  feature: Feature;
  /** The text before and after the elements. */
  around: readonly [opening: string, closing: string];
  unwrap: (body: Json) => Json | undefined;
  /** The status of an item whose call got another status than 200. */
  statusOf: (status: number) => number;
  echo: (item: Item) => Element;
}

/** One element of an answer, ours or the upstream's. A router's has a list of metadata. */
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
  // The server does the same. Taken as an element's own, a 204 would be a success that sends nothing.
  statusOf: (status) => (status === 404 ? 404 : 500),
  echo: (item) => echoOf([item]),
};

/** An answer of the upstream. */
export interface UpstreamAnswer {
  status: number;
  headers: { get: (name: string) => string | null };
  body: { toString: () => string };
}

/**
 * Reads the elements of an answer for the foreign items of a call.
 * A server retries a processor's call as a whole or not at all: an element that is not 200 is given up. So a transient
 * failure must fail the whole call, including our items, none of which has been delivered yet. A failure per foreign
 * item would lose them, and leaving them out would lose them silently. The server applies any other status to each item
 * of the call, so it is applied to the foreign ones, and ours are not affected.
 * @returns undefined if the whole call must be retried
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

/** Puts each element where the first item that it answers was in the call. */
export function merge(...parts: readonly Part[]): Element[] {
  const indexed = parts.flatMap(({ items, elements }) => {
    const indexes = indexesOf(elements, items);
    return elements.map((element, at) => ({ element, index: indexes[at] }));
  });
  return _.sortBy(indexed, 'index').map(({ element }) => element);
}

/**
 * Finds the position of each element by the ids in its metadata. Ids may repeat. So one element per item, in the same
 * order, is taken as exactly that. Otherwise an id is searched from the last match on. An element with unknown ids
 * stays behind the one before it.
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

/** The ids by which the server finds the item of an element, or those of an item. */
export function keyOf(metadata: Json | undefined): string {
  const { jobId, messageId } = isJsonObject(metadata) ? metadata : {};
  return JSON.stringify([jobId, messageId]);
}

/**
 * Adds our destinations to the features of the upstream. The upstream's own features stay unchanged: the server follows
 * them in calls that the upstream gets too.
 * @returns undefined if the upstream has not sent any
 */
export function mergeFeatures({ status, body }: UpstreamAnswer, ours: Features): JsonObject | undefined {
  const theirs = status === 200 ? tryParseJson(String(body)) : undefined;
  if (!isJsonObject(theirs)) return undefined;
  const routed = isJsonObject(theirs.routerTransform) ? theirs.routerTransform : {};
  return { ...theirs, routerTransform: { ...routed, ...ours.routerTransform } };
}
