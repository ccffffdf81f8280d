import { z } from 'zod';

import { secret } from './config.ts';
import { text } from './converters/scalar.ts';
import { type Rule, warn } from './define.ts';
import type { Secret } from './expression.ts';
import { isNotNull } from './guards.ts';
import { del, get, patch, post, put, type RequestNode } from './request.ts';
import { context, event, fields, option } from './sources.ts';
import { union, when } from './structure.ts';
import { urlWithin } from './url.ts';

const withBody = { POST: post, PUT: put, PATCH: patch };
const withoutBody = { GET: get, DELETE: del };
const hasBody = (method: Method): method is 'POST' | 'PUT' | 'PATCH' => method in withBody;

type Method = 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE';

/** The parts of the event that describe the request itself, not its contents. */
const instructions = { url: 'fullPath', path: 'appendPath', headers: 'header' };
const instruction = (name: string) => event.at(name).or(option(name)).as(text);

const ownHeaders = fields(event.at(instructions.headers)).map((value) =>
  typeof value === 'string' ? value : JSON.stringify(value),
);

const ip = context('ip').or(event.at('request_ip'));
const body = union(
  fields(event.payload)
    .omit(...Object.values(instructions), 'context')
    .filter(isNotNull),
  { context: when(ip, union({ ip }, context.all)).or(context.all) },
);

/**
 * A config field with the method of a webhook.
 * @example
 * webhookMethod().parse(undefined) // 'POST'
 */
export const webhookMethod = () =>
  z.enum(['POST', 'PUT', 'PATCH', 'GET', 'DELETE']).default('POST').describe('Method of the requests');

/**
 * A config field with additional headers of a webhook, as rows. Returns them by their names in lower case.
 * @example
 * Object.keys(webhookHeaders().parse([{ from: 'X-Key', to: 'k' }])) // ['x-key']
 */
export function webhookHeaders() {
  const row = z.object({
    from: z.string().optional().describe('Name of the header'),
    to: secret('Value of the header').optional(),
  });
  return z
    .array(row)
    .prefault([])
    .transform((rows) => rows.flatMap(({ from, to = '' }) => (from === undefined ? [] : [[from.toLowerCase(), to]])))
    .transform((pairs) => Object.fromEntries(pairs) as Record<string, Secret | string>)
    .describe('Additional headers');
}

/**
 * The request that passes an event on, unchanged, to a URL of the config. The event may select another path of that
 * origin, and additional headers.
 * @example
 * webhookRequest(config.hookUrl, 'GET') // ['GET https://hooks.acme.example/in/k7/']
 */
export function webhookRequest(
  base: Secret,
  method: Method,
  headers: Readonly<Record<string, Secret | string>> = {},
): RequestNode {
  const names = Object.keys(headers);
  const ofEvent = ownHeaders
    .mapKeys((name) => (names.includes(name.toLowerCase()) ? name.toLowerCase() : name))
    .omit(...names);
  const url = urlWithin(base, { instead: instruction(instructions.url), append: instruction(instructions.path) });
  return hasBody(method)
    ? withBody[method].json({
        url,
        headers: union<string>(ofEvent, { 'content-type': 'application/json', ...headers }),
        body,
      })
    : withoutBody[method].empty({ url, headers: union<string>(ofEvent, headers) });
}

/**
 * Warns about events that a webhook's method cannot carry.
 * @example
 * webhookRules('DELETE').length // 1
 */
export const webhookRules = (method: Method): Rule[] =>
  hasBody(method) ? [] : [warn(event.at('type'), `a ${method} request carries nothing of the event`)];
