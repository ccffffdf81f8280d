import _ from 'lodash';

import type { GroupEvent } from './event.ts';
import { isJsonObject } from './json.ts';
import { ANY_ELEMENT, ANY_KEY, type Fed, type PathStep } from './lineage.ts';

/** A place in a request that something of the group feeds. */
export interface GroupPlace {
  readonly path: readonly PathStep[];
  /** The keys of a place with any keys that belong to other places. */
  readonly others: ReadonlySet<PathStep>;
  /** What must be present of the group, if something else may take this place. */
  readonly needs: 'nothing' | 'id' | 'any';
}

const isOfGroup = (source: string) =>
  ['groupId', 'group_id', 'event.*'].includes(source) || source.startsWith('traits.');

/** The places in a request that something of the group feeds, cheapest check first. */
export function groupPlacesOf(fed: readonly Fed[]): readonly GroupPlace[] {
  const places = fed.flatMap(({ row: { from }, path, isPart }) => {
    if (!from.some(isOfGroup)) return [];
    const isSure = !isPart && from.every((source) => isOfGroup(source) && source !== 'event.*');
    const needs = isSure ? 'nothing' : from.filter(isOfGroup).every((source) => source === 'groupId') ? 'id' : 'any';
    return [{ path, others: path.at(-1) === ANY_KEY ? keysBeside(path, fed) : NONE, needs } as const];
  });
  return _.sortBy(places, ({ path, needs }) => path.length + (needs === 'nothing' ? 0 : 100));
}

const NONE: ReadonlySet<PathStep> = new Set();

function keysBeside(open: readonly PathStep[], fed: readonly Fed[]): ReadonlySet<PathStep> {
  const depth = open.length - 1;
  const beside = fed.filter(
    ({ path }) => path.length > depth && open.every((step, at) => at === depth || step === path[at]),
  );
  return new Set(beside.flatMap(({ path }) => path.slice(depth, depth + 1)));
}

/**
 * Whether a request contains the group's id or any of its traits. If another value may take the place, it counts if the
 * event has it.
 */
export function carriesGroup(places: readonly GroupPlace[], request: object, event: GroupEvent): boolean {
  return places.some(({ path, others, needs }) => has(event, needs) && isFilled(request, path, others, 0));
}

function has(event: GroupEvent, needs: GroupPlace['needs']): boolean {
  if (needs === 'nothing') return true;
  return event.groupIds.length > 0 || (needs === 'any' && !_.isEmpty(event.traits));
}

function isFilled(value: unknown, path: readonly PathStep[], others: ReadonlySet<PathStep>, at: number): boolean {
  // An object of traits may be present without any trait in it. An empty list, however, is a trait's own value.
  if (at === path.length) return value !== undefined && !(isJsonObject(value) && _.isEmpty(value));
  if (typeof value !== 'object' || value === null) return false;
  const step = path[at] as PathStep;
  if (step === ANY_ELEMENT) return Array.isArray(value) && isAnyFilled(value, path, others, at + 1);
  if (step !== ANY_KEY) return isFilled((value as Record<PathStep, unknown>)[step], path, others, at + 1);
  for (const key in value) if (!others.has(key)) return true;
  return false;
}

/** The same for a list. A closure in the function above would cost each of its calls. */
const isAnyFilled = (list: unknown[], path: readonly PathStep[], others: ReadonlySet<PathStep>, at: number): boolean =>
  list.some((item) => isFilled(item, path, others, at));
