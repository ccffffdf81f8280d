import { randomBytes } from 'node:crypto';

import type { JsonObject } from '../../core/json.ts';
import type { ToText } from '../text.ts';
import type { CallDestination } from './destinations.ts';

/** The placeholder for a destination while elements become text. No client can guess it. */
const STAND_IN = randomBytes(12).toString('hex');
const QUOTED_STAND_IN = `"${STAND_IN}"`;

/** The maximum number of bytes that repetitions of one destination may add to an answer, unless its call is longer. */
const REPEATED_BYTES = 10_000_000;

/** How many times the length of the call the repetitions of one destination may be. */
const REPEATED_TIMES = 20;

/** A destination of a call, as its items return it. */
export class Echo {
  readonly source: CallDestination;
  /** The number of items that share it. */
  uses = 0;
  readonly #limit: number;

  /** @param callBytes the size of the call */
  constructor(source: CallDestination, callBytes: number) {
    this.source = source;
    this.#limit = Math.max(REPEATED_BYTES, REPEATED_TIMES * callBytes);
  }

  /** The part of it that an element repeats: nothing if all elements together would repeat too much. */
  get repeated(): Echo | JsonObject | undefined {
    const { source, uses } = this;
    if (source.misshapen !== undefined) return undefined;
    if (uses <= 1) return source.value;
    return source.text.length * uses > this.#limit ? undefined : this;
  }

  toJSON(): string {
    return STAND_IN;
  }
}

/** Serializes elements, and inserts the text of each destination. */
export const textOfElements: ToText<object> = (elements) => {
  const text = JSON.stringify(elements);
  const echoes: Echo[] = [];
  for (const { destination } of elements as readonly { destination?: unknown }[]) {
    if (destination instanceof Echo) echoes.push(destination);
  }
  let next = 0;
  return echoes.length === 0 ? text : text.replaceAll(QUOTED_STAND_IN, () => (echoes[next++] as Echo).source.text);
};
