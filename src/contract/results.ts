import { z } from 'zod';

import { codesOf } from './codes.ts';
import { ask, written } from './dialogue.ts';
import { explanation } from './lineage.ts';
import { request } from './requests.ts';
import { json, list, position } from './values.ts';

/** Something that could not be used. `path` is its place in the event. */
export const warning = z.strictObject({ code: z.enum(codesOf('warning')), path: z.string(), message: z.string() });

/** The part that results of every outcome share. */
const pair = z.strictObject({
  event: position.describe('Position of the event in the request'),
  ref: json.exactOptional().describe('The `ref` that came with the event'),
  messageId: z.string().exactOptional().describe('The `messageId` of the event'),
  destination: position.describe('Position of the destination in the request'),
  destinationId: z.string(),
  warnings: list(warning).exactOptional().describe('What could not be used'),
  explain: explanation.exactOptional().describe('With `explain`, if the event reached the destination'),
});

/** The event is sent. */
const send = z.strictObject({
  outcome: z.literal('send'),
  requests: z.array(request).min(1).describe('Send these in order and stop at the first failure'),
});

/** The event is sent in batches, which may contain other events too. */
const sendInBatches = z.strictObject({
  outcome: z.literal('send'),
  batches: z.array(position).describe('Positions of the batches that hold its requests, in sending order'),
});

/** Nothing should be sent, and nothing is wrong. */
export const drop = z.strictObject({
  outcome: z.literal('drop'),
  code: z.enum(codesOf('drop')),
  message: z.string(),
});

/** The event cannot be sent. */
export const fail = z.strictObject({
  outcome: z.literal('fail'),
  code: z.enum(codesOf('fail')),
  path: z.string().exactOptional().describe('The field of the event or the config that caused the failure'),
  message: z.string(),
  vendor: z
    .strictObject({ status: z.int(), retryAfter: z.number().exactOptional() })
    .exactOptional()
    .describe('The vendor’s answer to a call that this event requires first'),
  written: list(written).exactOptional().describe('The calls that had already changed something at the vendor'),
});

/** The vendor must be asked before the event can be sent. */
const askOutcome = z.strictObject({
  outcome: z.literal('ask'),
  asks: z.array(ask).describe('Make these in any order, or in parallel'),
  /** Return these with the answers: the time the dialogue started, and the release that started it. */
  resumeWith: z.strictObject({ now: z.iso.datetime(), release: z.string() }),
});

/** The outcome of a pair, with the fields shared by all outcomes. */
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

/** A request for one or several events to one destination. `results` are positions in the list of results. */
export const resultBatch = z.strictObject({ destination: position, request, results: z.array(position) });

export const results = z.strictObject({ results: z.array(result) });
export const batchedResults = z.strictObject({ results: z.array(batchedResult), batches: z.array(resultBatch) });

const line = z.int().positive().describe('Number of the answered line');

/** A line of the answer to a stream. */
export const answerLine = z.union([
  resultOf({ line, ...pair.shape }, send.shape),
  z
    .strictObject({ line: line.exactOptional(), event: position.exactOptional(), ref: json.exactOptional() })
    .extend(fail.shape)
    .describe('The answer to a line that cannot be read, or, without a line number, to the whole stream.'),
  z
    .strictObject({ end: z.strictObject({ events: position, results: position }) })
    .describe('The last line. If it is missing, the stream was cut off.'),
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

/** The result of one pair. Only callers that ask vendors get an `AskOutcome`; callers that batch get no `Send`. */
export type Result<Sending = Send> = PairFields & (Sending | Drop | Fail);

/** The answer to a request with `batch`: one result per pair, and the batches that the results point to. */
export interface BatchedResults<Asked = never> {
  results: Result<SendInBatches | Asked>[];
  batches: ResultBatch[];
}
