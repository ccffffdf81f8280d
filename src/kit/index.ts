/**
 * The kit: everything a destination is made of, and the only thing that it imports.
 */
export { awsHost, awsHosts, awsRegion, awsSignature } from './aws.ts';
export { baseUrl, batchSize, hostLabel, pairs, regions, rows, secret, secretUrl, z } from './config.ts';
export { addressLine, e164 } from './converters/contact.ts';
export type { Converter } from './converters/converter.ts';
export { isoDate, isoDateTime, isoSeconds, unixMicros, unixMillis, unixSeconds } from './converters/date.ts';
export { boolean, decimal, integer, oneOf, only, text } from './converters/scalar.ts';
export { domain, email, hostname, webUrl } from './converters/web.ts';
export { ask, askAll, deny, dialogue, ensure, findOrCreate, read, write } from './dialogue.ts';
export { defineDestination, need, refuse, rejects, warn, type Rule } from './define.ts';
export type { Expr, Secret } from './expression.ts';
export type { Fields } from './fields.ts';
export { isBoolean, isList, isNotNull, isNumber, isObject, isScalar, isText, type Scalar } from './guards.ts';
export { rest, type Mapped } from './literal.ts';
export { basic, del, each, get, given, patch, post, put, type RequestNode, type Requests } from './request.ts';
export { context, event, fields, now, option, person, trait, traits } from './sources.ts';
export {
  aboutPerson,
  all,
  any,
  compact,
  compute,
  concat,
  entry,
  first,
  is,
  jsonText,
  none,
  omitEmpty,
  present,
  template,
  union,
  verb,
  when,
  whenPresent,
} from './structure.ts';
export { parseUrl } from '../core/url.ts';
export { url, urlWithin } from './url.ts';
export type { Json } from '../core/json.ts';
