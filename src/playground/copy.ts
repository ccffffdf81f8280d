import { apply, generate } from 'json-merge-patch';

import type { Answer } from '../contract/dialogue.ts';
import type { Auth, Body, Request } from '../contract/requests.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { type ConfigSchema, withPlaceholders, withSecretsSpelt } from './config-schema.ts';
import { baseEvents } from './samples.ts';
import { type CallOptions, type Exchange, type Outcome, play } from './service.ts';

/** The URL of a request with its query. */
export function fullUrl({ url, query }: Request): string {
  const pairs = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const text = new URLSearchParams(pairs).toString();
  if (text === '') return url;
  return `${url}${url.includes('?') ? '&' : '?'}${text}`;
}

/** The content of a request as it goes over the wire. */
function contentOf(body: Body): string {
  if ('json' in body) return JSON.stringify(body.json);
  const pairs = Object.entries(body.form).flatMap(([name, value]) =>
    [value].flat().map((element) => [name, String(element)]),
  );
  return new URLSearchParams(pairs).toString();
}

/** Quotes text for a shell, except for the names of environment variables that stand for secrets. */
function quoted(text: string, variables: readonly string[]): string {
  const plain = `'${text.replaceAll("'", String.raw`'\''`)}'`;
  // In URLs and forms, the dollar sign is encoded.
  const withVariables = variables.reduce(
    (command, name) => command.replace(new RegExp(String.raw`(?:\$|%24)${name}(?!\w)`, 'g'), `'"$${name}"'`),
    plain,
  );
  return withVariables.replace(/^''(?=")|(?<=")''$/g, '');
}

/**
 * Commands that send requests.
 * @param variables the environment variables that stand for secrets
 */
export function toCurl(requests: readonly Request[], variables: readonly string[] = []): string {
  return requests.map((request) => commandOf(request, variables)).join('\n\n');
}

function commandOf(request: Request, variables: readonly string[]): string {
  const { method, headers, body, auth } = request;
  const quote = (text: string) => quoted(text, variables);
  const options = [
    `curl -X ${method} ${quote(fullUrl(request))}`,
    ...Object.entries(headers).map(([name, value]) => headerOption(name, value, variables)),
    ...(auth?.type === 'aws-sigv4' ? signing(auth, quote) : []),
    ...(body === undefined ? [] : [`--data-raw ${quote(contentOf(body))}`]),
  ];
  const note = auth === undefined || auth.type === 'aws-sigv4' ? '' : `# to be authorized with ${auth.type}\n`;
  return `${note}${options.join(' \\\n  ')}`;
}

/** A header. Inside Base64, a shell would not find its variables. */
function headerOption(name: string, value: string, variables: readonly string[]): string {
  const [, encoded] = /^basic ([\w+/]+=*)$/i.exec(value) ?? [];
  const credentials = encoded === undefined ? undefined : tryDecode(encoded);
  const hasVariable = variables.some((variable) => credentials?.includes(`$${variable}`));
  if (credentials !== undefined && hasVariable) return `-u ${quoted(credentials, variables)}`;
  return `-H ${quoted(`${name}: ${value}`, variables)}`;
}

function tryDecode(encoded: string): string | undefined {
  try {
    return atob(encoded);
  } catch {
    return undefined;
  }
}

function signing(auth: Extract<Auth, { type: 'aws-sigv4' }>, quote: (text: string) => string): string[] {
  const { service, region, accessKeyId = '', secretAccessKey = '' } = auth;
  return [
    `--aws-sigv4 ${quote(`aws:amz:${region}:${service}`)}`,
    `--user ${quote(`${accessKeyId}:${secretAccessKey}`)}`,
  ];
}

/**
 * Requests in the format of browsers' network panels.
 * @see http://www.softwareishard.com/blog/har-12-spec/
 */
export function toHar(requests: readonly Request[]): string {
  const none = { cookies: [], headers: [], headersSize: -1, bodySize: -1 };
  const content = { size: 0, mimeType: 'x-unknown' };
  const notSent = { ...none, status: 0, statusText: 'not sent', httpVersion: '', content, redirectURL: '' };
  const entries = requests.map((request) => ({
    startedDateTime: new Date().toISOString(),
    time: 0,
    request: harRequest(request),
    response: notSent,
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
    ...(request.auth && { _auth: request.auth }),
  }));
  const creator = { name: 'Group Transformer', version: '1' };
  return JSON.stringify({ log: { version: '1.2', creator, entries } }, null, 2);
}

function harRequest(request: Request) {
  const { method, headers, body } = request;
  const url = fullUrl(request);
  const pairs = (entries: Iterable<[string, string]>) => [...entries].map(([name, value]) => ({ name, value }));
  const text = body && contentOf(body);
  const form = 'application/x-www-form-urlencoded';
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const mimeType = given ?? (body && 'form' in body ? form : 'application/json');
  return {
    method,
    url,
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: pairs(Object.entries(headers)),
    queryString: pairs(new URL(url).searchParams),
    headersSize: -1,
    bodySize: text === undefined ? 0 : new TextEncoder().encode(text).length,
    ...(text !== undefined && { postData: { mimeType, text } }),
  };
}

/** The time at which fixtures take place. */
const FIXTURE_TIME = '2026-01-02T03:04:05.678Z';

/** What copies are made of. */
export interface CopyInput {
  name: string;
  event: Json;
  config: JsonObject;
  delivery: JsonObject;
  policy: Json | undefined;
  schema: ConfigSchema;
  deliverySchema: ConfigSchema | undefined;
  /** What the vendor was asked, and what it answered. */
  exchanges: readonly Exchange[];
}

/** A destination with placeholders for its secrets. */
function placeholderTarget({ name, config, delivery, policy, schema, deliverySchema }: CopyInput) {
  return {
    name,
    config: withPlaceholders(name, schema, config),
    ...(deliverySchema && { delivery: withPlaceholders(name, deliverySchema, delivery) }),
    ...(policy !== undefined && { policy }),
  };
}

/** The environment variables that stand for the secrets of a destination. */
export function variablesOf(input: CopyInput): string[] {
  const { config, delivery } = placeholderTarget(input);
  return [...new Set(JSON.stringify([config, delivery]).match(/(?<=\$)[A-Z][A-Z0-9_]*/g))];
}

/**
 * The requests with placeholders for secrets; undefined if the destination makes none of them.
 * @throws {ServiceProblem}
 */
export async function withoutSecrets(input: CopyInput, options: CallOptions): Promise<readonly Request[] | undefined> {
  const answers = input.exchanges.map(({ answer }) => answer);
  const target = { id: input.name, ...placeholderTarget(input) };
  const [outcome] = await play(input.event, [target], (_destination, _ask, at) => answers[at], options);
  return outcome?.result.outcome === 'send' ? outcome.result.requests : undefined;
}

/** The command that calls this service. */
export function toTransformCall(input: CopyInput, service: string): string {
  const text = JSON.stringify({ event: input.event, destination: placeholderTarget(input) });
  const variables = variablesOf(input);
  return [
    `curl -X POST ${quoted(`${service}transform`, [])}`,
    `-H 'Content-Type: application/json'`,
    `--data-raw ${quoted(text, variables)}`,
  ].join(' \\\n  ');
}

/** A program that transforms the event with the library. */
export function toLibraryCode(input: CopyInput): string {
  const variables = variablesOf(input);
  const withVariables = JSON.stringify(placeholderTarget(input), null, 2).replace(
    /"((?:[^"\\]|\\.)*)\$([A-Z][A-Z0-9_]*)"/g,
    (text, before: string, name: string) => {
      if (!variables.includes(name)) return text;
      return before === '' ? `process.env.${name}` : `\`${before.replaceAll('`', '\\`')}\${process.env.${name}}\``;
    },
  );
  return `import { createTransformer } from 'group-transformer';

const event = ${JSON.stringify(input.event, null, 2)};

const destination = ${withVariables};

const transformer = await createTransformer();
console.log(transformer.transform([event], [destination]));
`;
}

/** The file of destinations that the command line and the pipelines read. */
export const toDestinationsFile = (inputs: readonly CopyInput[]): string =>
  `${JSON.stringify(inputs.map(placeholderTarget), null, 2)}\n`;

/**
 * A fixture file: the event as a patch to one of those that are shared, the config with its secrets spelt as such, the
 * vendor's answers, and what the service answers to that.
 * @throws {Error} if there is a policy, or no patch can make the event
 * @throws {ServiceProblem}
 */
export async function toFixture(input: CopyInput, options: CallOptions): Promise<string> {
  const { name, delivery, policy, schema, deliverySchema } = input;
  if (policy !== undefined) throw new Error('a fixture has no policy; remove the policy first');
  const config = withSecretsSpelt(schema, input.config);
  const token = deliverySchema && withSecretsSpelt(deliverySchema, delivery);
  const target = { id: name, name, config, ...(token && { delivery: token }) };
  const answers = input.exchanges.map(({ answer }) => answer);
  const [outcome] = await play(input.event, [target], (_destination, _ask, at) => answers[at], options, FIXTURE_TIME);
  if (outcome === undefined) throw new Error('the service gave no result');
  const { result, exchanges } = outcome;
  const asked = exchanges.map(({ ask, answer }): { ask: Request; answer?: Answer } => ({ ask: ask.request, answer }));
  if (result.outcome === 'ask') asked.push(...result.asks.map(({ request }) => ({ ask: request })));
  const fixture = {
    ...patchFor(input.event),
    config,
    ...(token && { delivery: token }),
    ...(asked.length > 0 && { dialogue: asked }),
    expect: expectationOf(result),
  };
  return `${JSON.stringify(fixture, null, 2)}\n`;
}

/** The shared event that needs the smallest patch; a patch cannot set null. */
function patchFor(event: Json): { event: string; patch?: JsonObject } {
  const candidates = baseEvents.flatMap((base) => {
    const patch = (generate(structuredClone(base.event), structuredClone(event)) ?? {}) as Json;
    const made: unknown = isJsonObject(patch) ? apply(structuredClone(base.event), structuredClone(patch)) : undefined;
    return isJsonObject(patch) && isSame(made, event) ? [{ event: base.name, patch }] : [];
  });
  const size = ({ patch }: { patch: JsonObject }) => JSON.stringify(patch).length;
  const [smallest] = candidates.sort((a, b) => size(a) - size(b));
  if (smallest === undefined) throw new Error('no patch of a shared event can make this event');
  return size(smallest) > 2 ? smallest : { event: smallest.event };
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

function expectationOf(result: Outcome['result']): object {
  const warnings = result.warnings && { warnings: result.warnings.map(({ code, path }) => ({ code, path })) };
  switch (result.outcome) {
    case 'send':
      return { send: result.requests, ...warnings };
    case 'drop':
      return { drop: { code: result.code }, ...warnings };
    case 'fail':
      return { fail: { code: result.code, ...(result.path !== undefined && { path: result.path }) }, ...warnings };
    case 'ask':
      return { fail: { code: 'DIALOGUE_NEEDED' }, ...warnings };
  }
}
