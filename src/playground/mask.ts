import type { ExplainedField } from '../contract/lineage.ts';
import type { Request } from '../contract/requests.ts';
import { isJsonObject, type Json, type JsonObject, setOwn } from '../core/json.ts';
import { HIDDEN, standIn } from '../core/secrets.ts';
import { insideOf, keyedRequests, step, targetsOf } from './lineage.ts';
import type { Outcome } from './service.ts';

/**
 * The visible form of an outcome. Where its explanation marks a secret in a request or an ask, the explanation's text
 * replaces it. There are no secrets elsewhere.
 */
export function masked(outcome: Outcome): Outcome {
  const { result, exchanges } = outcome;
  const keyed = keyedRequests(outcome);
  const show = (key: string, request: Request): Request => {
    const { fields } = result.explain ?? {};
    if (fields === undefined) return withheld(request);
    const isOfRequest = (field: ExplainedField) => targetsOf(field, fields, keyed).some((one) => one.key === key);
    return maskedRequest(request, fields.filter(isOfRequest).flatMap(secretsOf));
  };
  const showAsk = <Asked extends { key: string; request: Request }>(ask: Asked) => ({
    ...ask,
    request: show(ask.key, ask.request),
  });
  return {
    ...outcome,
    exchanges: exchanges.map((exchange) => ({ ...exchange, ask: showAsk(exchange.ask) })),
    result: {
      ...result,
      ...(result.outcome === 'send' && { requests: result.requests.map((one, at) => show(String(at), one)) }),
      ...(result.outcome === 'ask' && { asks: result.asks.map(showAsk) }),
    },
  };
}

/** A request of which nobody knows where its secrets are. */
function withheld({ method, url }: Request): Request {
  return { method, url: standIn(url), headers: {}, query: {}, body: { json: HIDDEN } };
}

/** A place in a request that has a secret in it, and what the explanation shows there. */
interface Secret {
  place: string;
  out: Json | undefined;
}

function secretsOf({ isSecret, status, to, out }: ExplainedField): Secret[] {
  if (isSecret !== true || status !== 'sent') return [];
  const place = insideOf(to);
  if (!place.endsWith('.*') || !isJsonObject(out)) return [{ place, out }];
  return Object.entries(out).map(([key, value]) => ({ place: step(place.slice(0, -'.*'.length), key), out: value }));
}

function maskedRequest(request: Request, secrets: readonly Secret[]): Request {
  if (secrets.some(({ place }) => place === '')) return withheld(request);
  return mask(request, [''], secrets) as unknown as Request;
}

/** @param places the names of the place where the value is; elements of lists have several */
function mask(value: Json, places: readonly string[], secrets: readonly Secret[]): Json {
  const here = secrets.filter(({ place }) => places.includes(place));
  if (here.length > 0) return shownAt(value, here);
  if (Array.isArray(value)) {
    const placesOf = (index: number) => places.flatMap((place) => [step(place, index), `${place}[]`]);
    return value.map((element, index) => mask(element, placesOf(index), secrets));
  }
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, field] of Object.entries(value)) {
    setOwn(
      copy,
      key,
      mask(
        field,
        places.map((place) => step(place, key)),
        secrets,
      ),
    );
  }
  return copy;
}

/** What the explanation shows instead of a value, unless it shows several places. */
function shownAt(value: Json, [first, ...others]: readonly Secret[]): Json {
  const isOne = others.every(({ out }) => JSON.stringify(out) === JSON.stringify(first?.out));
  if (isOne && first?.out !== undefined && !first.place.includes('[]')) return first.out;
  return typeof value === 'string' ? standIn(value) : HIDDEN;
}
