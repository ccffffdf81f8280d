import { z } from 'zod';

import { request } from './requests.ts';
import { json } from './values.ts';

/**
 * What a call changes at the vendor. `read` changes nothing. `write` changes the event's own record. `ensure` creates a
 * record that all events share and that may already exist.
 */
export const effect = z.enum(['read', 'write', 'ensure']);

/** A call to the vendor whose answer decides the next step. Equal calls have equal keys. */
export const ask = z.strictObject({
  key: z.string().describe('The key for the answer'),
  effect,
  request,
  reads: z.unknown().describe('The JSON Schema of the part of the answer that is read'),
});

/** The vendor's answer, or why there is none. */
export const answer = z.union([
  z.strictObject({
    status: z.int().min(100).max(599),
    retryAfter: z.number().nonnegative().exactOptional(),
    json: json.exactOptional(),
    text: z.string().exactOptional(),
  }),
  z.strictObject({ error: z.string() }),
]);

/** A call that changed something at the vendor. */
export const written = z.strictObject({ step: z.string(), method: z.string(), url: z.string() });

export type Effect = z.output<typeof effect>;
export type Ask = z.output<typeof ask>;
export type Answer = z.output<typeof answer>;
export type Written = z.output<typeof written>;
