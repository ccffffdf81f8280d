import type { LineageRow } from '../contract/lineage.ts';
import type { Fail } from '../contract/results.ts';
import type { FailCode } from '../contract/codes.ts';
import _ from 'lodash';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { SECRET, type Compiled, type CompileOptions, type SecretValue, type SendingDestination } from './definition.ts';
import { isJsonObject, setOwn } from './json.ts';
import { checkShape, isLongerThan } from './limits.ts';
import { ConfigError, fail } from './outcome.ts';
import { standIn } from './secrets.ts';

/** What a destination is bound to. */
export interface Configuration {
  /** As received. */
  config: unknown;
  /** What came with the call for the destination, such as a token. */
  delivery?: unknown;
  /** Whether a pipeline asks; it may be handed something else than requests. */
  isForPipeline: boolean;
}

/** A destination with a config, its secrets included. */
export interface Bound {
  /** Tells this configuration from every other: what is counted, throttled and shared together. */
  readonly account: string;
  readonly compiled: Compiled;
  readonly secrets: readonly string[];
  readonly inserted: readonly unknown[];
  /** The same, compiled so that it tells where values come from, with `***` for every secret. */
  readonly traced: () => Pick<Bound, 'compiled' | 'secrets' | 'inserted'>;
}

/** Configs that are kept bound at once, and the characters of config text they may hold together. */
const BOUND_ENTRIES = 10_000;
const BOUND_CHARACTERS = 20_000_000;

/** The most bytes that the JSON text of what comes with a call for a destination may have. */
const MAX_DELIVERY_BYTES = 100_000;

/** Configs that are kept compiled at once; those that differ in their secrets only are one. */
const COMPILED_ENTRIES = 2_000;

/** Binds configs to destinations: compiles once per distinct config without its secrets, and puts those in last. */
export class Binder {
  readonly #bound = new LRUCache<string, Bound | Fail>({
    max: BOUND_ENTRIES,
    maxSize: BOUND_CHARACTERS,
    sizeCalculation: (_bound, key) => key.length,
  });
  readonly #compiled = new LRUCache<string, Compiled>({ max: COMPILED_ENTRIES });

  /** @returns the bound destination, or the failure `CONFIG_INVALID` or `DELIVERY_INVALID` naming the field */
  bind(destination: SendingDestination, { config, delivery, isForPipeline }: Configuration): Bound | Fail {
    const malformed = isJsonObject(config)
      ? checkShape(config, 'config')
      : fail('CONFIG_INVALID', 'config is not an object', 'config');
    if (malformed !== undefined) return { ...malformed, code: 'CONFIG_INVALID' };

    // Nothing but the definition and the config's own text may be the key: two tenants may share ids and revisions.
    const own = destination.delivery === undefined ? undefined : delivery;
    const misshapen = typeof own === 'object' && own !== null ? checkShape(own, 'delivery') : undefined;
    if (misshapen !== undefined) return { ...misshapen, code: 'DELIVERY_INVALID' };
    if (isLongerThan(own, MAX_DELIVERY_BYTES)) {
      return fail('DELIVERY_INVALID', `delivery is larger than ${String(MAX_DELIVERY_BYTES)} bytes`, 'delivery');
    }
    const account = JSON.stringify([destination.name, isForPipeline, config, own]);
    let bound = this.#bound.get(account);
    if (bound === undefined) {
      bound = bindParsed(parse(destination, config, own), account, (given, options) =>
        this.#compile(destination, given, { ...options, isForPipeline }),
      );
      this.#bound.set(account, bound);
    }
    return bound;
  }

  #compile(destination: SendingDestination, given: Given, options: CompileOptions): Compiled {
    const key = JSON.stringify([destination.name, options, given.shape]);
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      compiled = destination.compile(given.config, given.delivery, options);
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }
}

/**
 * Parses and binds a config without a cache, as for callers that ask for requests.
 * @param delivery what comes with each call, for destinations that have such a thing
 */
export function bindConfig(destination: SendingDestination, config: unknown, delivery?: unknown): Bound | Fail {
  return bindParsed(parse(destination, config, delivery), '', (given, options) =>
    destination.compile(given.config, given.delivery, { ...options, isForPipeline: false }),
  );
}

/** What feeds which field of the requests under a config. */
export const lineageOf = ({ compiled, inserted }: Pick<Bound, 'compiled' | 'inserted'>): readonly LineageRow[] =>
  compiled.lineageWith(inserted);

/** A config that has been parsed, and what it is without its secrets. */
interface Given {
  config: unknown;
  delivery: unknown;
  shape: unknown;
  secrets: readonly SecretValue[];
}

function parse(destination: SendingDestination, config: unknown, delivery: unknown): Given | Fail {
  const parsed = destination.config.safeParse(withoutBlanks(config));
  if (!parsed.success) return failureOf('CONFIG_INVALID', 'config', parsed.error);
  const token = destination.delivery?.safeParse(withoutBlanks(delivery ?? {}));
  if (token?.success === false) return failureOf('DELIVERY_INVALID', 'delivery', token.error);
  const secrets: SecretValue[] = [];
  const shape = shapeOf([parsed.data, token?.data], secrets);
  return { config: parsed.data, delivery: token?.data, shape, secrets };
}

/** The secrets of a parsed config, in the order in which what is compiled refers to them. */
export function secretValuesIn(parsed: unknown): SecretValue[] {
  const secrets: SecretValue[] = [];
  shapeOf(parsed, secrets);
  return secrets;
}

/** A parsed config as JSON, with the prefix of each secret in its place. */
function shapeOf(value: unknown, secrets: SecretValue[]): unknown {
  if (isSecretValue(value)) {
    secrets.push(value);
    return { secret: value.prefix ?? '' };
  }
  if (Array.isArray(value)) return value.map((item) => shapeOf(item, secrets));
  // Within `fields`, since a config may have an object that looks like the place of a secret.
  if (_.isPlainObject(value)) return { fields: _.mapValues(value as object, (field) => shapeOf(field, secrets)) };
  const isJson = value === undefined || value === null || ['string', 'boolean'].includes(typeof value);
  // What text cannot tell apart would be compiled once for several configs.
  if (!isJson && !Number.isFinite(value)) throw new Error('a config schema yields something that is not JSON');
  return value;
}

function isSecretValue(value: unknown): value is SecretValue {
  return typeof value === 'object' && value !== null && SECRET in value;
}

function bindParsed(
  given: Given | Fail,
  account: string,
  compile: (given: Given, options: Pick<CompileOptions, 'isTraced'>) => Compiled,
): Bound | Fail {
  if ('outcome' in given) return given;
  try {
    const compiled = compile(given, { isTraced: false });
    const secrets = given.secrets.map((secret) => secret[SECRET]);
    const traced = _.once(() => {
      const hidden = given.secrets.map((secret) => standIn(secret[SECRET], secret.prefix));
      const again = compile(given, { isTraced: true });
      return { compiled: again, secrets: hidden, inserted: again.insert(hidden) };
    });
    return { account, compiled, secrets, inserted: compiled.insert(secrets), traced };
  } catch (error) {
    if (error instanceof ConfigError) return fail('CONFIG_INVALID', error.message, error.path);
    throw error;
  }
}

function failureOf(code: FailCode, root: string, { issues }: z.ZodError): Fail {
  const [issue] = issues;
  const path = [root, ...(issue?.path ?? [])].map(String).join('.');
  return fail(code, `${path}: ${issue?.message ?? 'not valid'}`, path);
}

/** Empty text in a config or a token means that the field was left empty. */
function withoutBlanks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBlanks);
  if (!isJsonObject(value)) return value;
  const result = {};
  for (const [key, field] of Object.entries(value)) {
    if (field !== '') setOwn(result, key, withoutBlanks(field));
  }
  return result;
}
