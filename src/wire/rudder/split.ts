import _ from 'lodash';

import { isGroupEvent } from '../../core/event.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { eventLimits } from '../../core/limits.ts';
import { type Item, listOf } from './decode.ts';

/*
 * The service may sit in front of the pipeline's own transformer, the upstream. It passes on what it does not answer
 * itself: events of other types than group, and unknown types of destinations.
 */

/** An item and its position in its call. */
export interface IndexedItem {
  item: Item;
  index: number;
}

/** The items of a call, by who answers them. */
export interface Split {
  ours: IndexedItem[];
  foreign: IndexedItem[];
}

/** @param isKnown whether the call's type is one of our destinations */
export function split(body: Json, items: readonly Item[], isKnown: boolean): Split {
  const entries = listOf(body) ?? [];
  // If it were deeper, it might be impossible to serialize again. An event is one level below its entry, and a
  // destination that is given once is two levels below the body.
  const canPassOn = !isJsonObject(body) || !isDeeperThan(_.omit(body, 'input'), eventLimits.depth + 2);
  const [foreign, ours] = _.partition(
    items.map((item, index): IndexedItem => ({ item, index })),
    ({ item, index }) => canPassOn && isForeign(item, isKnown) && !isDeeperThan(entries[index], eventLimits.depth + 1),
  );
  return { ours, foreign };
}

/**
 * An item without a destination is never foreign, since the upstream would fail the whole call. The upstream decides
 * how large an event may be.
 */
function isForeign({ message, destination, rejected }: Item, isKnown: boolean): boolean {
  if (destination === undefined || (rejected !== undefined && rejected.code !== 'EVENT_TOO_LARGE')) return false;
  return !isKnown || !isJsonObject(message) || !isGroupEvent(message);
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isDeeperThan(child, levels - 1));
}

/** The text of a call with only some of its items, in its original form. */
export function reduce(body: Json, kept: readonly IndexedItem[]): string {
  const entries = listOf(body) ?? [];
  const input = kept.map(({ index }) => entries[index]);
  return JSON.stringify(isJsonObject(body) ? { ...body, input } : input);
}
