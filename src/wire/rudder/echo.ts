import { randomBytes } from 'node:crypto';

import type { Fail } from '../../contract/results.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ToText } from '../text.ts';

/** The placeholder for a destination while elements become text. No client can guess it. */
const STAND_IN = randomBytes(12).toString('hex');
const QUOTED_STAND_IN = `"${STAND_IN}"`;

/** The maximum number of bytes that repetitions of one destination may add to an answer, unless its call is longer. */
const REPEATED_BYTES = 10_000_000;

/** How many times the length of the call the repetitions of one destination may be. */
const REPEATED_TIMES = 20;

/** A destination of a call. It is read and serialized once, however many items share it. */
export class Echo {
  readonly destination: JsonObject;
  /** The destination's fault, if any. */
  readonly misshapen: Fail | undefined;
  /** The number of items that share it. */
  uses = 0;
  readonly #limit: number;
  #text: string | undefined;

  /** @param callBytes the size of the call */
  constructor(destination: JsonObject, misshapen: Fail | undefined, callBytes: number) {
    this.destination = destination;
    this.misshapen = misshapen;
    this.#limit = Math.max(REPEATED_BYTES, REPEATED_TIMES * callBytes);
  }

  /** The JSON text of the destination. */
  get text(): string {
    return (this.#text ??= JSON.stringify(this.destination));
  }

  /** The part of it that an element repeats: nothing if all elements together would repeat too much. */
  get repeated(): Echo | JsonObject | undefined {
    if (this.misshapen !== undefined) return undefined;
    if (this.uses <= 1) return this.destination;
    return this.text.length * this.uses > this.#limit ? undefined : this;
  }

  toJSON(): string {
    return STAND_IN;
  }
}

/** Serializes elements, and inserts the text of each destination. */
export const textOfElements: ToText<object> = (elements) => {
  const text = JSON.stringify(elements);
  const echoes = elements
    .map((element: { destination?: unknown }) => element.destination)
    .filter((echo) => echo instanceof Echo);
  let next = 0;
  return echoes.length === 0 ? text : text.replaceAll(QUOTED_STAND_IN, () => (echoes[next++] as Echo).text);
};
