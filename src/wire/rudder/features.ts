import { type Destination, hasDialogue, isRejecting, mayBatch } from '../../core/definition.ts';
import { boundExamples } from '../../core/describe.ts';
import type { Registry } from '../../core/registry.ts';

/** What the server asks of its transformer, and how it uses the answer. */
export interface Features {
  /**
   * Destinations whose raw events must come to the router's route, which keeps several requests of one event together.
   */
  routerTransform: Record<string, true>;
  /** Destinations whose users can be deleted through the transformer: none. */
  regulations: string[];
  /** Whether deliveries can go through the transformer: they cannot. */
  supportTransformerProxyV1: false;
  /** Whether a call may list each destination once. */
  supportDestTransformCompactedPayloadV1: true;
  /** Without it, the server stops at its second check. */
  upgradedToSourceTransformV2: true;
}

export function featuresOf({ destinations }: Registry): Features {
  const routed = destinations.filter(needsRouter).flatMap(definitionNames);
  return {
    routerTransform: Object.fromEntries(routed.map((name) => [name, true as const])),
    regulations: [],
    supportTransformerProxyV1: false,
    supportDestTransformCompactedPayloadV1: true,
    upgradedToSourceTransformV2: true,
  };
}

/**
 * Whether one event may produce several requests in order, or several events one request; whether the vendor may have
 * to be asked; or whether a token comes with the call.
 */
function needsRouter(destination: Destination): boolean {
  if (isRejecting(destination) || destination.rejectsPipelines !== undefined) return false;
  if (destination.delivery !== undefined) return true;
  return Object.values(boundExamples(destination)).some(
    ({ compiled }) => compiled.requests.length > 1 || mayBatch(compiled) || hasDialogue(compiled),
  );
}

/** The names under which a pipeline may know a destination. It writes them in capitals, with underscores. */
function definitionNames({ name, aliases }: Destination): string[] {
  return [name, ...aliases].map((text) => text.toUpperCase()).filter((text) => /^[A-Z0-9_]+$/.test(text));
}
