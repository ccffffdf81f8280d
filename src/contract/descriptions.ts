import { z } from 'zod';
import { effect } from './dialogue.ts';
import { lineageRow } from './lineage.ts';
import { auth } from './requests.ts';
import { list, texts } from './values.ts';

/** What a destination does with the group's id and its traits; derived from lineage, declared nowhere. */
const capabilities = z.strictObject({ group: z.boolean(), groupId: z.boolean(), traits: z.boolean() });

/** A destination in short. */
export const summary = z.strictObject({
  name: z.string(),
  title: z.string(),
  docs: z.url().describe('The vendor’s page about the call'),
  aliases: texts,
  accepts: capabilities,
  reason: z.string().exactOptional().describe('Why the vendor takes no groups, where it takes none'),
});

export const destinations = z.strictObject({ destinations: z.array(summary) });

/** How requests of several events may become one, which differs from each of them in one list only. */
const batchOutline = z.strictObject({
  items: z.number().nullable().describe('The most elements; null if there is no such limit'),
  /** The most that the whole body may have. */
  bytes: z.number(),
  /** As `body.json.companies` of a request. */
  at: z.string().describe('The list that grows'),
  isOther: z.literal(true).exactOptional().describe('Whether the merged request is another than the single one'),
  /** The way to a value that no two elements of a batch may share. */
  uniqueBy: z.string().exactOptional(),
  record: texts
    .exactOptional()
    .describe(
      'Where an element writes a person’s place in a group: the ways to what the person is known by, empty for the element itself. Absent, the group or the person may be written',
    ),
  unwrapped: z
    .literal(true)
    .exactOptional()
    .describe('Outside of batches, what stands there is the one element and no list of it'),
});

/**
 * A place of a definition that yields requests, under one config; lineage has their fields. Method and URL are absent
 * where only code knows them.
 */
const requestOutline = z.strictObject({
  method: z.string().exactOptional(),
  url: z.string().exactOptional().describe('What comes from the event stands in braces'),
  isRepeated: z.literal(true).exactOptional().describe('There is one for each element of a list'),
  step: z.strictObject({ name: z.string(), effect }).exactOptional().describe('The step of a dialogue that it is'),
  batch: batchOutline.exactOptional().describe('How it becomes one with those of other events'),
  maxBytes: z.number().exactOptional().describe('The most bytes that the vendor takes of one event'),
  /** What is left to whoever sends it. */
  auth: z.enum(auth.options.map(({ shape }) => shape.type.value)).exactOptional(),
});

/** A condition on which an event is failed or warned of, and the fields of the event that it reads. */
const ruleOutline = z.strictObject({
  effect: z.enum(['need', 'refuse', 'warn']),
  from: texts,
  message: z.string().exactOptional(),
});

const hostsOfConfig = z.strictObject({
  fromConfig: z.string(),
  /** Those of its hosts that are the vendor's own. */
  known: texts.exactOptional(),
});

const schema = z.record(z.string(), z.unknown()).describe('A JSON Schema; `secret` marks secrets');
const perMode = <T extends z.ZodType>(of: T) => z.record(z.string(), list(of)).exactOptional();

/** Everything that is known about a destination. One that takes no groups has no more than a summary. */
export const description = summary.extend({
  hosts: z
    .union([texts, hostsOfConfig])
    .exactOptional()
    .describe('Where requests go, `*` being one label; or the config’s field that holds the URL'),
  config: schema.exactOptional(),
  /** Of what comes with each call beside the config. */
  delivery: schema.exactOptional(),
  nativeDefaults: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe('Settings that native callers have who give none of their own'),
  rejectsPipelines: z.string().exactOptional().describe('Why the events of pipelines are dropped, where they are'),
  lineage: perMode(lineageRow).describe('For each mode, what feeds which field'),
  requests: perMode(requestOutline).describe('For each mode, the requests that may be made'),
  rules: perMode(ruleOutline).describe('For each mode, what an event must have, or must not'),
  traits: z.record(z.string(), texts).exactOptional().describe('For each reserved trait, the fields that it reaches'),
});

export type Capabilities = z.output<typeof capabilities>;
export type Summary = z.output<typeof summary>;
export type Destinations = z.output<typeof destinations>;
export type BatchOutline = z.output<typeof batchOutline>;
export type RequestOutline = z.output<typeof requestOutline>;
export type RuleOutline = z.output<typeof ruleOutline>;
export type Description = z.output<typeof description>;

/** The hosts that requests may go to, or the one of the config's fields that holds the URL. */
export type Hosts<Field extends string = string> =
  z.output<typeof texts> | (z.output<typeof hostsOfConfig> & { fromConfig: Field });
