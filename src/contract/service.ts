import { z } from 'zod';

import { codesOf } from './codes.ts';

/** Whether the service is up. */
export const status = z.strictObject({
  status: z.enum(['ok', 'draining', 'overloaded']),
  service: z.literal('UP').exactOptional(),
});

/** The answer to a request that cannot be processed. @see https://www.rfc-editor.org/rfc/rfc9457 */
export const problem = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  code: z.enum(codesOf('problem')),
  detail: z.string(),
  path: z.string().exactOptional().describe('The place in the body, or the parameter'),
});

export type Problem = z.output<typeof problem>;
