import { z } from 'zod';
import { request } from './requests.ts';
import { position } from './values.ts';

const next = position.describe('Position of the request that comes next');

/** A result whose requests are to be made, and how many of them have been made already. */
export const deliveryCall = z
  .object({
    outcome: z.literal('send'),
    requests: z.array(request).min(1).describe('To be sent in order until one fails'),
    next: position.optional().describe('Position of the request to begin with, as an earlier delivery gave it'),
  })
  .describe('A result that is to be sent, as it was answered; what else it has is not read.');

/** What was answered to the request that was not accepted, or why there was no answer. */
const stop = z.strictObject({
  next,
  message: z.string(),
  status: z.int().exactOptional().describe('Of the answer, if there was one'),
  answer: z.string().exactOptional().describe('Its first 1,000 characters'),
});

/** What has come of a delivery. */
export const delivery = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('delivered'), next, status: z.int().exactOptional(), answer: stop.shape.answer }),
  stop.extend({ outcome: z.literal('refused') }).describe('To repeat it changes nothing.'),
  stop
    .extend({
      outcome: z.literal('retry'),
      retryAfter: z.number().exactOptional().describe('Seconds that the vendor asks to wait'),
    })
    .describe('It may be accepted later, from `next` on.'),
]);

export type Delivery = z.output<typeof delivery>;
