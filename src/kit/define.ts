import type { z } from 'zod';
import {
  DEFINITION,
  type Bound,
  type PlacedRequest,
  type RejectingDestination,
  type SendingDestination,
} from '../core/definition.ts';
import { ConfigError, MappingFailure } from '../core/outcome.ts';
import { Binding, EXPRESSION, freshSlots, missing, originOf, type Expr, type Scope } from './expression.ts';
import { RequestCompiler, type RequestNode } from './request.ts';
import { compileCondition } from './structure.ts';
import { hostMatches } from './url.ts';

/** A condition that an event must meet to be sent. */
export interface Rule {
  readonly expr: Expr<unknown>;
  /** Whether the condition must hold, or must not. */
  readonly must: boolean;
  readonly message: string | undefined;
}

/** Fails the event where a value is absent. */
export const need = (expr: Expr<unknown>, message?: string): Rule => ({ expr, must: true, message });

/** Fails the event where a condition holds. */
export const refuse = (expr: Expr<unknown>, message: string): Rule => ({ expr, must: false, message });

interface Described {
  /** Kebab-case, the name of the folder. */
  name: string;
  /** The vendor's name as the vendor writes it. */
  title: string;
  /** The vendor's page about the call. */
  docs: string;
  /** Further names under which pipelines and events know the destination; case does not matter. */
  aliases?: readonly string[];
}

interface Definition<Schema extends z.ZodType> extends Described {
  config: Schema;
  /** One valid config per mode of the destination. */
  examples: Readonly<Record<string, z.input<Schema>>>;
  /** Host names that requests may go to, `*` being one label, or the config field that holds the URL. */
  hosts: readonly string[] | { readonly fromConfig: string & keyof z.output<Schema> };
  /** `list` if the mapper reads all ids of the event's groups itself; otherwise it runs once for each. */
  groups?: 'each' | 'list';
  /** Checked in order before any request is built. */
  rules?: (config: z.output<Schema>) => readonly Rule[];
  /** Runs once per config; what it returns is compiled and then evaluated for each event. */
  requests: (config: z.output<Schema>) => readonly RequestNode[];
}

/** A destination: everything that is known about it, and the requests that its vendor is to be sent. */
export function defineDestination<Schema extends z.ZodType>(definition: Definition<Schema>): SendingDestination {
  const { aliases = [], groups = 'each', rules, requests, ...described } = definition;
  return {
    [DEFINITION]: true,
    ...described,
    aliases,
    groups,
    bind: (parsed) => {
      const config = parsed as z.output<Schema>;
      return compile(rules?.(config) ?? [], requests(config), hostTest(definition.hosts, config));
    },
  };
}

/** A destination whose vendor takes no group events; every event is dropped with the reason. */
export function rejects({ aliases = [], ...described }: Described & { reason: string }): RejectingDestination {
  return { [DEFINITION]: true, ...described, aliases };
}

function hostTest(hosts: readonly string[] | { readonly fromConfig: string }, config: unknown) {
  if (!('fromConfig' in hosts)) return (host: string) => hostMatches(host, hosts);
  const configured = (config as Record<string, unknown>)[hosts.fromConfig];
  if (typeof configured !== 'string' || !URL.canParse(configured)) {
    throw new ConfigError(`config.${hosts.fromConfig}`, `config.${hosts.fromConfig} is not a URL`);
  }
  const { hostname } = new URL(configured);
  return (host: string) => host === hostname;
}

function compile(
  rules: readonly Rule[],
  requests: readonly RequestNode[],
  isAllowed: (host: string) => boolean,
): Bound {
  const binding = new Binding();
  const checks = rules.map((rule) => compileRule(rule, binding));
  const compiler = new RequestCompiler(binding, isAllowed);
  const emit = compiler.compile(requests);
  const { lineage, slotCount } = binding;
  const readsGroupId = lineage.some(({ from }) => from.some((source) => source === 'groupId' || source === 'event.*'));
  return {
    // An id that cannot be used fails the event, wherever it would have gone.
    lineage: readsGroupId ? [...lineage, { to: 'outcome', from: ['groupId'], via: [] }] : lineage,
    places: compiler.places,
    readsGroupId,
    map: ({ event, groupId, options, now, warn }, out: PlacedRequest[]) => {
      const scope: Scope = { event, groupId, options, now, warn, slots: freshSlots(slotCount) };
      for (const check of checks) check(scope);
      emit(scope, out);
    },
  };
}

function compileRule({ expr, must, message }: Rule, binding: Binding): (scope: Scope) => void {
  const node = expr[EXPRESSION];
  binding.decides(node);
  const holds = compileCondition(node, binding);
  return (scope) => {
    if (holds(scope) === must) return;
    if (must) throw missing(node, scope, message);
    throw new MappingFailure('EVENT_REFUSED', message ?? 'the event is refused', originOf(node, scope));
  };
}
