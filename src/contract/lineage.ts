import { z } from 'zod';

import { json, position, texts } from './values.ts';

/**
 * What feeds one place of a destination's output. A field of a request is `requests[0].body.json.name`, or `….*` for
 * keys that the event decides. Requests are numbered by their place in the definition.
 */
export const lineageRow = z.strictObject({
  to: z.string().describe('`outcome`, a request such as `requests[0]`, or a field of one'),
  from: texts.describe('The source fields in the event'),
  via: texts.describe('The converters applied'),
  except: texts.exactOptional().describe('The keys left out of an object that is passed on whole'),
  only: texts.exactOptional().describe('The only keys kept of an object that is passed on whole'),
  keys: z.string().exactOptional().describe('The regular expression that field names must match'),
  isRequired: z.literal(true).exactOptional().describe('The event fails without it'),
  isCondition: z.literal(true).exactOptional().describe('It decides whether there is a value, but not which'),
  /** It comes from the definition or the config. */
  value: z.unknown().exactOptional().describe('The value, if it does not depend on the event'),
  describesPerson: z.literal(true).exactOptional().describe('It describes a person, and does not only link to one'),
  isSecret: z.literal(true).exactOptional().describe('The value contains a secret of the config'),
  answer: z.string().exactOptional().describe('The earlier answer that the value comes from'),
});

/**
 * What became of a field. `sent`: the vendor gets it. `absent`: the event has no value for it. `withheld`: a policy
 * withholds the event's value. `unconverted`: the event's value cannot be used; a warning or the failure says why.
 * `skipped`: its request or the surrounding part is not sent, or another value is sent instead.
 */
const fieldStatus = z.enum(['sent', 'absent', 'withheld', 'unconverted', 'skipped']);

/** One evaluation of what feeds one place of the output, with its lineage. A constant has its value as `out`. */
export const explainedField = lineageRow.omit({ value: true }).extend({
  request: position.exactOptional().describe('Position of its request in the result, if it has one'),
  in: z.record(z.string(), json).describe('The event’s values, by their paths in the event'),
  out: json.exactOptional().describe('What the vendor gets'),
  status: fieldStatus,
});

export const explanation = z
  .strictObject({
    fields: z.array(explainedField),
    unused: texts.describe('The traits that are not sent, besides those withheld'),
    withheld: texts.exactOptional().describe('What a policy withholds from the destination'),
    cut: position.exactOptional().describe('The number of fields and traits left out, for lack of room'),
  })
  .describe('Where each value comes from. Secrets of the config are hidden.');

export type LineageRow = z.output<typeof lineageRow>;
export type ExplainedField = z.output<typeof explainedField>;
export type Explanation = z.output<typeof explanation>;
