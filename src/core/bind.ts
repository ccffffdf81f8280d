import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { FailCode } from '../contract/codes.ts';
import type { Bound, SendingDestination } from './definition.ts';
import { isJsonObject, setOwn } from './json.ts';
import { checkShape } from './limits.ts';
import type { Trace } from './lineage.ts';
import type { Fail } from '../contract/results.ts';
import { ConfigError, fail } from './outcome.ts';
import { withoutSecrets } from './secrets.ts';

/** Configs that are kept bound at once, and the characters of config text they may hold together. */
const CACHE_ENTRIES = 2_000;
const CACHE_CHARACTERS = 20_000_000;

/** Binds configs to destinations, once per distinct config. */
export class Binder {
  readonly #cache = new LRUCache<string, Bound | Fail>({
    max: CACHE_ENTRIES,
    maxSize: CACHE_CHARACTERS,
    sizeCalculation: (_, key) => key.length,
  });

  /**
   * @param config the destination's config as received
   * @param delivery what came with the call for the destination
   * @returns the bound destination, or the failure `CONFIG_INVALID` or `DELIVERY_INVALID` naming the field
   */
  bind(destination: SendingDestination, config: unknown, delivery: unknown): Bound | Fail {
    const malformed = isJsonObject(config)
      ? checkShape(config, 'config')
      : fail('CONFIG_INVALID', 'config is not an object', 'config');
    if (malformed !== undefined) return { ...malformed, code: 'CONFIG_INVALID' };

    // Nothing but the definition and the config's own text may be the key: two tenants may share ids and revisions.
    const own = destination.delivery === undefined ? undefined : delivery;
    const key = `${destination.name} ${JSON.stringify(config)} ${(JSON.stringify(own) as string | undefined) ?? ''}`;
    let bound = this.#cache.get(key);
    if (bound === undefined) {
      bound = bindConfig(destination, config, own);
      this.#cache.set(key, bound);
    }
    return bound;
  }
}

/**
 * Parses and binds a config without a cache.
 * @param delivery what comes with each call, for destinations that have such a thing
 */
export function bindConfig(destination: SendingDestination, config: unknown, delivery?: unknown): Bound | Fail {
  return bindWith(destination, config, delivery, {});
}

/**
 * Binds for one event that is to be explained: every secret is replaced by `***`.
 * @param trace is told where values come from
 */
export function bindTraced(
  destination: SendingDestination,
  config: unknown,
  delivery: unknown,
  trace: Trace,
): Bound | Fail {
  return bindWith(destination, config, delivery, { trace, hide: withoutSecrets });
}

interface BindOptions {
  trace?: Trace;
  /** What is bound in the place of a parsed config. */
  hide?: (schema: z.ZodType, given: unknown, parsed: unknown) => unknown;
}

function bindWith(
  destination: SendingDestination,
  config: unknown,
  delivery: unknown,
  { trace, hide = (_schema, _given, parsed) => parsed }: BindOptions,
): Bound | Fail {
  const given = { config: withoutBlanks(config), delivery: withoutBlanks(delivery ?? {}) };
  const parsed = destination.config.safeParse(given.config);
  if (!parsed.success) return failureOf('CONFIG_INVALID', 'config', parsed.error);
  const token = destination.delivery?.safeParse(given.delivery);
  if (token?.success === false) return failureOf('DELIVERY_INVALID', 'delivery', token.error);
  try {
    return destination.bind(
      hide(destination.config, given.config, parsed.data),
      destination.delivery && hide(destination.delivery, given.delivery, token?.data),
      trace,
    );
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
