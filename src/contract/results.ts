import { z } from 'zod';
import { codesOf } from './codes.ts';
import { ask, written } from './dialogue.ts';
import { explanation } from './lineage.ts';
import { request } from './requests.ts';
import { json, list, position } from './values.ts';

/** Something that a mapper tried to use and could not. `path` names the place in the event. */
export const warning = z.strictObject({ code: z.enum(codesOf('warning')), path: z.string(), message: z.string() });

/** What is told of one (event, destination) pair whatever comes of it. */
const pair = z.strictObject({
  event: position.describe('Position of the event'),
  ref: json.exactOptional().describe('As it came with the event'),
  messageId: z.string().exactOptional().describe('That of the event'),
  destination: position.describe('Position of the destination'),
  destinationId: z.string(),
  warnings: list(warning).exactOptional().describe('What was tried and could not be used'),
  explain: explanation
    .exactOptional()
    .describe('Where `explain` asks for it and the event got as far as the destination'),
});

/** The event goes out. */
const send = z.strictObject({
  outcome: z.literal('send'),
  requests: z.array(request).min(1).describe('To be sent in order until one fails'),
});

/** The event goes out in batches, which may hold others too. */
const sendInBatches = z.strictObject({
  outcome: z.literal('send'),
  batches: z.array(position).describe('Positions of the batches that hold the requests, in the order of sending'),
});

/** There is nothing to send, and nothing is wrong. */
export const drop = z.strictObject({
  outcome: z.literal('drop'),
  code: z.enum(codesOf('drop')),
  message: z.string(),
});

/** Nothing can be sent. */
export const fail = z.strictObject({
  outcome: z.literal('fail'),
  code: z.enum(codesOf('fail')),
  path: z.string().exactOptional().describe('The field of the event or of the config that is in the way'),
  message: z.string(),
  vendor: z
    .strictObject({ status: z.int(), retryAfter: z.number().exactOptional() })
    .exactOptional()
    .describe('What the vendor said to a call that had to come first'),
  written: list(written).exactOptional().describe('The calls that had changed something at the vendor by then'),
});

/** The vendor must be asked before anything can be sent. */
const askOutcome = z.strictObject({
  outcome: z.literal('ask'),
  asks: z.array(ask).describe('They may be made in parallel'),
  /** What comes back with the answers: the time at which the dialogue began, and the release that began it. */
  resumeWith: z.strictObject({ now: z.iso.datetime(), release: z.string() }),
});

/** What comes of a pair, with what else is told of it and what it is sent as. */
function resultOf<Fields extends z.ZodRawShape, Sending extends z.ZodRawShape>(fields: Fields, sending: Sending) {
  return z.discriminatedUnion('outcome', [
    z.strictObject({ ...fields, ...sending }),
    z.strictObject({ ...fields, ...drop.shape }),
    z.strictObject({ ...fields, ...fail.shape }),
    z.strictObject({ ...fields, ...askOutcome.shape }),
  ]);
}

export const result = resultOf(pair.shape, send.shape);
export const batchedResult = resultOf(pair.shape, sendInBatches.shape);

/** A request for one or several events to one destination; `results` are positions in the list of results. */
export const resultBatch = z.strictObject({ destination: position, request, results: z.array(position) });

export const results = z.strictObject({ results: z.array(result) });
export const batchedResults = z.strictObject({ results: z.array(batchedResult), batches: z.array(resultBatch) });

const line = z.int().positive().describe('Number of the line that is answered');

/** A line of the answer to a stream. */
export const answerLine = z.union([
  resultOf({ line, ...pair.shape }, send.shape),
  z
    .strictObject({ line: line.exactOptional(), event: position.exactOptional(), ref: json.exactOptional() })
    .extend(fail.shape)
    .describe('What becomes of a line that cannot be read, or of the whole stream where it has no number.'),
  z
    .strictObject({ end: z.strictObject({ events: position, results: position }) })
    .describe('The last line; where it is missing, the stream was cut.'),
]);

export type Warning = z.output<typeof warning>;
export type PairFields = z.output<typeof pair>;
export type Send = z.output<typeof send>;
export type SendInBatches = z.output<typeof sendInBatches>;
export type Drop = z.output<typeof drop>;
export type Fail = z.output<typeof fail>;
export type AskOutcome = z.output<typeof askOutcome>;
export type Results = z.output<typeof results>;
export type ResultBatch = z.output<typeof resultBatch>;

/** What a caller is told of one pair. Those who ask vendors get an `AskOutcome` too, and those who batch no `Send`. */
export type Result<Sending = Send> = PairFields & (Sending | Drop | Fail);

/** What comes of events that were asked for in batches: one result per pair, and the batches they point to. */
export interface BatchedResults<Asked = never> {
  results: Result<SendInBatches | Asked>[];
  batches: ResultBatch[];
}
