import _ from 'lodash';
import { z } from 'zod';

import { type FormValue, type Request, request as requestSchema } from '../../contract/requests.ts';
import type { Drop, Fail } from '../../contract/results.ts';
import type { Stream } from '../../core/definition.ts';
import { isJsonObject, type Json, tryParseJson } from '../../core/json.ts';
import { wsseHeader } from '../../core/wsse.ts';
import type { Item } from './decode.ts';

/** A request in the form that the pipeline stores and delivers. */
interface Output {
  version: '1';
  type: 'REST';
  method: string;
  endpoint: string;
  userId: string;
  headers: Record<string, string>;
  params: Request['query'];
  body: { JSON: unknown; JSON_ARRAY: unknown; XML: object; FORM: unknown };
  files: object;
}

/** The parts of the pipeline's form that a request lacks. */
const NOTHING = Object.freeze({});

/** The pipeline's form of a request, or the literal for another means of delivery. */
export function toOutput(request: Request | Stream, now: Date): unknown {
  return 'rudder' in request ? request.rudder : toRequestOutput(request, now);
}

/** The pipeline sends a list as a body only if it is text. */
function toRequestOutput({ method, url, headers, query, body, auth }: Request, now: Date): Output {
  const json = body !== undefined && 'json' in body ? body.json : NOTHING;
  const isList = Array.isArray(json);
  return {
    version: '1',
    type: 'REST',
    method,
    endpoint: url,
    userId: '',
    headers: auth?.type === 'wsse' ? { ...headers, 'X-WSSE': wsseHeader(auth, now) } : headers,
    params: query,
    body: {
      JSON: isList ? NOTHING : json,
      JSON_ARRAY: isList ? { batch: JSON.stringify(json) } : NOTHING,
      XML: NOTHING,
      FORM: body !== undefined && 'form' in body ? toForm(body.form) : NOTHING,
    },
    files: NOTHING,
  };
}

/** The parts of the pipeline's form that say what is sent. */
const sentOutput = z.object({
  method: z.string(),
  endpoint: z.string(),
  headers: z.record(z.string(), z.json()).default({}),
  params: z.record(z.string(), z.json()).default({}),
  body: z.record(z.string(), z.json()).default({}),
});

/** Reads a request in the pipeline's form, or returns undefined if it isn't one that this service could make. */
export function fromOutput(output: unknown): Request | undefined {
  const { data } = sentOutput.safeParse(output);
  if (data === undefined) return undefined;
  const { method, endpoint: url, headers, params: query } = data;
  const [format, ...others] = Object.entries(data.body).filter(([, content]) => !_.isEmpty(content));
  const body = format && bodyIn(...format);
  if (others.length > 0 || (format !== undefined && body === undefined)) return undefined;
  return requestSchema.safeParse({ method, url, headers, query, ...(body && { body }) }).data;
}

function bodyIn(format: string, content: Json): object | undefined {
  if (format === 'JSON') return { json: content };
  if (format === 'FORM') return { form: content };
  const list = format === 'JSON_ARRAY' && isJsonObject(content) ? content.batch : undefined;
  return typeof list === 'string' ? { json: tryParseJson(list) } : undefined;
}

/**
 * The pipeline prints the values of a form as Go does: numbers from a million up, or close to zero, get an exponent
 * (`1.5e+06`), which a vendor may not read. Text is sent unchanged.
 */
function toForm(form: Record<string, FormValue>): Record<string, FormValue> {
  if (!_.some(form, isPrintedWithExponent)) return form;
  return _.mapValues(form, (value) => (isPrintedWithExponent(value) ? String(value) : value));
}

const isPrintedWithExponent = (value: FormValue): boolean =>
  typeof value === 'number' && value !== 0 && !_.inRange(Math.abs(value), 1e-4, 1e6);

/** The part of an answer that says why nothing is sent. */
export interface Refused {
  statusCode: number;
  error: string;
  statTags: Record<string, string>;
  authErrorCategory?: string;
}

/** The kinds of calls, by the names under which the pipeline counts them. */
export type Feature = 'processor' | 'router' | 'batch';

/**
 * Nothing to send is 298 for the pipeline, which counts it as filtered. What may succeed later is 429 or 500, which its
 * router retries. Events that are not group events, and permanent failures, are 400.
 */
export function toRefused(outcome: Drop | Fail, item: Item, type: string, feature: Feature): Refused {
  const { statusCode, errorCategory = 'dataValidation', errorType, authErrorCategory } = refusalOf(outcome);
  return {
    statusCode,
    error:
      outcome.code === 'NOT_A_GROUP_EVENT' ? `${outcome.message}; this service handles group calls` : outcome.message,
    statTags: { errorCategory, errorType, ...tagsOf(item, type, feature) },
    ...(authErrorCategory && { authErrorCategory }),
  };
}

interface Refusal {
  statusCode: number;
  errorCategory?: string;
  errorType: string;
  /** What the server must do about the token that it gave. */
  authErrorCategory?: 'AUTH_STATUS_INACTIVE';
}

function refusalOf(outcome: Drop | Fail): Refusal {
  if (outcome.outcome === 'drop') {
    const isFiltered = outcome.code !== 'NOT_A_GROUP_EVENT';
    return isFiltered ? { statusCode: 298, errorType: 'filtered' } : { statusCode: 400, errorType: 'instrumentation' };
  }
  switch (outcome.code) {
    case 'VENDOR_THROTTLED':
      return { statusCode: 429, errorCategory: 'network', errorType: 'throttled' };
    case 'VENDOR_UNAVAILABLE':
      return { statusCode: 500, errorCategory: 'network', errorType: 'retryable' };
    case 'VENDOR_REFUSED':
      return { statusCode: 400, errorCategory: 'network', errorType: 'aborted' };
    case 'DELIVERY_REFUSED':
      // None of these vendors refreshes tokens: a refused token has been revoked.
      return {
        statusCode: 400,
        errorCategory: 'network',
        errorType: 'aborted',
        authErrorCategory: 'AUTH_STATUS_INACTIVE',
      };
    case 'DELIVERY_INVALID':
      return { statusCode: 500, errorCategory: 'platform', errorType: 'retryable' };
    case 'DIALOGUE_NEEDED':
      return { statusCode: 500, errorCategory: 'platform', errorType: 'retryable' };
    case 'CONFIG_INVALID':
    case 'DESTINATION_UNKNOWN':
      return { statusCode: 400, errorType: 'configuration' };
    default:
      return { statusCode: 400, errorType: 'instrumentation' };
  }
}

/** Whether a retry may have another outcome. */
export function isRetryable(outcome: { outcome: 'send' } | Drop | Fail): outcome is Fail {
  return outcome.outcome === 'fail' && [429, 500].includes(refusalOf(outcome).statusCode);
}

/** The tags of every refusal. */
export function tagsOf({ metadata }: Item, type: string, feature: Feature): Record<string, string> {
  return {
    destType: type.toUpperCase(),
    module: 'destination',
    implementation: 'native',
    feature,
    destinationId: textOf(isJsonObject(metadata) ? metadata.destinationId : undefined),
    workspaceId: textOf(isJsonObject(metadata) ? metadata.workspaceId : undefined),
  };
}

/** The server cannot decode a tag that is not text. */
function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
