import { z } from 'zod';

import { effect } from './dialogue.ts';
import { lineageRow } from './lineage.ts';
import { auth } from './requests.ts';
import { list, texts } from './values.ts';

/** What a destination does with the group's id and traits. Derived from its lineage. */
const capabilities = z.strictObject({ group: z.boolean(), groupId: z.boolean(), traits: z.boolean() });

/** A destination, in brief. */
export const summary = z.strictObject({
  name: z.string(),
  title: z.string(),
  docs: z.url().describe('The vendor’s documentation of the call'),
  aliases: texts,
  accepts: capabilities,
  reason: z.string().exactOptional().describe('Why the vendor takes no groups, if it takes none'),
});

export const destinations = z.strictObject({ destinations: z.array(summary) });

/** How requests for several events merge into one. The merged requests differ in one list only. */
const batchOutline = z.strictObject({
  items: z.number().nullable().describe('The maximum number of elements; null means no limit'),
  /** The maximum size of the whole body, in bytes. */
  bytes: z.number(),
  /** A path in the request, such as `body.json.companies`. */
  at: z.string().describe('The list that grows'),
  isOther: z
    .literal(true)
    .exactOptional()
    .describe('Whether the merged request has another URL or shape than the single one'),
  /** The path of a value that must be unique among the elements of a batch. */
  uniqueBy: z.string().exactOptional(),
  record: texts
    .exactOptional()
    .describe(
      'If an element assigns a person to a group: the paths of the person’s identifiers. An empty path is the element itself. Absent if the element may describe the group or the person',
    ),
  unwrapped: z
    .literal(true)
    .exactOptional()
    .describe('Outside batches, this place holds the single element instead of a list'),
});

/**
 * A place in a definition that produces requests, for one config. The lineage describes its fields. Method and URL are
 * absent if only code determines them.
 */
const requestOutline = z.strictObject({
  method: z.string().exactOptional(),
  url: z.string().exactOptional().describe('Values from the event appear in braces'),
  isRepeated: z.literal(true).exactOptional().describe('One request for each element of a list'),
  step: z
    .strictObject({ name: z.string(), effect })
    .exactOptional()
    .describe('The step of a dialogue that makes this request'),
  batch: batchOutline.exactOptional().describe('How the request merges with those of other events'),
  maxBytes: z.number().exactOptional().describe('The maximum number of bytes that the vendor accepts for one event'),
  /** What the sender must add to the request. */
  auth: z.enum(auth.options.map(({ shape }) => shape.type.value)).exactOptional(),
});

/** A condition that fails an event or warns about it, with the event fields that it reads. */
const ruleOutline = z.strictObject({
  effect: z.enum(['need', 'refuse', 'warn']),
  from: texts,
  message: z.string().exactOptional(),
});

const hostsOfConfig = z.strictObject({
  fromConfig: z.string(),
  /** Which of the hosts belong to the vendor. */
  known: texts.exactOptional(),
});

const schema = z.record(z.string(), z.unknown()).describe('A JSON Schema; `secret` marks secrets');
const perMode = <T extends z.ZodType>(of: T) => z.record(z.string(), list(of)).exactOptional();

/** Everything known about a destination. A destination that takes no groups has only a summary. */
export const description = summary.extend({
  hosts: z
    .union([texts, hostsOfConfig])
    .exactOptional()
    .describe('The hosts that requests go to, with `*` for one label; or the config field that holds the URL'),
  config: schema.exactOptional(),
  /** The schema of the credentials that come with each call. */
  delivery: schema.exactOptional(),
  nativeDefaults: z.record(z.string(), z.unknown()).exactOptional().describe('Defaults for native callers'),
  rejectsPipelines: z.string().exactOptional().describe('Why events from pipelines are dropped, if they are'),
  lineage: perMode(lineageRow).describe('For each mode, which event fields feed each request field'),
  requests: perMode(requestOutline).describe('For each mode, the requests that it can produce'),
  rules: perMode(ruleOutline).describe('For each mode, what an event must or must not have'),
  traits: z
    .record(z.string(), texts)
    .exactOptional()
    .describe('For each reserved trait, the request fields that it reaches'),
});

export const descriptions = z.strictObject({ destinations: z.array(description) });

export type Capabilities = z.output<typeof capabilities>;
export type Summary = z.output<typeof summary>;
export type Destinations = z.output<typeof destinations>;
export type BatchOutline = z.output<typeof batchOutline>;
export type RequestOutline = z.output<typeof requestOutline>;
export type RuleOutline = z.output<typeof ruleOutline>;
export type Description = z.output<typeof description>;
export type Descriptions = z.output<typeof descriptions>;

/** The hosts that requests may go to, or the config field that holds the URL. */
export type Hosts<Field extends string = string> =
  z.output<typeof texts> | (z.output<typeof hostsOfConfig> & { fromConfig: Field });
