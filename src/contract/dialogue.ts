import { z } from 'zod';
import { request } from './requests.ts';
import { json } from './values.ts';

/**
 * What a call does at the vendor: `read` changes nothing; `write` changes what the event is about; `ensure` makes
 * something that all events share, and that may be there already.
 */
export const effect = z.enum(['read', 'write', 'ensure']);

/** A call to the vendor whose answer decides how the dialogue goes on. The key is the same for the same call. */
export const ask = z.strictObject({
  key: z.string().describe('What the answer is to be given under'),
  effect,
  request,
  reads: z.unknown().describe('The JSON Schema of what is read of the answer'),
});

/** What a vendor answered, or why there is no answer. */
export const answer = z.union([
  z.strictObject({
    status: z.int().min(100).max(599),
    retryAfter: z.number().nonnegative().exactOptional(),
    json: json.exactOptional(),
    text: z.string().exactOptional(),
  }),
  z.strictObject({ error: z.string() }),
]);

/** A call that has changed something at a vendor. */
export const written = z.strictObject({ step: z.string(), method: z.string(), url: z.string() });

export type Effect = z.output<typeof effect>;
export type Ask = z.output<typeof ask>;
export type Answer = z.output<typeof answer>;
export type Written = z.output<typeof written>;
