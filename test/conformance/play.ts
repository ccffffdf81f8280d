import type { Json } from '../../src/core/json.ts';
import { ready, start } from '../support/service.ts';
import { type Answer, differencesOf, hidesRequest } from './differences.ts';
import { compacted, type Exchange, exchangesOf, inLowerCase } from './exchanges.ts';
import { type Guard, guardOf } from './mutations.ts';
import { startVendors } from './vendors.ts';
import { Judge } from './waivers.ts';

/** The built service, which asks vendors that answer as they were recorded to. */
export async function startPlay(): Promise<{ url: string; stop: () => void }> {
  const vendors = await startVendors();
  const service = start({ VENDOR_CALLS: 'inline', VENDOR_GATEWAY_URL: vendors.url });
  const stop = () => {
    service.child.kill();
    vendors.close();
  };
  return { url: await ready(service), stop };
}

/** The results of the exchanges of a type. */
export interface Outcome {
  /** What is wrong, by exchange. */
  complaints: Record<string, string[]>;
  guard: Guard;
}

/** Plays all exchanges of a type, both as they were recorded and with each destination named once. */
export async function play(url: string, type: string): Promise<Outcome> {
  const judge = new Judge(type);
  const outcome: Outcome = { complaints: {}, guard: { leaves: 0, unguarded: [] } };
  for (const recorded of exchangesOf(type)) {
    const actual = await ask(url, recorded, recorded.request);
    const exchange = await expectedOf(url, recorded, actual);
    const short = withoutIds(await ask(url, exchange, compacted(exchange.request)));
    const complaints = [
      ...judge.complaintsOf(exchange, actual),
      ...judge.complaintsOf(withoutIds(exchange), short).map((complaint) => `compacted: ${complaint}`),
      ...(actual.apiVersion === '2' ? [] : ['the header apiVersion is not 2']),
    ];
    if (complaints.length > 0) outcome.complaints[exchange.id] = complaints;
    const { leaves, unguarded } = guardOf(judge, exchange, actual);
    outcome.guard.leaves += leaves;
    outcome.guard.unguarded.push(...unguarded);
  }
  return outcome;
}

/**
 * What an answer is compared with. Where events were refused for the case of their type alone, it is the answer to the
 * same events in lower case.
 */
export async function expectedOf(url: string, exchange: Exchange, actual: Answer): Promise<Exchange> {
  const lowered = inLowerCase(exchange.request);
  if (lowered === undefined || !differencesOf(exchange.response, actual).some(hidesRequest)) return exchange;
  return { ...exchange, response: await ask(url, exchange, lowered) };
}

export async function ask(url: string, exchange: Exchange, request: Json): Promise<Answer> {
  const isCompacted =
    !Array.isArray(request) && request !== null && typeof request === 'object' && 'destinations' in request;
  const response = await fetch(url + exchange.path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(isCompacted && { 'X-Content-Format': 'json+compactedv1' }) },
    body: JSON.stringify(request),
  });
  return { status: response.status, apiVersion: response.headers.get('apiVersion'), body: await response.json() };
}

/** Those of a compacted request are others than the recorded ones. */
function withoutIds<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value, (key, field: unknown) => (['destinationId', 'sourceId'].includes(key) ? undefined : field)),
  ) as Value;
}
