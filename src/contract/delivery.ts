import { z } from 'zod';

import { request } from './requests.ts';
import { position } from './values.ts';

const next = position.describe('Position of the next request to send');

/** A result to deliver, and the position of the request to start with. */
export const deliveryCall = z
  .object({
    outcome: z.literal('send'),
    requests: z.array(request).min(1).describe('To be sent in order, up to the first failure'),
    next: position.optional().describe('Position of the request to start with: `next` of an earlier delivery'),
  })
  .describe('A result with the outcome `send`, as `POST /transform` returns it. Other fields are ignored.');

/** The vendor's answer to the request that was not accepted, or why there is none. */
const stop = z.strictObject({
  next,
  message: z.string(),
  status: z.int().exactOptional().describe('Status of the vendor’s answer, if there was one'),
  answer: z.string().exactOptional().describe('First 1,000 characters of the vendor’s answer'),
});

/** The outcome of a delivery. */
export const delivery = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('delivered'), next, status: z.int().exactOptional(), answer: stop.shape.answer }),
  stop.extend({ outcome: z.literal('refused') }).describe('A retry would fail too.'),
  stop
    .extend({
      outcome: z.literal('retry'),
      retryAfter: z.number().exactOptional().describe('Seconds to wait, from the vendor’s `Retry-After`'),
    })
    .describe('Not accepted now. Retry later, starting with the request at `next`.'),
]);

export type Delivery = z.output<typeof delivery>;
