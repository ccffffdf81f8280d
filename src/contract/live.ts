import { z } from 'zod';

/** A call of an SDK that has arrived for the playground: a group event, or why there is none. */
const arrival = z.strictObject({
  id: z.number().describe('Grows with every arrival, also over restarts'),
  receivedAt: z.iso.datetime(),
  library: z.string().exactOptional().describe('The name of the SDK, as far as the event tells it'),
  event: z.record(z.string(), z.unknown()).exactOptional(),
  problem: z.string().exactOptional().describe('Why the call cannot be read'),
});

/** What SDKs have sent to the playground. */
export const arrivals = z.strictObject({
  arrivals: z.array(arrival).describe('Oldest first'),
  ignored: z.number().describe('How many events of other types have arrived'),
});

export type Arrival = z.output<typeof arrival>;
export type Arrivals = z.output<typeof arrivals>;
