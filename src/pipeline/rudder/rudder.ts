import _ from 'lodash';
import { isJsonObject, type Json } from '../../core/json.ts';
import { fail, type Outcome } from '../../core/outcome.ts';
import { readEvent, type PairMapper, type Transformer } from '../../core/transform.ts';
import type { Item } from './item.ts';
import { toOutput, toRefused, type Output, type Refused } from './output.ts';
import { resolveTemplates } from './template.ts';

/** One element of a processor's answer: a request, or why there is none. */
export type ProcessorElement = { metadata?: Json } & ({ output: Output; statusCode: 200 } | Refused);

/** One element of a router's answer: all requests of one event, in order, or why there are none. */
export type RouterElement = { metadata: Json[]; batched: false; destination?: Json } & (
  { batchedRequest: unknown; statusCode: 200 } | Refused
);

/**
 * Answers a processor's call: for each item, in order, one element per request, or one that says why there is none.
 * @param type the destination that the call names
 */
export function process(transformer: Transformer, type: string, items: readonly Item[], now: Date): ProcessorElement[] {
  const map = itemMapper(transformer, now);
  return items.flatMap((item): ProcessorElement[] => {
    const outcome = map(item, type);
    const metadata = item.metadata === undefined ? {} : { metadata: item.metadata };
    if (outcome.outcome !== 'send') return [{ ...metadata, ...toRefused(outcome, item, type, 'processor') }];
    return outcome.requests.map((request) => ({ output: toOutput(request), ...metadata, statusCode: 200 }));
  });
}

/**
 * Answers a router's call: for each item, in order, one element.
 * @param type the destination that the call names; without it, each item's own is taken
 */
export function route(
  transformer: Transformer,
  type: string | undefined,
  items: readonly Item[],
  now: Date,
): RouterElement[] {
  const map = itemMapper(transformer, now);
  return items.map((item): RouterElement => {
    const name = type ?? definitionName(item) ?? '';
    const outcome = map(item, name);
    const echo = echoOf(item);
    if (outcome.outcome !== 'send') return { ...echo, ...toRefused(outcome, item, name, 'router') };
    const outputs = outcome.requests.map(toOutput);
    return { ...echo, batchedRequest: outputs.length === 1 ? outputs[0] : outputs, statusCode: 200 };
  });
}

/** Answers a call to batch requests that were transformed before: each goes out as it is, on its own. */
export function batch(items: readonly Item[]): RouterElement[] {
  return items.map((item) => ({ ...echoOf(item), batchedRequest: item.message ?? {}, statusCode: 200 }));
}

function echoOf({ metadata, destination }: Item) {
  return {
    // The server takes back all items of a call if one has no metadata.
    metadata: [metadata ?? {}],
    batched: false as const,
    ...(destination === undefined ? {} : { destination }),
  };
}

function definitionName({ destination }: Item): string | undefined {
  const definition = destination?.DestinationDefinition;
  return isJsonObject(definition) && typeof definition.Name === 'string' ? definition.Name : undefined;
}

/**
 * Maps items, which bring their config with them. Nothing that an item says of its destination but the config itself
 * decides whether it is bound anew: ids, names and revisions may be those of another tenant.
 */
function itemMapper(transformer: Transformer, now: Date): (item: Item, type: string) => Outcome {
  let last: { type: string; config: unknown; map: PairMapper } | undefined;
  return (item, type) => {
    const { destination, rejected } = item;
    if (rejected !== undefined) return rejected;
    if (destination === undefined) return fail('CONFIG_INVALID', 'the item has no destination', 'destination');
    const { config, message } =
      destination.hasDynamicConfig === false
        ? { config: destination.Config, message: item.message }
        : resolveTemplates(destination.Config, item.message);
    if (last?.type !== type || (last.config !== config && !_.isEqual(last.config, config))) {
      const target = { id: type, name: type, config: config ?? {}, enabled: true, isGated: true as const };
      last = { type, config, map: transformer.prepare(target) };
    }
    return last.map(readEvent(message), now, []);
  };
}
