import _ from 'lodash';
import { z } from 'zod';

import type { Hosts, RuleOutline } from '../contract/descriptions.ts';
import { secretValuesIn } from '../core/bind.ts';
import {
  type BatchRule,
  type Compiled,
  DEFINITION,
  type RejectingDestination,
  type SendingDestination,
} from '../core/definition.ts';
import { configuredUrl, hostMatches, isPrivateHost } from '../core/hosts.ts';
import { isJsonObject } from '../core/json.ts';
import { ConfigError, MappingFailure } from '../core/outcome.ts';
import { checkList, RequestCompiler } from './compiler.ts';
import { DefinitionError } from './error.ts';
import { Binding, type Expr, EXPRESSION, missing, originOf, withheldFrom } from './expression.ts';
import { compileLiteral, type Mapped } from './literal.ts';
import { listed, type Requests } from './request.ts';
import { type Emit, freshSlots, type Scope } from './scope.ts';
import { compileCondition } from './structure.ts';

/** A condition that fails an event or warns about it. */
export interface Rule {
  readonly expr: Expr<unknown>;
  /** Whether the event fails without what the condition looks for, fails with it, or is sent with a warning. */
  readonly effect: 'need' | 'refuse' | 'warn';
  readonly message: string | undefined;
}

/**
 * Fails the event if a value is absent.
 * @example
 * need(event.anonymousId, 'Acme requires an anonymous id') // 'FIELD_MISSING'
 * need(event.userId) // 'send'
 */
export const need = (expr: Expr<unknown>, message?: string): Rule => ({ expr, effect: 'need', message });

/**
 * Fails the event if a condition holds.
 * @example
 * refuse(is(trait.plan, 'pro'), 'Acme takes no plan pro') // 'EVENT_REFUSED'
 */
export const refuse = (expr: Expr<unknown>, message: string): Rule => ({ expr, effect: 'refuse', message });

/**
 * Warns, if a condition holds, about data that the vendor will not get.
 * @example
 * warn(trait.phone, 'Acme has no phone numbers') // 'send FIELD_NOT_SENT'
 */
export const warn = (expr: Expr<unknown>, message: string): Rule => ({ expr, effect: 'warn', message });

interface Described {
  /** In kebab-case; also the name of the folder. */
  name: string;
  /** The vendor's name, as the vendor writes it. */
  title: string;
  /** The vendor's documentation of the call. */
  docs: string;
  /** Other names of the destination in pipelines and events, in any case. */
  aliases?: readonly string[];
}

interface Definition<Schema extends z.ZodType, Delivery extends z.ZodType> extends Described {
  config: Schema;
  /** One valid config per mode of the destination. Optional if the config has only secrets. */
  examples?: Readonly<Record<string, z.input<Schema>>>;
  /** Credentials that come with each call instead of the config, such as an OAuth token that is refreshed. */
  delivery?: Delivery;
  /** A valid example. Optional under the same condition as `examples`. */
  deliveryExample?: z.input<Delivery>;
  /** Defaults for native callers. Pipelines never get them, so stored configs keep their behavior. */
  nativeDefaults?: Partial<z.input<Schema>>;
  /** The reason that pipelines get if only the native API sends groups to the vendor. */
  rejectsPipelines?: string;
  hosts: Hosts<string & keyof z.output<Schema>>;
  /** `list` if the mapper reads all group ids itself. Otherwise it runs once for each. */
  groups?: 'each' | 'list';
  /** Checked in order before any request is built. */
  rules?: (config: z.output<Schema>) => readonly Rule[];
  /** Runs once per config. Its result is compiled, and then evaluated for each event. */
  requests: (config: z.output<Schema>, delivery: z.output<Delivery>, use: { isForPipeline: boolean }) => Requests;
  /** For pipelines that deliver to this vendor by other means than HTTP: what they get instead of requests. */
  stream?: (config: z.output<Schema>) => StreamParts;
}

interface StreamParts {
  rudder: Mapped<unknown>;
  /** How literals of several events merge. `at` starts with `rudder`. */
  batch?: BatchRule | undefined;
  /** Whether to accept a config that cannot produce requests. */
  standsAlone?: true;
}

/**
 * A destination: its description, and the requests that its vendor gets.
 * @example
 * defineDestination({
 *   name: 'acme',
 *   title: 'Acme',
 *   docs: 'https://acme.example/docs',
 *   config: z.object({ apiKey: secret('API key') }),
 *   hosts: ['api.acme.example'],
 *   requests: ({ apiKey }) =>
 *     post.json({ url: url`https://api.acme.example/companies`, headers: { 'X-Key': apiKey }, body: { id: event.groupId } }),
 * }).examples // { default: { apiKey: 'secret-apiKey' } }
 */
export function defineDestination<Schema extends z.ZodType, Delivery extends z.ZodType = z.ZodUndefined>(
  definition: Definition<Schema, Delivery>,
): SendingDestination {
  const { aliases = [], groups = 'each', rules, requests, stream, ...described } = definition;
  const { name, config: schema, delivery: token } = definition;
  return {
    [DEFINITION]: true,
    ...described,
    examples: definition.examples ?? { default: exampleOf(schema, `${name}: examples`) },
    ...(token && { deliveryExample: definition.deliveryExample ?? exampleOf(token, `${name}: deliveryExample`) }),
    aliases,
    groups,
    compile: (parsed, delivery, { isForPipeline, inBatches, isTraced }) => {
      const config = parsed as z.output<Schema>;
      const checks = rules?.(config) ?? [];
      const secrets = secretValuesIn([parsed, delivery]);
      const binding = new Binding(secrets, isTraced);
      return DefinitionError.within(name, () => {
        const made = () => requests(config, delivery as z.output<Delivery>, { isForPipeline });
        const compileRequests = () => {
          const compiler = new RequestCompiler(binding, hostTest(definition.hosts, config), inBatches);
          return compile(binding, checks, compiler.requests, () => compiler.compile(listed(made())));
        };
        if (!isForPipeline) return warnOfUrl(compileRequests(), definition.hosts, config);
        if (stream === undefined) {
          const compiled = compileRequests();
          checkDeliverable(compiled);
          return compiled;
        }
        const parts = stream(config);
        // Its requests are compiled nevertheless, to reject a config that cannot produce them.
        if (parts.standsAlone !== true) compileRequests();
        const ofStream = new Binding(secrets, isTraced);
        return compile(ofStream, checks, [], compileStream(parts, ofStream));
      });
    },
  };
}

/** Pipelines deliver requests unchanged. So auth is applied when the request is encoded, or not at all. */
function checkDeliverable({ requests }: Compiled): void {
  const undone = requests.find(({ auth }) => auth !== undefined && auth !== 'wsse')?.auth;
  if (undone === undefined) return;
  throw new ConfigError('config', `the config requires auth of type ${undone}, which pipelines cannot apply`);
}

/** An example for a schema with secrets only: each is `secret-` and the name of its field. */
function exampleOf(schema: z.ZodType, place: string): Record<string, string> {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  const isSecret = (field: unknown) => isJsonObject(field) && field.secret === true;
  if (!Object.values(properties).every(isSecret)) {
    throw new DefinitionError(place, 'is required, since the config has fields that are not secrets');
  }
  return _.mapValues(properties, (_field, key) => `secret-${key}`);
}

/**
 * A destination whose vendor takes no group events. Every event is dropped with the reason.
 * @example
 * rejects({ name: 'acme', title: 'Acme', docs: 'https://acme.example', reason: 'Acme takes no groups' }).reason // 'Acme takes no groups'
 */
export function rejects({ aliases = [], ...described }: Described & { reason: string }): RejectingDestination {
  return { [DEFINITION]: true, ...described, aliases };
}

function hostTest(hosts: Hosts, config: unknown) {
  if (!('fromConfig' in hosts)) return (host: string) => hostMatches(host, hosts);
  const configured = urlOf(hosts, config)?.hostname;
  return (host: string) => {
    if (configured !== undefined) return host === configured;
    throw new ConfigError(`config.${hosts.fromConfig}`, `config.${hosts.fromConfig} is not a URL`);
  };
}

const urlOf = (hosts: Hosts, config: unknown): URL | undefined =>
  'fromConfig' in hosts ? configuredUrl((config as Record<string, unknown>)[hosts.fromConfig]) : undefined;

/**
 * Warns about each event that goes to a URL of the config that is private or not encrypted. The caller sends the
 * requests, so they are not refused.
 */
function warnOfUrl(compiled: Compiled, hosts: Hosts, config: unknown): Compiled {
  const configured = urlOf(hosts, config);
  if (!('fromConfig' in hosts) || configured === undefined) return compiled;
  const { protocol, hostname } = configured;
  const place = `config.${hosts.fromConfig}`;
  const concerns = [
    ...(isPrivateHost(hostname) ? [`${place} leads to ${hostname}, which is private`] : []),
    ...(protocol === 'http:' ? [`${place} is not encrypted`] : []),
  ];
  if (concerns.length === 0) return compiled;
  return {
    ...compiled,
    map: (input, groupId) => {
      for (const concern of concerns) input.warn('CONFIG_URL_UNSAFE', place, concern);
      compiled.map(input, groupId);
    },
  };
}

/** The fields that must be usable ids wherever they are read. */
const idFields = ['groupId', 'userId', 'anonymousId', 'messageId', 'person.id'];

/** Compiles the rules and what follows them. Both share what is evaluated once per event. */
function compile(
  binding: Binding,
  rules: readonly Rule[],
  requests: Compiled['requests'],
  compileOutput: () => Emit,
): Compiled {
  const checks = rules.map((rule) => compileRule(rule, binding));
  const emit = compileOutput();
  const { slotCount } = binding;
  const sources = new Set(binding.lineage.flatMap(({ from }) => from));
  if (sources.has('event.*')) for (const field of ['groupId', 'userId', 'anonymousId']) sources.add(field);
  // An unusable id fails the event, wherever it would have been sent.
  const ids = idFields.filter((field) => sources.has(field));
  binding.lineage.push(...ids.map((field) => ({ to: 'outcome', from: [field], via: [] })));
  return {
    lineage: binding.lineage,
    lineageWith: (inserted) => binding.lineageWith(inserted),
    requests,
    rules: rules.map(outlineRule),
    readsGroupId: sources.has('groupId'),
    groupPlaces: binding.groupPlaces,
    insert: (secrets) => binding.makeInserted(secrets),
    map: ({ event, options, now, warn, conversation, output, secrets, inserted, trace }, groupId) => {
      const slots = freshSlots(slotCount);
      const scope = { event, groupId, options, now, warn, conversation, output, secrets, inserted, trace, slots };
      for (const check of checks) check(scope);
      emit(scope, output);
    },
  };
}

function compileStream({ rudder, batch }: StreamParts, binding: Binding): () => Emit {
  return () => {
    if (batch !== undefined) checkList({ rudder }, batch, 'stream');
    const read = compileLiteral(rudder, binding);
    return (scope, out) => {
      const request = { rudder: read(scope) };
      out.push(batch === undefined ? { index: 0, request } : { index: 0, request, batch });
    };
  };
}

function outlineRule({ expr, effect, message }: Rule): RuleOutline {
  const { sources: from } = expr[EXPRESSION];
  return message === undefined ? { effect, from } : { effect, from, message };
}

function compileRule({ expr, effect, message }: Rule, binding: Binding): (scope: Scope) => void {
  const node = expr[EXPRESSION];
  if (effect !== 'warn') binding.decides(node);
  const holds = compileCondition(node, binding);
  return (scope) => {
    if (holds(scope) === (effect === 'need')) return;
    if (effect === 'need') throw missing(node, scope, message);
    const path = originOf(node, scope);
    const text = message ?? 'the event is refused';
    if (effect === 'refuse') throw withheldFrom(node, scope, text) ?? new MappingFailure('EVENT_REFUSED', text, path);
    scope.warn('FIELD_NOT_SENT', path ?? 'event', text);
  };
}
