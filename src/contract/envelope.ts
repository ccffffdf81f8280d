import { z } from 'zod';

import { answer } from './dialogue.ts';
import { policy } from './policy.ts';
import { list } from './values.ts';

/* What callers send. `undefined` means the same as absent, since the library accepts these values too. */

/** The maximum number of consent categories per destination. Each event is checked against all of them. */
const MAX_CATEGORIES = 1_000;

/** The consent that a destination requires. */
const consentRule = z.strictObject({
  categories: list(z.string())
    .check(z.maxLength(MAX_CATEGORIES))
    .describe('The categories that the person must not have refused'),
  provider: z.string().min(1).optional().describe('Read only the consent that this provider manages'),
  strategy: z
    .enum(['and', 'or'])
    .optional()
    .describe('`or`: one refused category is enough; `and`: all must be refused'),
  honorGlobalPrivacyControl: z.boolean().optional().describe('Whether a global privacy control counts as a refusal'),
});

export const destination = z.strictObject({
  id: z.string().min(1).max(256).optional().describe('Distinguishes destinations of one name; defaults to the name'),
  name: z.string().min(1).max(256).describe('The name, title or alias of a destination, in any case'),
  config: z.unknown().optional().describe('An object that matches the destination’s schema'),
  delivery: z.unknown().optional().describe('Credentials that come with each call, such as a token'),
  enabled: z.boolean().default(true),
  consent: consentRule.optional(),
  policy: policy.optional().describe('What to withhold from the destination, and what to rename'),
});

/** A dialogue to resume. */
export const resume = z.strictObject({
  event: z.int().nonnegative().describe('Position of the event in the request'),
  destination: z.int().nonnegative().describe('Position of the destination in the request'),
  now: z.iso.datetime().describe('From the result’s `resumeWith`'),
  release: z.string().max(256).describe('From the result’s `resumeWith`'),
  answers: z.record(z.string(), answer).describe('All answers so far, by the keys of the asks'),
});

/** The dialogues to resume, without what they are about. */
export const resumeList = z.strictObject({ resume: z.array(resume) });

/** Requires exactly one of some fields, in JSON Schema. */
const oneOf = (...names: string[]) => ({ oneOf: names.map((name) => ({ required: [name] })) });

/** The body of a request to `/transform`. Its reader checks which fields exclude each other. */
export const envelope = z
  .strictObject({
    events: z
      .array(z.unknown())
      .optional()
      .describe('Events, or `{ "event", "ref" }` items, whose `ref` is returned with the results'),
    event: z.unknown().optional().describe('A single event, instead of `events`'),
    sdkBatch: z
      .unknown()
      .optional()
      .describe('The unchanged body of an SDK’s call, instead of `events`; its `batch` holds the events'),
    destinations: z.array(destination).min(1).optional(),
    destination: destination.optional().describe('A single destination, instead of `destinations`'),
    batch: z.boolean().default(false).describe('Whether to merge requests of several events'),
    dialogues: z.enum(['refuse', 'ask']).default('refuse').describe('`ask` if the caller makes the calls to vendors'),
    resume: z.array(resume).optional().describe('The dialogues to resume; only these are answered'),
  })
  .meta({ allOf: [oneOf('event', 'events', 'sdkBatch'), oneOf('destination', 'destinations')] });

/** An envelope with destinations and no events. */
export const destinationsLine = z.strictObject({ destinations: z.array(destination).min(1) });

const eventLine = z.strictObject({ event: z.unknown(), ref: z.unknown().optional() });

export const streamLine = z
  .union([destinationsLine, eventLine])
  .describe('A line of a stream: destinations, or an event for them');

export type ConsentRule = z.output<typeof consentRule>;
export type Destination = z.input<typeof destination>;
export type Resume = z.input<typeof resume>;
export type Envelope = z.input<typeof envelope>;
