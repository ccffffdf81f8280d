import _ from 'lodash';

import type { Item } from './decode.ts';
import { type Element, keyOf } from './merge.ts';

/** Some items of a call, and the elements of two answers that answer exactly them. */
export interface Counterparts {
  items: Item[];
  theirs: Element[];
  ours: Element[];
}

/**
 * Divides the items of a call into the smallest parts that have their own elements in both answers, by the ids in their
 * metadata. An answer may merge items, or have none or several elements for one. Elements with unknown ids are left out.
 */
export function counterpartsOf(
  items: readonly Item[],
  theirs: readonly Element[],
  ours: readonly Element[],
): Counterparts[] {
  const parts = new Map<string, Counterparts>();
  for (const item of items) {
    const key = keyOf(item.metadata);
    const part = parts.get(key) ?? { items: [], theirs: [], ours: [] };
    part.items.push(item);
    parts.set(key, part);
  }
  const partOf = (element: Element): Counterparts | undefined => {
    const found = _.uniq(_.compact(_.castArray(element.metadata).map((one) => parts.get(keyOf(one)))));
    const [whole, ...rest] = _.orderBy(found, ({ items: { length } }) => length, 'desc');
    for (const part of rest) {
      for (const { metadata } of part.items) parts.set(keyOf(metadata), whole as Counterparts);
      for (const item of part.items) whole?.items.push(item);
    }
    return whole;
  };
  // Parts are complete before elements are added, so that those keep their order.
  for (const element of [...theirs, ...ours]) partOf(element);
  for (const element of theirs) partOf(element)?.theirs.push(element);
  for (const element of ours) partOf(element)?.ours.push(element);
  return _.uniq([...parts.values()]);
}
