import type { RequestHandler } from 'express';
import type { AskOutcome, Fail, Result, Send, SendInBatches } from '../../contract/results.ts';
import type { Request as OutgoingRequest } from '../../contract/requests.ts';
import { fail } from '../../core/outcome.ts';
import {
  type OnAsk,
  handOver,
  refuseToAsk,
  toBatchedResults,
  toResults,
  type Pair,
  type Party,
  type Settle,
} from '../../wire/native/results.ts';
import { goOn, mapInTurns } from '../../core/turns.ts';
import { laneOf, readEvent, type IncomingEvent, type Target, type Transformer } from '../../core/transform.ts';
import { parseJson } from '../body.ts';
import { readEnvelope, readExplain, type Envelope } from '../../wire/native/envelope.ts';
import { sendJson } from '../json.ts';
import type { Outcomes } from '../outcomes.ts';

interface TransformOptions {
  transformer: Transformer;
  /** The same, but that it explains. */
  explainer: Transformer;
  /** Performs dialogues with vendors, where the service does so. */
  settle: Settle | undefined;
  /** The version of the service; answers go to the one that asked only. */
  version: string;
  outcomes: Outcomes;
  now: () => Date;
}

type AnyResult = Result<Send | SendInBatches | AskOutcome>;

/** `POST /transform`: one result per (event, destination) pair, events outermost, and batches where they are asked for. */
export function transformRoute(options: TransformOptions): RequestHandler {
  const { settle, version, outcomes, now } = options;
  return (request, response) => {
    const transformer = readExplain(request.query) ? options.explainer : options.transformer;
    const { value, byteLength } = parseJson(request);
    const envelope = readEnvelope(value, byteLength);
    const { batch, asksItself } = envelope;
    const mapped = map(transformer, envelope, version, now());
    const onAsk: OnAsk<AskOutcome | Fail> = asksItself ? handOver(version) : refuseToAsk;
    const answer = (pairs: readonly Pair[]) => {
      const body = batch ? toBatchedResults(pairs, onAsk) : { results: toResults(pairs, onAsk) };
      tellResults(outcomes, envelope.targets, body.results);
      sendJson(response, 200, body);
    };
    const finish = (pairs: readonly Pair[]) => {
      // Without dialogues there is nothing to wait for.
      if (asksItself || settle === undefined) answer(pairs);
      else return settleAll(transformer, settle, envelope, pairs).then(answer);
    };
    return goOn(mapped, finish);
  };
}

/** Tells operators what callers are told. */
export function tellResults(outcomes: Outcomes, targets: readonly Target[], results: readonly AnyResult[]): void {
  for (const result of results) {
    const { name, config } = targets[result.destination] as Target;
    outcomes.tell(name, result, config, result.messageId);
  }
}

/** All pairs, or those that are gone on with. */
function map(
  transformer: Transformer,
  { events, targets, resume }: Envelope,
  release: string,
  now: Date,
): Pair[] | Promise<Pair[]> {
  if (resume === undefined) {
    const mapEvent = transformer.prepareAll(targets);
    const ofEvents = mapInTurns(events, (incoming, event) => mapEvent(incoming, event, now));
    return goOn(ofEvents, (lists) => lists.flat());
  }
  return resume.map(({ event, destination, answers, ...begun }) => {
    const [incoming, target] = [events[event], targets[destination]] as [IncomingEvent, Target];
    // What another release asked may mean something else to this one.
    const stale = fail('ANSWERS_STALE', `the dialogue was begun by release ${begun.release}`);
    const rejected = begun.rejected ?? (begun.release === release ? undefined : stale);
    const answered = rejected === undefined ? incoming : { ...incoming, rejected };
    return transformer.mapOne({ event, destination }, answered, target, begun.now, answers);
  });
}

/**
 * Holds the dialogues of those pairs that need one.
 * @returns all pairs, in order
 */
export async function settleAll(
  transformer: Transformer,
  settle: Settle,
  { events, targets }: Pick<Envelope, 'events' | 'targets'>,
  pairs: readonly Pair[],
): Promise<readonly Pair[]> {
  const latest = new Map<Pair, Pair>();
  const parties = pairs.flatMap((pair): Party<OutgoingRequest>[] => {
    const { mapped, now } = pair;
    if (mapped.outcome !== 'ask') return [];
    const [incoming, target] = [events[pair.event], targets[pair.destination]] as [IncomingEvent, Target];
    latest.set(pair, pair);
    return [
      {
        asking: mapped,
        account: JSON.stringify([target.name, target.config]),
        lane: laneOf(readEvent(incoming.payload)),
        hosts: transformer.hostsOf(target.name),
        resume: (answers) => {
          const next = transformer.mapOne(pair, incoming, target, now, answers);
          latest.set(pair, next);
          return next.mapped;
        },
      },
    ];
  });
  if (parties.length === 0) return pairs;
  const settled = await settle(parties);
  const ended = new Map(
    [...latest].map(([pair, last], index) => [pair, { ...last, mapped: settled[index] as Settled }]),
  );
  return pairs.map((pair) => ended.get(pair) ?? pair);
}

type Settled = Exclude<Pair['mapped'], { outcome: 'ask' }>;
