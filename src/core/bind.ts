import { hash } from 'node:crypto';

import _ from 'lodash';
import { LRUCache } from 'lru-cache';

import type { FailCode } from '../contract/codes.ts';
import type { LineageRow } from '../contract/lineage.ts';
import type { Fail, Warning } from '../contract/results.ts';
import { type Compiled, type CompileOptions, SECRET, type SecretValue, type SendingDestination } from './definition.ts';
import { type Fault, parseWith } from './issues.ts';
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
  /** What came with the call, such as a token. */
  delivery?: unknown;
  /** Whether a pipeline asks. Pipelines may get a stream instead of requests. */
  isForPipeline: boolean;
  /** Whether requests are merged with those of other events, for which some requests have another form. */
  inBatches?: boolean;
  /** Whether the config was made for one event and may never come again. */
  isPassing?: boolean;
}

/** What happens to the requests. */
type Use = Pick<CompileOptions, 'isForPipeline' | 'inBatches'>;

/** A destination with a config, including its secrets. */
export interface Bound {
  /** Identifies this config, for counting, throttling and sharing. */
  readonly account: string;
  readonly compiled: Compiled;
  readonly secrets: readonly string[];
  readonly inserted: readonly unknown[];
  /** The same, compiled to trace where values come from, with `***` for every secret. */
  readonly traced: () => Pick<Bound, 'compiled' | 'secrets' | 'inserted'>;
}

/**
 * Memory use, measured over all destinations: a character of a key with its share of the parsed config; a bound config
 * without that; and a row of lineage with its closures.
 */
const BYTES_PER_CHARACTER = 3;
const BOUND_BYTES = 2_000;
const ROW_BYTES = 2_500;

/** The maximum size of the delivery's JSON text, in bytes. */
const MAX_DELIVERY_BYTES = 100_000;

const weightOf = ({ lineage }: Compiled): number => ROW_BYTES * (1 + lineage.length);

/** A bound config, or the failure `CONFIG_INVALID` or `DELIVERY_INVALID` with the field. */
export interface BoundConfig {
  bound: Bound | Fail;
  /** The warnings that every event gets. */
  warnings: readonly Warning[];
}

/** A kept config, and the key of the part that it shares with others. */
interface Kept extends BoundConfig {
  shape: string | undefined;
}

/** The compiled part, and the accounts bound to it. */
interface Shared {
  compiled: Compiled;
  accounts: Set<string>;
}

const NO_WARNINGS: readonly Warning[] = [];

const unbound = (failure: Fail): BoundConfig => ({ bound: failure, warnings: NO_WARNINGS });

/** Digests of passing configs, to recognize one that comes again. */
const PASSING_ENTRIES = 10_000;

/**
 * Binds configs to destinations. Compiles once per distinct config without its secrets, and inserts the secrets last.
 */
export class Binder {
  readonly #bound = new LRUCache<string, Kept>({
    maxSize: cacheLimits.boundBytes,
    sizeCalculation: (_kept, account) => BOUND_BYTES + BYTES_PER_CHARACTER * account.length,
    dispose: ({ shape }, account) => {
      if (shape !== undefined) this.#compiled.peek(shape)?.accounts.delete(account);
    },
  });
  // A bound config holds the compiled part, so neither is kept without the other.
  readonly #compiled = new LRUCache<string, Shared>({
    maxSize: cacheLimits.compiledBytes,
    sizeCalculation: ({ compiled }, shape) => weightOf(compiled) + BYTES_PER_CHARACTER * shape.length,
    dispose: ({ accounts }) => {
      for (const account of accounts) this.#bound.delete(account);
    },
  });
  // Limited by size, since the memory for a number of entries would be reserved at once.
  readonly #passing = new LRUCache<string, true>({ maxSize: PASSING_ENTRIES, sizeCalculation: () => 1 });

  /** An estimate of the bytes held. */
  get bytes(): number {
    return this.#bound.calculatedSize + this.#compiled.calculatedSize;
  }

  /** Releases everything. */
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

    // The key must be the definition and the config's own text: two tenants may share ids and revisions.
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
    // A pipeline stores more with a destination than this service should read.
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
 * @param delivery what comes with each call, for destinations that require it
 */
export function bindConfig(destination: SendingDestination, config: unknown, delivery?: unknown): Bound | Fail {
  return bindParsed(parse(destination, withDefaults(destination, config), delivery), '', (given, options) =>
    destination.compile(given.config, given.delivery, { ...options, isForPipeline: false, inBatches: false }),
  );
}

/** Which event fields feed which request field, for one config. */
export const lineageOf = ({ compiled, inserted }: Pick<Bound, 'compiled' | 'inserted'>): readonly LineageRow[] =>
  compiled.lineageWith(inserted);

/** A parsed config, and its form without secrets. */
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

/** The secrets of a parsed config, in the order in which the compiled part refers to them. */
export function secretValuesIn(parsed: unknown): SecretValue[] {
  const secrets: SecretValue[] = [];
  shapeOf(parsed, secrets);
  return secrets;
}

/** A parsed config as JSON, with only the prefix of each secret. */
function shapeOf(value: unknown, secrets: SecretValue[]): unknown {
  if (isSecretValue(value)) {
    secrets.push(value);
    return { secret: value.prefix ?? '' };
  }
  if (Array.isArray(value)) return value.map((item) => shapeOf(item, secrets));
  // Nested in `fields`, since a config may have an object that looks like a secret's placeholder.
  if (_.isPlainObject(value)) return { fields: _.mapValues(value as object, (field) => shapeOf(field, secrets)) };
  const isJson = value === undefined || value === null || ['string', 'boolean'].includes(typeof value);
  // Configs with the same text would share one compiled form by mistake.
  if (!isJson && !Number.isFinite(value)) throw new Error('a config schema produces something that is not JSON');
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
    // Not held by the bound config, whose size is counted without it.
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

/** A config with the native defaults of its destination, which also replace empty fields. */
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
