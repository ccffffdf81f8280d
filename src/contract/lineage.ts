import { z } from 'zod';
import { json, position, texts } from './values.ts';

/**
 * What feeds one place of a destination's output: a field of a request is `requests[0].body.json.name`, or `….*` for
 * keys that the event decides, requests being numbered by their place in the definition.
 */
export const lineageRow = z.strictObject({
  to: z.string().describe('`outcome`, a request such as `requests[0]`, or a field of one'),
  from: texts.describe('The fields of the event'),
  via: texts.describe('The converters in between'),
  except: texts.exactOptional().describe('Of an object that is passed on whole, the keys that are left out'),
  only: texts.exactOptional().describe('Of an object that is passed on whole, the only keys that are not left out'),
  keys: z.string().exactOptional().describe('The regular expression that the names of the fields match'),
  isRequired: z.literal(true).exactOptional().describe('The event fails without it'),
  isCondition: z.literal(true).exactOptional().describe('It decides whether there is something, and not what'),
  /** It comes from the definition or the config. */
  value: z.unknown().exactOptional().describe('What stands there whatever the event says'),
  describesPerson: z
    .literal(true)
    .exactOptional()
    .describe('It says something about a person, and does not only link to one'),
  isSecret: z.literal(true).exactOptional().describe('A secret of the config is in what stands there'),
  answer: z.string().exactOptional().describe('The value of an earlier answer that stands there'),
});

/**
 * What became of a field: `sent`, the vendor gets it; `absent`, the event has nothing for it; `unconverted`, the event
 * has something that cannot be used, as a warning or the failure tells; `skipped`, its request or the part around it is
 * not sent, or something else is sent in its place.
 */
const fieldStatus = z.enum(['sent', 'absent', 'unconverted', 'skipped']);

/** One evaluation of what feeds one place of the output, with what lineage says of it; a constant has its value as `out`. */
export const explainedField = lineageRow.omit({ value: true }).extend({
  request: position.exactOptional().describe('Position among the requests of the result, if it is in one of them'),
  in: z.record(z.string(), json).describe('What the event has there, by the places where it has it'),
  out: json.exactOptional().describe('What the vendor gets'),
  status: fieldStatus,
});

export const explanation = z
  .strictObject({
    fields: z.array(explainedField),
    unused: texts.describe('The traits of which nothing is sent'),
    cut: position.exactOptional().describe('How many fields and traits are left out, since there is no room for them'),
  })
  .describe('Where what comes of the event comes from; secrets of the config are hidden.');

export type LineageRow = z.output<typeof lineageRow>;
export type ExplainedField = z.output<typeof explainedField>;
export type Explanation = z.output<typeof explanation>;
