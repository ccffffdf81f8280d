import type { LineageRow } from '../contract/lineage.ts';
import type { Fail, Warning } from '../contract/results.ts';
import type { FailCode } from '../contract/codes.ts';
import { hash } from 'node:crypto';
import _ from 'lodash';
import { LRUCache } from 'lru-cache';
import { SECRET, type Compiled, type CompileOptions, type SecretValue, type SendingDestination } from './definition.ts';
import { parseWith, type Fault } from './issues.ts';
import { isJsonObject, setOwn } from './json.ts';
import { cacheLimits, checkShape, isLongerThan, shorten, shortenMessage } from './limits.ts';
import { ConfigError, fail } from './outcome.ts';
import { schemaOf } from './redact.ts';
import { standIn } from './secrets.ts';
import { warnOfUnknownFields } from './unknown-fields.ts';

/** What a destination is bound to. */
export interface Configuration {
  /** As received. */
  config: unknown;
  /** What came with the call for the destination, such as a token. */
  delivery?: unknown;
  /** Whether a pipeline asks; it may be handed something else than requests. */
  isForPipeline: boolean;
  /** Whether requests are merged with those of other events, for which some have another form. */
  inBatches?: boolean;
  /** Whether the config was made for one event, so that it may never come again. */
  isPassing?: boolean;
}

/** What is done with the requests. */
type Use = Pick<CompileOptions, 'isForPipeline' | 'inBatches'>;

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

/**
 * What things take in memory, measured over all destinations: a character of a key, with its share of the parsed config;
 * a bound config beside that; and a row of lineage, with the closures that feed its place.
 */
const BYTES_PER_CHARACTER = 3;
const BOUND_BYTES = 2_000;
const ROW_BYTES = 2_500;

/** The most bytes that the JSON text of what comes with a call for a destination may have. */
const MAX_DELIVERY_BYTES = 100_000;

const weightOf = ({ lineage }: Compiled): number => ROW_BYTES * (1 + lineage.length);

/** What a config is bound to, or the failure `CONFIG_INVALID` or `DELIVERY_INVALID` naming the field. */
export interface BoundConfig {
  bound: Bound | Fail;
  /** What every event is warned of. */
  warnings: readonly Warning[];
}

/** What is kept of a config, and the key of what that shares with others. */
interface Kept extends BoundConfig {
  shape: string | undefined;
}

/** What was compiled, and the accounts that are bound to it. */
interface Shared {
  compiled: Compiled;
  accounts: Set<string>;
}

const NO_WARNINGS: readonly Warning[] = [];

const unbound = (failure: Fail): BoundConfig => ({ bound: failure, warnings: NO_WARNINGS });

/** Passing configs that are remembered, by digests, so that one that comes again is known. */
const PASSING_ENTRIES = 10_000;

/** Binds configs to destinations: compiles once per distinct config without its secrets, and puts those in last. */
export class Binder {
  readonly #bound = new LRUCache<string, Kept>({
    maxSize: cacheLimits.boundBytes,
    sizeCalculation: (_kept, account) => BOUND_BYTES + BYTES_PER_CHARACTER * account.length,
    dispose: ({ shape }, account) => {
      if (shape !== undefined) this.#compiled.peek(shape)?.accounts.delete(account);
    },
  });
  // What is bound holds what is compiled, so that neither is kept without the other.
  readonly #compiled = new LRUCache<string, Shared>({
    maxSize: cacheLimits.compiledBytes,
    sizeCalculation: ({ compiled }, shape) => weightOf(compiled) + BYTES_PER_CHARACTER * shape.length,
    dispose: ({ accounts }) => {
      for (const account of accounts) this.#bound.delete(account);
    },
  });
  readonly #passing = new LRUCache<string, true>({ max: PASSING_ENTRIES });

  /** How many bytes are held, as far as they can be told. */
  get bytes(): number {
    return this.#bound.calculatedSize + this.#compiled.calculatedSize;
  }

  /** Lets go of all that is kept. */
  release(): void {
    this.#bound.clear();
    this.#compiled.clear();
    this.#passing.clear();
  }

  bind(destination: SendingDestination, configuration: Configuration): BoundConfig {
    const { config, delivery, isForPipeline, inBatches = false } = configuration;
    const use = { isForPipeline, inBatches };
    const malformed = isJsonObject(config)
      ? checkShape(config, 'config')
      : fail('CONFIG_INVALID', 'config is not an object', 'config');
    if (malformed !== undefined) return unbound({ ...malformed, code: 'CONFIG_INVALID' });

    // Nothing but the definition and the config's own text may be the key: two tenants may share ids and revisions.
    const own = destination.delivery === undefined ? undefined : delivery;
    const misshapen = typeof own === 'object' && own !== null ? checkShape(own, 'delivery') : undefined;
    if (misshapen !== undefined) return unbound({ ...misshapen, code: 'DELIVERY_INVALID' });
    if (isLongerThan(own, MAX_DELIVERY_BYTES)) {
      return unbound(
        fail('DELIVERY_INVALID', `delivery is larger than ${String(MAX_DELIVERY_BYTES)} bytes`, 'delivery'),
      );
    }
    const account = JSON.stringify([destination.name, use, config, own]);
    const kept = this.#bound.get(account);
    if (kept !== undefined) {
      if (kept.shape !== undefined) this.#compiled.get(kept.shape);
      return kept;
    }
    const given = parse(destination, isForPipeline ? config : withDefaults(destination, config), own);
    if (configuration.isPassing === true && !this.#hasPassed(account)) {
      const bound = bindParsed(given, account, (again, options) =>
        destination.compile(again.config, again.delivery, { ...options, ...use }),
      );
      return { bound, warnings: NO_WARNINGS };
    }
    return this.#keep(destination, account, given, config, use);
  }

  #keep(destination: SendingDestination, account: string, given: Given | Fail, config: unknown, use: Use): BoundConfig {
    let shape: string | undefined;
    const bound = bindParsed(given, account, (again, options) => {
      const key = JSON.stringify([destination.name, { ...options, ...use }, again.shape]);
      if (!options.isTraced) shape = key;
      return this.#compile(key, () => destination.compile(again.config, again.delivery, { ...options, ...use }));
    });
    // A pipeline stores more with a destination than is this service's business.
    const warnings = use.isForPipeline ? NO_WARNINGS : warnOfUnknownFields(schemaOf(destination.config), config);
    const kept = { bound, warnings, shape };
    this.#bound.set(account, kept);
    if (shape !== undefined) this.#compiled.peek(shape)?.accounts.add(account);
    return kept;
  }

  #compile(shape: string, compile: () => Compiled): Compiled {
    const shared = this.#compiled.get(shape);
    if (shared !== undefined) return shared.compiled;
    const compiled = compile();
    this.#compiled.set(shape, { compiled, accounts: new Set() });
    return compiled;
  }

  /** Whether a passing config has come before. */
  #hasPassed(account: string): boolean {
    const digest = hash('sha256', account);
    const known = this.#passing.get(digest) === true;
    this.#passing.set(digest, true);
    return known;
  }
}

/**
 * Parses and binds a config without a cache, as for callers that ask for requests.
 * @param delivery what comes with each call, for destinations that have such a thing
 */
export function bindConfig(destination: SendingDestination, config: unknown, delivery?: unknown): Bound | Fail {
  return bindParsed(parse(destination, withDefaults(destination, config), delivery), '', (given, options) =>
    destination.compile(given.config, given.delivery, { ...options, isForPipeline: false, inBatches: false }),
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
  const parsed = parseWith(destination.config, withoutBlanks(config));
  if ('says' in parsed) return failureOf('CONFIG_INVALID', 'config', parsed);
  const token = destination.delivery && parseWith(destination.delivery, withoutBlanks(delivery ?? {}));
  if (token !== undefined && 'says' in token) return failureOf('DELIVERY_INVALID', 'delivery', token);
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
    // Not held by what is kept bound, which counts as much as it does without.
    const traced = () => {
      const hidden = given.secrets.map((secret) => standIn(secret[SECRET], secret.prefix));
      const again = compile(given, { isTraced: true });
      return { compiled: again, secrets: hidden, inserted: again.insert(hidden) };
    };
    return { account, compiled, secrets, inserted: compiled.insert(secrets), traced };
  } catch (error) {
    if (error instanceof ConfigError) return fail('CONFIG_INVALID', error.message, error.path);
    throw error;
  }
}

function failureOf(code: FailCode, root: string, { steps, says }: Fault): Fail {
  const path = shorten([root, ...steps].map(String).join('.'));
  return fail(code, shortenMessage(`${path} ${says}`), path);
}

/** A config with the native defaults of its destination; what is left empty has them too. */
function withDefaults({ nativeDefaults }: SendingDestination, config: unknown): unknown {
  if (nativeDefaults === undefined || !isJsonObject(config)) return config;
  return { ...nativeDefaults, ...(withoutBlanks(config) as object) };
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
