import { z } from 'zod';

import { list } from './values.ts';

/** The maximum number of paths in a list. */
const MAX_PATHS = 1_000;

/** More than an event's keys may have. */
const MAX_PATH_LENGTH = 2_000;

/** Steps between dots; each is a name, or `*` for any. */
const PATH = /^(?!(?:context\.)?traits\.)(?:\*|[^.*[\]]+)(?:\.(?:\*|[^.*[\]]+))*$/;

const path = z
  .string()
  .max(MAX_PATH_LENGTH)
  .regex(PATH, 'must be a path that starts at the trait, such as billing.iban or billing.*');

const paths = list(path).check(z.maxLength(MAX_PATHS));

/** The traits that may hold the group’s id, in any spelling. */
const GROUP_ID = /^(?:group[^\p{L}\p{N}]*)?id$/iu;

/** New names by paths. A name replaces the last step of its path. */
const names = z
  .record(
    z.string(),
    z
      .string()
      .max(MAX_PATH_LENGTH)
      .regex(/^[^.]+$/, 'must be a name without dots'),
  )
  .superRefine((given, context) => {
    const refuse = (from: string, message: string) => {
      context.addIssue({ code: 'custom', path: [from], message });
    };
    if (Object.keys(given).length > MAX_PATHS) refuse('', `must have at most ${String(MAX_PATHS)} fields`);
    for (const [from, to] of Object.entries(given)) {
      if (!PATH.test(from) || from.includes('*')) {
        refuse(from, 'must be a path that starts at the trait and has no *, such as billing.iban');
      } else if (!from.includes('.') && [from, to].some((name) => GROUP_ID.test(name))) {
        refuse(from, 'must not rename the id of the group, or make a trait its id');
      }
    }
  });

/** Which traits may reach a destination. */
export const policy = z.strictObject({
  traits: z
    .strictObject({
      deny: paths.optional().describe('The traits to withhold, with everything below them'),
      allow: paths.optional().describe('The only traits to send. `deny` wins over it'),
    })
    .optional()
    .describe('What to withhold of the group’s traits'),
  person: z
    .strictObject({ deny: paths.describe('The traits and ids to withhold, such as `email` or `userId`; `*` for all') })
    .optional()
    .describe('What to withhold of the person’s traits and ids'),
  rename: names.optional().describe('New names for traits of the group that are not withheld, by their paths'),
});

/** Policies by the names or ids of destinations. */
export const policies = z.record(z.string().min(1), policy);

export type PolicyRules = z.output<typeof policy>;
export type PoliciesByDestination = z.output<typeof policies>;
