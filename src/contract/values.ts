import { z } from 'zod';

/* Building blocks of the other schemas. */

/** Any JSON, passed on unread. Everything on the wire is JSON. */
export const json = z.unknown() as z.ZodType<z.core.util.JSONType>;

/** A read-only list. `z.readonly` would write `readOnly` into the JSON Schema, where it has another meaning. */
export const list = <T extends z.ZodType>(of: T): z.ZodType<readonly z.output<T>[], readonly z.input<T>[]> =>
  z.array(of);

export const texts = list(z.string());

/** The position of an element in a list, starting at 0. */
export const position = z.int().nonnegative();

/** A string, a number or a boolean. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]);
