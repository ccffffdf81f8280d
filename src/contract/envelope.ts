import { z } from 'zod';
import { answer } from './dialogue.ts';
import { list } from './values.ts';

/* What callers send. Of what they may leave out, `undefined` says the same: the library takes it too. */

/** The most categories of a destination, each of which is looked up for every event. */
const MAX_CATEGORIES = 1_000;

/** Which consent a destination needs, as the caller says. */
const consentRule = z.strictObject({
  categories: list(z.string())
    .check(z.maxLength(MAX_CATEGORIES))
    .describe('The categories that a person must not have refused'),
  provider: z.string().min(1).optional().describe('Looks only at consent that this provider manages'),
  strategy: z.enum(['and', 'or']).optional().describe('Whether one refused category is enough, or only all of them'),
  honorGlobalPrivacyControl: z.boolean().optional().describe('Whether a global privacy control refuses'),
});

export const destination = z.strictObject({
  id: z.string().min(1).max(256).optional().describe('Tells two of one name apart; absent, it is the name'),
  name: z.string().min(1).max(256).describe('Name, title or alias of a destination, in any case'),
  config: z.unknown().optional().describe('An object, as the destination’s schema has it'),
  delivery: z.unknown().optional().describe('What comes with each call beside the config, such as a token'),
  enabled: z.boolean().default(true),
  consent: consentRule.optional(),
});

/** A dialogue to go on with. */
export const resume = z.strictObject({
  event: z.int().nonnegative().describe('Position among the events'),
  destination: z.int().nonnegative().describe('Position among the destinations'),
  now: z.iso.datetime().describe('As the result had it in `resumeWith`'),
  release: z.string().max(256).describe('As the result had it in `resumeWith`'),
  answers: z.record(z.string(), answer).describe('All answers so far, by the keys of what was asked'),
});

/** What names the dialogues to go on with, without what they are about. */
export const resumeList = z.strictObject({ resume: z.array(resume) });

/** Requires exactly one of some fields, in the words of JSON Schema. */
const oneOf = (...names: string[]) => ({ oneOf: names.map((name) => ({ required: [name] })) });

/** What surrounds the events of a request to `/transform`. Which fields exclude each other, its reader checks. */
export const envelope = z
  .strictObject({
    events: z.array(z.unknown()).optional().describe('Events, or `{ "event", "ref" }`, whose `ref` comes back'),
    event: z.unknown().optional().describe('The same for a single one, instead of `events`'),
    sdkBatch: z
      .unknown()
      .optional()
      .describe('The body of an SDK’s call instead of `events`, as it was sent: the events of its `batch`'),
    destinations: z.array(destination).min(1).optional(),
    destination: destination.optional().describe('A single one, instead of `destinations`'),
    batch: z.boolean().default(false).describe('Whether requests of several events are to be merged'),
    dialogues: z.enum(['refuse', 'ask']).default('refuse').describe('Whether the caller asks vendors itself'),
    resume: z.array(resume).optional().describe('The dialogues to go on with; only these are answered'),
  })
  .meta({ allOf: [oneOf('event', 'events', 'sdkBatch'), oneOf('destination', 'destinations')] });

/** What names destinations and has no events. */
export const destinationsLine = z.strictObject({ destinations: z.array(destination).min(1) });

const eventLine = z.strictObject({ event: z.unknown(), ref: z.unknown().optional() });

export const streamLine = z
  .union([destinationsLine, eventLine])
  .describe('A line of a stream: destinations, or an event for them.');

export type ConsentRule = z.output<typeof consentRule>;
export type Destination = z.input<typeof destination>;
export type Resume = z.input<typeof resume>;
export type Envelope = z.input<typeof envelope>;
