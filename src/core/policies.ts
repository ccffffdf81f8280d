import _ from 'lodash';
import { LRUCache } from 'lru-cache';

import type { PoliciesByDestination, PolicyRules } from '../contract/policy.ts';
import { cacheLimits } from './limits.ts';
import { type NamedRules, Policy } from './policy.ts';
import type { Registry } from './registry.ts';

/** What decides on the policy of a destination. */
export interface Governed {
  id: string;
  name: string;
  /** The caller's own. */
  policy?: PolicyRules;
}

/** An estimate of the memory that a character of a policy takes once it is compiled. */
const BYTES_PER_CHARACTER = 20;

/** The policies that hold for every caller, joined with those of callers. Equal ones are compiled once. */
export class Policies {
  readonly #registry: Registry;
  /** By the names of destinations, and by ids. */
  readonly #given: ReadonlyMap<string, readonly NamedRules[]>;
  readonly #held = new Map<string, Policy>();
  readonly #joined = new LRUCache<string, Policy>({
    maxSize: cacheLimits.policyBytes,
    sizeCalculation: ({ key }) => BYTES_PER_CHARACTER * key.length,
  });

  /** @param given policies by the names or ids of destinations */
  constructor(registry: Registry, given: PoliciesByDestination = {}) {
    this.#registry = registry;
    const rules = Object.entries(given).map(([key, one]): [string, NamedRules] => [key, [`POLICIES.${key}`, one]]);
    const ofNames = rules.filter(([key]) => registry.get(key) !== undefined);
    const byName = _.groupBy(ofNames, ([key]) => `name ${String(registry.get(key)?.name)}`);
    const byId = _.groupBy(rules, ([key]) => `id ${key}`);
    this.#given = new Map(Object.entries({ ...byName, ...byId }).map(([key, of]) => [key, of.map(([, one]) => one)]));
  }

  /** All policies of a destination as one, or undefined if it has none. */
  of({ id, name, policy }: Governed): Policy | undefined {
    if (policy === undefined && this.#given.size === 0) return undefined;
    const named = this.#registry.get(name)?.name;
    const ofName = named === undefined ? undefined : this.#given.get(`name ${named}`);
    const ofId = this.#given.get(`id ${id}`);
    if (policy === undefined && ofName === undefined && ofId === undefined) return undefined;
    const held = _.union(ofName, ofId);
    if (policy !== undefined) return this.#join([['policy', policy], ...held]);
    const key = JSON.stringify([named, ofId && id]);
    const known = this.#held.get(key) ?? new Policy(held);
    this.#held.set(key, known);
    return known;
  }

  #join(given: readonly NamedRules[]): Policy {
    const key = JSON.stringify(given);
    const known = this.#joined.get(key) ?? new Policy(given);
    this.#joined.set(key, known);
    return known;
  }

  /** Releases what callers' policies were compiled to. */
  release(): void {
    this.#joined.clear();
  }
}
