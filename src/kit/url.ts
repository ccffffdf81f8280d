import { isPresent, type Json } from '../core/json.ts';
import { ConfigError, MappingFailure } from '../core/outcome.ts';
import { parseUrl } from '../core/url.ts';
import { DefinitionError } from './error.ts';
import {
  type Binding,
  constant,
  type Expr,
  EXPRESSION,
  Expression,
  isExpr,
  isInserted,
  joined,
  missing,
  type Node,
  originOf,
  type Secret,
} from './expression.ts';
import type { Scope } from './scope.ts';

/** A URL with values in it; see `url` and `urlWithin`. */
export type UrlTemplate = Segments | Extended;

interface Segments {
  readonly strings: readonly string[];
  readonly holes: readonly (string | Expr<string | number | undefined>)[];
}

interface Extended {
  readonly base: Secret;
  readonly instead?: Expr<string | undefined>;
  readonly append?: Expr<string | undefined>;
}

/**
 * A URL. It starts with `https://` or with a base URL of the config (`baseUrl()`). A value in the host comes from the
 * mapper or the config, and is one or more labels. Every other value is a path segment or a part of one, and is
 * encoded. A value that is absent, or that would leave its segment, fails the event.
 * @example
 * get.empty({ url: url`https://api.acme.example/companies/${trait.website}` })
 * // ['GET https://api.acme.example/companies/www.acme.example%2Fabout']
 */
export function url(
  strings: TemplateStringsArray,
  ...holes: (string | Expr<string | number | undefined>)[]
): UrlTemplate {
  return { strings, holes };
}

/**
 * A URL of the config (`secretUrl()`) that an event may replace with another path, or extend.
 * @param event.instead a URL of the same origin to use instead; if absent, the configured one is used
 * @param event.append text to append; if it leads to another origin, the event fails
 * @example
 * get.empty({ url: urlWithin(config.hookUrl, { instead: trait('nothing'), append: event.groupId }) })
 * // ['GET https://hooks.acme.example/in/k7/acme-42']
 */
export function urlWithin(base: Secret, event: Omit<Extended, 'base'>): UrlTemplate {
  return { base, ...event };
}

/**
 * Text to append to a URL: a path of values, each encoded as one segment. A value that is absent, or that would leave
 * its segment, fails the event.
 * @example
 * pathOf('companies', trait.website) // '/companies/www.acme.example%2Fabout'
 */
export function pathOf(...values: (string | Expr<Json | undefined>)[]): Expr<string> {
  const nodes = values.map((value) => (isExpr(value) ? value : constant(value))[EXPRESSION]);
  return new Expression({
    ...joined(nodes),
    compile: (binding) => {
      const reads = nodes.map((node) => [node, node.compile(binding)] as const);
      return (scope) => reads.map(([node, read]) => `/${eventSegment(node, read(scope), scope)}`).join('');
    },
  });
}

type ReadText = (scope: Scope) => string;
type MaybeText = (scope: Scope) => string | undefined;

const HOST_LABELS = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i;

interface CompiledUrl {
  read: (scope: Scope) => string;
  /** The URL, with the names of event fields in braces. */
  outline: string;
}

/**
 * Compiles a URL. Values from the config are inserted, checked and encoded once.
 * @param isAllowed whether requests may go to a host
 * @throws {ConfigError} if the config makes a forbidden URL
 */
export function compileUrl(template: UrlTemplate, isAllowed: (host: string) => boolean, binding: Binding): CompiledUrl {
  return 'base' in template
    ? compileExtended(template, isAllowed, binding)
    : compileSegments(template, isAllowed, binding);
}

function compileExtended(
  { base, instead, append }: Extended,
  isAllowed: (host: string) => boolean,
  binding: Binding,
): CompiledUrl {
  const nodes = [instead, append].map((expr = constant(undefined)) => expr[EXPRESSION]) as [Node, Node];
  const { protocol, host, toText, readWhole, outline } = compileSecretUrl(base, isAllowed, binding);
  const readPart = binding.asText([], () => binding.insertedValue(toText));
  const [readInstead, readAppend] = nodes.map((node) => {
    binding.decides(node);
    const read = node.compile(binding);
    return binding.asText([], () =>
      binding.feeds(node, (scope) => {
        const value = read(scope);
        return isPresent(value) ? String(value) : undefined;
      }),
    );
  }) as [MaybeText, MaybeText];
  const read = (scope: Scope) => {
    const [start, end] = [readInstead(scope), readAppend(scope)];
    if (start === undefined && end === undefined) return readWhole(scope);
    const text = withEnd(start ?? readPart(scope), end ?? '');
    const extended = parseUrl(text);
    // Checking the origin is not enough: `blob:https://a.example/` has the origin of the URL in it.
    const isWithin = extended?.protocol === protocol && extended.host === host;
    if (isWithin && extended.username === '' && extended.password === '') return extended.href;
    const path = originOf(start === undefined ? nodes[1] : nodes[0], scope);
    throw new MappingFailure('VALUE_INVALID', `${path ?? 'a value'} leads away from the configured URL`, path);
  };
  return { read, outline };
}

/** A URL with text appended. A slash at its end and one at the text's start become one. */
const withEnd = (start: string, end: string) => (end.startsWith('/') ? start.replace(/\/$/, '') : start) + end;

interface SecretUrl {
  protocol: string;
  host: string;
  /** Reads the URL, once per config. */
  toText: (scope: Scope) => string;
  /** Reads the URL unchanged. */
  readWhole: (scope: Scope) => string;
  outline: string;
}

/** A URL that is a secret of the config, except for its origin. */
function compileSecretUrl(secret: Expr<unknown>, isAllowed: (host: string) => boolean, binding: Binding): SecretUrl {
  const { prefix = '' } = secret as Secret;
  const parsed = parseUrl(prefix);
  if (parsed === undefined)
    throw new DefinitionError(binding.target, 'starts with a secret that is not a complete URL');
  const { protocol, host, hostname } = parsed;
  checkAllowed(hostname, isAllowed);
  const read = secret[EXPRESSION].compile(binding);
  const toText = (scope: Scope) => String(read(scope));
  return {
    protocol,
    host,
    toText,
    readWhole: binding.insertedValue(toText),
    outline: `${prefix}/{secret}`,
  };
}

function compileSegments(template: Segments, isAllowed: (host: string) => boolean, binding: Binding): CompiledUrl {
  const { strings, holes } = template;
  const parts: (string | { node: Node; read: ReadText })[] = [strings[0] as string];
  for (const [index, hole] of holes.entries()) {
    const soFar = parts.filter((part) => typeof part === 'string').join('');
    if (isExpr(hole)) {
      const node = hole[EXPRESSION];
      const read = node.compile(binding);
      if (isInserted(node) && soFar === '') {
        if (strings.join('') !== '')
          throw new DefinitionError(binding.target, 'adds to a secret that is a complete URL');
        const { readWhole, outline } = compileSecretUrl(hole, isAllowed, binding);
        return { read: readWhole, outline };
      }
      if (isInserted(node)) {
        const inserted = binding.insert((scope) => configSegment(String(read(scope))));
        parts.push(
          { node, read: binding.asText([], () => binding.feeds(node, inserted)) },
          strings[index + 1] as string,
        );
        continue;
      }
      const readSegment = (scope: Scope) => eventSegment(node, read(scope), scope);
      binding.decides(node);
      binding.requires(node, readSegment);
      const fed = { ...node, isRequired: true } as const;
      parts.push({ node, read: binding.asText([], () => binding.feeds(fed, readSegment)) });
    } else {
      const isWhole = holes.length === 1 && strings[1] === '';
      parts.push(soFar === '' ? (isWhole ? hole : base(hole)) : inHost(soFar) ? hostLabels(hole) : configSegment(hole));
    }
    parts.push(strings[index + 1] as string);
  }

  checkHost(parts, isAllowed, binding.target);
  const merged = mergeTexts(parts);
  const outline = merged.map((part) => (typeof part === 'string' ? part : `{${nameOf(part.node)}}`)).join('');
  const [only] = merged;
  if (merged.length === 1 && typeof only === 'string') return { read: binding.fixed(only), outline };
  const read = (scope: Scope) => {
    let result = '';
    for (const part of merged) result += typeof part === 'string' ? part : part.read(scope);
    return result;
  };
  return { read, outline };
}

/** The placeholder for a value that is not known yet. */
function nameOf({ answer, sources, holdsSecret }: Node): string {
  return answer ?? (holdsSecret === true ? 'secret' : sources.join(' or '));
}

function inHost(text: string): boolean {
  return text.startsWith('https://') && !text.includes('/', 'https://'.length);
}

function mergeTexts<T>(parts: readonly (string | T)[]): (string | T)[] {
  const merged: (string | T)[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else if (part !== '') merged.push(part);
  }
  return merged;
}

/** The definition and the config must determine the host. An event must not change it. */
function checkHost(parts: readonly unknown[], isAllowed: (host: string) => boolean, place: string): void {
  const [start] = mergeTexts(parts);
  const text = typeof start === 'string' ? start : '';
  if (inHost(text) && parts.length > 1) {
    throw new DefinitionError(place, 'has an event value in its host');
  }
  const parsed = parseUrl(text);
  // The schema has checked a URL of the config.
  const isOwn = parts[0] === '' && parsed?.protocol === 'http:';
  if (parsed === undefined || !(parsed.protocol === 'https:' || isOwn)) {
    throw new ConfigError('config', 'the config does not produce an https URL');
  }
  checkAllowed(parsed.hostname, isAllowed);
}

function checkAllowed(hostname: string, isAllowed: (host: string) => boolean): void {
  if (!isAllowed(hostname)) {
    throw new ConfigError('config', `this destination must not send requests to ${hostname}`);
  }
}

/** The start of a URL. It must not turn what follows into a query or a fragment, or be a user's name. */
function base(value: string): string {
  if (!/[?#@\\\s]/.test(value)) return value;
  throw new ConfigError('config', 'a config value cannot be the start of a URL');
}

function hostLabels(value: string): string {
  if (HOST_LABELS.test(value)) return value;
  throw new ConfigError('config', 'a config value in the host of a URL is not a part of a hostname');
}

function configSegment(value: string): string {
  const segment = encodeSegment(value);
  if (segment === undefined) throw new ConfigError('config', 'a config value cannot be in the path of a URL');
  return segment;
}

function eventSegment(node: Node, value: unknown, scope: Scope): string {
  if (!isPresent(value)) throw missing(node, scope);
  const segment = encodeSegment(String(value));
  if (segment !== undefined) return segment;
  const path = originOf(node, scope);
  throw new MappingFailure('VALUE_INVALID', `${path ?? 'a value'} cannot be in the path of a URL`, path);
}

/** One encoded path segment. `.` and `..` would be read as steps, and ill-formed text cannot be encoded. */
function encodeSegment(value: string): string | undefined {
  if (value === '.' || value === '..') return undefined;
  try {
    return encodeURIComponent(value);
  } catch {
    return undefined;
  }
}
