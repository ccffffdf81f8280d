/**
 * The kit: everything a destination is made of, and the only thing that it imports.
 */
export { awsSignature } from './aws.ts';
export { baseUrl, batchSize, hostLabel, pairs, rows, secret, secretUrl, targetUrl, z } from './config.ts';
export { addressLine, e164 } from './converters/contact.ts';
export type { Converter } from './converters/converter.ts';
export { isoDate, isoDateTime, isoSeconds, unixMicros, unixMillis, unixSeconds } from './converters/date.ts';
export { boolean, decimal, integer, oneOf, only, text } from './converters/scalar.ts';
export { domain, email, hostname, webUrl } from './converters/web.ts';
export { ask, askAll, deny, dialogue, ensure, read, write } from './dialogue.ts';
export { defineDestination, need, refuse, rejects, warn, type Rule } from './define.ts';
export type { Expr, Secret } from './expression.ts';
export type { Fields, FlattenStyle, Scalar } from './fields.ts';
export { rest, type Mapped } from './literal.ts';
export { basic, custom, del, each, get, given, patch, post, put, type RequestNode } from './request.ts';
export { context, event, fields, now, option, person, trait, traits, union } from './sources.ts';
export {
  all,
  any,
  compact,
  compute,
  concat,
  entry,
  first,
  is,
  jsonText,
  merge,
  none,
  omitEmpty,
  present,
  template,
  when,
  whenPresent,
} from './structure.ts';
export { url, urlWithin, type UrlTemplate } from './url.ts';
export type { Json, JsonObject } from '../core/json.ts';
