import { LRUCache } from 'lru-cache';

import type { Fail } from '../../contract/results.ts';
import type { JsonObject } from '../../core/json.ts';
import { checkShape } from '../../core/limits.ts';
import type { Policy } from '../../core/policy.ts';
import type { BoundTarget } from '../../core/transform.ts';
import { type FillTemplates, readTemplates, withoutTemplates } from './template.ts';

/** The parts of an item that it is bound by, and the bound target. */
export interface BoundItem {
  type: string;
  policy: Policy | undefined;
  config: unknown;
  delivery: unknown;
  bound: BoundTarget;
}

/** A destination as a call contains it. It must not be changed: other items, and other calls, may share it. */
export class CallDestination {
  readonly value: JsonObject;
  /** Its fault, if any. */
  readonly misshapen: Fail | undefined;
  /** What its last item was bound to. */
  bound: BoundItem | undefined;
  #text: string | undefined;
  #fillTemplates: FillTemplates | undefined;

  constructor(value: JsonObject) {
    this.value = value;
    this.misshapen = checkShape(value, 'destination');
  }

  /** The JSON text of the destination. */
  get text(): string {
    return (this.#text ??= JSON.stringify(this.value));
  }

  /** Fills in the templates of its config from an event. */
  get fillTemplates(): FillTemplates {
    const { hasDynamicConfig, Config: config } = this.value;
    return (this.#fillTemplates ??= hasDynamicConfig === false ? withoutTemplates(config) : readTemplates(config));
  }
}

/** The maximum length of all texts together, and of one. A destination takes a few times the length of its text. */
const MAX_LENGTH = { all: 4_000_000, one: 100_000 };

/**
 * The destinations of recent calls of one route, by their texts. A server repeats the same few destinations in all of
 * its calls, so each is parsed, checked, bound and serialized once.
 */
export class KnownDestinations {
  readonly #byText = new LRUCache<string, CallDestination>({
    maxSize: MAX_LENGTH.all,
    maxEntrySize: MAX_LENGTH.one,
    sizeCalculation: (_destination, text) => text.length,
  });

  #last: { text: Buffer; destination: CallDestination } | undefined;

  /** The one that was read last, which the next call often repeats. */
  get last() {
    return this.#last;
  }

  /** @param text the bytes of a JSON object @param parse parses them */
  get(text: Buffer, parse: () => JsonObject): CallDestination {
    const key = text.toString('latin1');
    let destination = this.#byText.get(key);
    if (destination === undefined) {
      destination = new CallDestination(parse());
      this.#byText.set(key, destination);
    }
    // A copy, since the text is part of a whole body.
    if (text.length <= MAX_LENGTH.one) this.#last = { text: Buffer.from(text), destination };
    return destination;
  }

  /** Forgets all destinations. */
  release(): void {
    this.#byText.clear();
    this.#last = undefined;
  }
}
