/** The kit: everything that destinations are made of, and the only thing that they import. */
export type { Json } from '../core/json.ts';
export { parseUrl } from '../core/url.ts';
export { awsAccess, awsHost, awsHosts, awsRegion, awsSignature } from './aws.ts';
export {
  baseUrl,
  batchSize,
  forGroups,
  hostLabel,
  pairs,
  regions,
  rows,
  secret,
  secretUrl,
  setting,
  z,
} from './config.ts';
export { addressLine, e164 } from './converters/contact.ts';
export type { Converter } from './converters/converter.ts';
export { isoDate, isoDateTime, isoSeconds, unixMicros, unixMillis, unixSeconds } from './converters/date.ts';
export { boolean, decimal, integer, joined, oneOf, only, text, textUpTo, withoutNulls } from './converters/scalar.ts';
export { bareHostname, domain, email, hostname, webUrl } from './converters/web.ts';
export { defineDestination, need, refuse, rejects, type Rule, warn } from './define.ts';
export { ask, askAll, deny, dialogue, ensure, findOrCreate, read, withItem, write } from './dialogue.ts';
export type { Expr, Secret } from './expression.ts';
export type { Fields } from './fields.ts';
export { isBoolean, isList, isNotNull, isNumber, isObject, isScalar, isText, type Scalar } from './guards.ts';
export { type Mapped, rest } from './literal.ts';
export { placeOf, sourceOf } from './mapping.ts';
export { basic, del, each, get, given, patch, post, put, type RequestNode, type Requests } from './request.ts';
export { context, event, fields, now, option, person, trait, traits } from './sources.ts';
export {
  aboutPerson,
  all,
  any,
  base64,
  compact,
  compute,
  concat,
  entry,
  first,
  is,
  jsonText,
  nested,
  none,
  omitEmpty,
  present,
  template,
  union,
  verb,
  when,
  whenPresent,
} from './structure.ts';
export { timeZone, utcOffset } from './time-zone.ts';
export { pathOf, url, urlWithin } from './url.ts';
export { webhookHeaders, webhookMethod, webhookRequest, webhookRules } from './webhook.ts';
