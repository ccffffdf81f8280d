import { z } from 'zod';

/* What the other schemas are made of. */

/** Any JSON, which is passed on unread: whatever crosses a wire is JSON. */
export const json = z.unknown() as z.ZodType<z.core.util.JSONType>;

/** A list that nobody changes; `z.readonly` would put that into the JSON Schema, where it means something else. */
export const list = <T extends z.ZodType>(of: T): z.ZodType<readonly z.output<T>[], readonly z.input<T>[]> =>
  z.array(of);

export const texts = list(z.string());

/** The position of an element in a list, the first being 0. */
export const position = z.int().nonnegative();

/** A text, a number or a boolean. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]);
