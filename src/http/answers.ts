import { z } from 'zod';
import { codes } from '../core/codes.ts';

/* What the service answers with, for the description of its API; the tests hold real answers to it. */

type Kind = (typeof codes)[keyof typeof codes]['kind'];

/** The codes of a kind. */
const codesOf = (kind: Kind) => z.enum(Object.entries(codes).flatMap(([code, of]) => (of.kind === kind ? [code] : [])));

const position = z.int().nonnegative();
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const auth = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('aws-sigv4'),
    service: z.string(),
    region: z.string(),
    accessKeyId: z.string().optional(),
    secretAccessKey: z.string().optional(),
    roleArn: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('google-id-token'), audience: z.string(), credentials: z.string() }),
  z.strictObject({ type: z.literal('wsse'), user: z.string(), secret: z.string() }),
]);

const request = z
  .strictObject({
    method: z.string(),
    url: z.string(),
    headers: z.record(z.string(), z.string()),
    query: z.record(z.string(), scalar).describe('To be encoded and added to the URL'),
    body: z
      .union([
        z.strictObject({ json: z.unknown() }),
        z.strictObject({ form: z.record(z.string(), z.union([scalar, z.array(scalar)])) }),
      ])
      .optional()
      .describe('JSON, or the fields of a form, before encoding'),
    auth: auth.optional().describe('What whoever sends the request has to do to it then'),
  })
  .describe('One HTTP request to a vendor.');

const ask = z.strictObject({
  key: z.string().describe('What the answer is to be given under'),
  effect: z.enum(['read', 'write', 'ensure']),
  request,
  reads: z.unknown().describe('The JSON Schema of what is read of the answer'),
});

const texts = z.array(z.string());
const lineageRow = z.strictObject({
  to: z.string().describe('`outcome`, a request such as `requests[0]`, or a field of one'),
  from: texts.describe('The fields of the event'),
  via: texts.describe('The converters in between'),
  except: texts.optional().describe('Of an object that is passed on whole, the keys that are left out'),
  only: texts.optional().describe('Of an object that is passed on whole, the only keys that are not left out'),
  isRequired: z.literal(true).optional().describe('The event fails without it'),
  isCondition: z.literal(true).optional().describe('It decides whether there is something, and not what'),
  describesPerson: z.literal(true).optional().describe('It says something about a person'),
  value: z.unknown().optional().describe('What stands there whatever the event says'),
  answer: z.string().optional().describe('The value of an earlier answer that stands there'),
});

const explanation = z
  .strictObject({
    fields: z.array(
      lineageRow.omit({ value: true }).extend({
        request: position.optional().describe('Position among the requests of the result, if it is in one of them'),
        in: z.record(z.string(), z.unknown()).describe('What the event has there, by the places where it has it'),
        out: z.unknown().optional().describe('What the vendor gets'),
        status: z.enum(['sent', 'absent', 'unconverted', 'skipped']),
      }),
    ),
    unused: texts.describe('The traits that nothing reads'),
  })
  .describe('Where what comes of the event comes from; secrets of the config are hidden.');

const pair = {
  event: position.describe('Position of the event'),
  ref: z.unknown().optional().describe('As it came with the event'),
  messageId: z.string().optional().describe('That of the event'),
  destination: position.describe('Position of the destination'),
  destinationId: z.string(),
  warnings: z
    .array(z.strictObject({ code: codesOf('warning'), path: z.string(), message: z.string() }))
    .optional()
    .describe('What was tried and could not be used'),
  explain: explanation.optional().describe('Where `explain` asks for it and the event got as far as the destination'),
};

const failure = {
  outcome: z.literal('fail'),
  code: codesOf('fail'),
  path: z.string().optional().describe('The field of the event or of the config that is in the way'),
  message: z.string(),
  vendor: z
    .strictObject({ status: z.int(), retryAfter: z.number().optional() })
    .optional()
    .describe('What the vendor said to a call that had to come first'),
  written: z
    .array(z.strictObject({ step: z.string(), method: z.string(), url: z.string() }))
    .optional()
    .describe('The calls that had changed something at the vendor by then'),
};
const dropped = { outcome: z.literal('drop'), code: codesOf('drop'), message: z.string() };
const asking = {
  outcome: z.literal('ask'),
  asks: z.array(ask).describe('They may be made in parallel'),
  resumeWith: z.strictObject({ now: z.iso.datetime(), release: z.string() }),
};
const sending = {
  requests: z.array(request).min(1).describe('To be sent in order until one fails'),
};
const sendingInBatches = {
  batches: z.array(position).describe('Positions of the batches that hold the requests, in the order of sending'),
};

/** The results of pairs, sent as `sent` says, each with further fields of its own. */
function resultOf(sent: z.ZodRawShape, more: z.ZodRawShape = {}) {
  const fields = { ...more, ...pair };
  return z.discriminatedUnion('outcome', [
    z.strictObject({ ...fields, outcome: z.literal('send'), ...sent }),
    z.strictObject({ ...fields, ...dropped }),
    z.strictObject({ ...fields, ...failure }),
    z.strictObject({ ...fields, ...asking }),
  ]);
}

const result = resultOf(sending);
const batchedResult = resultOf(sendingInBatches);
const batch = z.strictObject({ destination: position, request, results: z.array(position) });

const line = { line: z.int().positive().describe('Number of the line that is answered') };
const answerLine = z.union([
  resultOf(sending, line),
  z
    .strictObject({ line: line.line.optional(), event: position.optional(), ref: z.unknown().optional(), ...failure })
    .describe('What becomes of a line that cannot be read, or of the whole stream where it has no number.'),
  z
    .strictObject({ end: z.strictObject({ events: position, results: position }) })
    .describe('The last line; where it is missing, the stream was cut.'),
]);

const summary = {
  name: z.string(),
  title: z.string(),
  docs: z.url().describe('The vendor’s page about the call'),
  aliases: z.array(z.string()),
  accepts: z.strictObject({ group: z.boolean(), groupId: z.boolean(), traits: z.boolean() }),
  reason: z.string().optional().describe('Why the vendor takes no groups, where it takes none'),
};

const requestOutline = z.strictObject({
  method: z.string().optional(),
  url: z.string().optional().describe('What comes from the event stands in braces'),
  isRepeated: z.literal(true).optional().describe('There is one for each element of a list'),
  step: z
    .strictObject({ name: z.string(), effect: z.enum(['read', 'write', 'ensure']) })
    .optional()
    .describe('The step of a dialogue that it is'),
  batch: z
    .strictObject({
      items: z.number().nullable().describe('The most elements; null if there is no such limit'),
      bytes: z.number(),
      at: z.string().describe('The list that grows'),
      uniqueBy: z.string().optional(),
    })
    .optional()
    .describe('How it becomes one with those of other events'),
  auth: z.enum(['aws-sigv4', 'google-id-token', 'wsse']).optional(),
});
const ruleOutline = z.strictObject({
  effect: z.enum(['need', 'refuse', 'warn']),
  from: texts,
  message: z.string().optional(),
});
const schema = z.record(z.string(), z.unknown()).describe('A JSON Schema; `secret` marks secrets');
const perMode = <T extends z.ZodType>(of: T) => z.record(z.string(), z.array(of)).optional();

const description = z.strictObject({
  ...summary,
  hosts: z
    .union([texts, z.strictObject({ fromConfig: z.string(), known: texts.optional() })])
    .optional()
    .describe('Where requests go, `*` being one label; or the config’s field that holds the URL'),
  config: schema.optional(),
  delivery: schema.optional(),
  lineage: perMode(lineageRow).describe('For each mode, what feeds which field'),
  requests: perMode(requestOutline).describe('For each mode, the requests that may be made'),
  rules: perMode(ruleOutline).describe('For each mode, what an event must have, or must not'),
  traits: z.record(z.string(), texts).optional().describe('For each reserved trait, the fields that it reaches'),
});

/** The schemas by their names in the description of the API. */
export const answers = {
  Request: request,
  Explanation: explanation,
  Result: result,
  BatchedResult: batchedResult,
  Batch: batch,
  Results: z.strictObject({ results: z.array(result) }),
  BatchedResults: z.strictObject({ results: z.array(batchedResult), batches: z.array(batch) }),
  AnswerLine: answerLine,
  Destinations: z.strictObject({ destinations: z.array(z.strictObject(summary)) }),
  Description: description,
  Status: z.strictObject({ status: z.enum(['ok', 'draining']), service: z.literal('UP').optional() }),
  Problem: z.strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code: codesOf('problem'),
    detail: z.string(),
    path: z.string().optional().describe('The place in the body, or the parameter'),
  }),
};
