import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Request, RequestHandler, Response } from 'express';

import type { Fail } from '../../contract/results.ts';
import type { Json } from '../../core/json.ts';
import { fail } from '../../core/outcome.ts';
import type { Target } from '../../core/transform.ts';
import { chain, inWindows } from '../../core/turns.ts';
import { readFlag, readStreamLine, refOf, type StreamLine } from '../../wire/native/envelope.ts';
import { type Line, readLines } from '../../wire/native/lines.ts';
import { bindPairs, bytesOfPair, type IncomingEvent, type PairMapper, settlePairs } from '../../wire/native/pairs.ts';
import { type OnAsk, toResults } from '../../wire/native/results.ts';
import { parseUtf8 } from '../../wire/parse.ts';
import { Problem } from '../../wire/problem.ts';
import { diagnoseJson } from '../../wire/syntax.ts';
import { bounded, decoded, refuseOtherCharsets, refuseWhereOverloaded } from '../body.ts';
import { type AppLimits, ARRIVAL_MS } from '../limits.ts';
import type { Shared } from './shared.ts';

const NDJSON_TYPE = /^application\/x-ndjson\s*(;|$)/i;

/** How long a client may neither send nor read. */
const STALL_TIMEOUT_MS = 30_000;

/** How many characters of answers to collect before a write. */
const CHUNK_LENGTH = 65_536;

interface StreamOptions extends Shared {
  limits: AppLimits;
}

/**
 * `POST /transform` with a body of JSON lines of any number. Answers are written while the body is still being read,
 * and no faster than the client reads them. Bodies of other types are left to the next handler.
 */
export function streamRoute(options: StreamOptions): RequestHandler {
  return (request, response, next) => {
    if (!NDJSON_TYPE.test(request.headers['content-type'] ?? '')) {
      next();
      return;
    }
    refuseWhereOverloaded(request, options.load);
    return serve(request, response);
  };

  async function serve(request: Request, response: Response): Promise<void> {
    refuseOtherCharsets(request);
    const explain = readFlag('explain', request.query);
    const body = decoded(request, response);
    closeWhenStalled(request, response, options.limits.stall);
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).flushHeaders();
    try {
      await pipeline(new LineStream(options, explain, request, response).answer(body), response);
    } catch (error) {
      if (!isCut(error)) throw error;
    }
  }
}

/** The socket's own time-out counts a slow reader as active. */
function closeWhenStalled(request: Request, response: Response, timeout = STALL_TIMEOUT_MS): void {
  response.setTimeout(timeout, () => {
    cut(request, response, `the client sent and read nothing for ${String(timeout)} ms`);
  });
}

function cut(request: Request, response: Response, message: string): void {
  if (!response.writableEnded) response.write(toLine(fail('STREAM_STALLED', message)));
  // The rest cannot reach a client that has stopped reading.
  setImmediate(() => request.destroy());
}

/** Whether a stream ended because its connection did, which is not an error. */
function isCut(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EPIPE'].includes(code ?? '');
}

/** Calls back if a line takes too long to arrive. The service's own work in between does not count. */
class Patience {
  readonly #milliseconds: number;
  readonly #onEnd: () => void;
  #left: number;
  #began = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, onEnd: () => void) {
    this.#milliseconds = milliseconds;
    this.#onEnd = onEnd;
    this.#left = milliseconds;
  }

  /** Waits for more. */
  wait(): void {
    this.#began = performance.now();
    this.#timer = setTimeout(this.#onEnd, this.#left).unref();
  }

  /** More has arrived. @param isLine whether a line has ended */
  stop(isLine: boolean): void {
    clearTimeout(this.#timer);
    this.#left = isLine ? this.#milliseconds : this.#left - (performance.now() - this.#began);
  }
}

/** The current destinations. */
interface Force {
  /** The size of the line that named them. It counts as a body as long as they are current. */
  bytes: number;
  targets: Target[];
  mapPair: PairMapper;
}

/** For vendors that must be asked first if the service does not ask: streams cannot be resumed. */
const refuse: OnAsk<Fail> = () =>
  fail('DIALOGUE_NEEDED', 'the vendor must be asked first; in a stream, only the service itself can do that');

/** One stream: its current destinations and its counts. */
class LineStream {
  readonly #options: StreamOptions;
  readonly #explain: boolean;
  readonly #request: Request;
  readonly #response: Response;
  #force: Force | undefined;
  #events = 0;
  #results = 0;

  /** @param explain whether results explain where every field comes from */
  constructor(options: StreamOptions, explain: boolean, request: Request, response: Response) {
    this.#options = options;
    this.#explain = explain;
    this.#request = request;
    this.#response = response;
  }

  /** The lines of the answer, several at a time. The last one shows that nothing is missing. */
  async *answer(body: Readable): AsyncGenerator<string> {
    let text = '';
    let number = 0;
    try {
      for await (const lines of this.#linesOf(body)) {
        for (const line of lines) {
          number = line.number;
          for (const part of this.#answerLine(line)) {
            if (typeof part === 'string') text += part;
            else {
              // Nobody would notice a client that leaves before the first wait.
              part.catch(() => undefined);
              // Vendors take their time, so write what is already there.
              if (text !== '') yield text;
              text = await part;
            }
            if (text.length < CHUNK_LENGTH) continue;
            yield text;
            text = '';
            await nextTurn();
          }
        }
        if (text !== '') yield text;
        text = '';
        // A body that is already there would otherwise keep other requests waiting.
        await nextTurn();
      }
    } catch (error) {
      const failure = failureOf(error, body);
      if (failure === undefined) throw error;
      yield toLine({ line: number + 1, ...failure });
      return;
    }
    yield toLine({ end: { events: this.#events, results: this.#results } });
  }

  /**
   * The lines that end in each chunk of the body. The unfinished line is counted as a body.
   * @throws {Problem} SERVICE_OVERLOADED or BODY_TOO_LARGE
   */
  async *#linesOf(body: Readable): AsyncGenerator<Line[]> {
    const { load, limits } = this.#options;
    const { bodyBytes, arrival = ARRIVAL_MS } = limits;
    const patience = new Patience(arrival, () => {
      cut(this.#request, this.#response, `no line was completed within ${String(arrival)} ms`);
    });
    let heldBytes = 0;
    let endedBefore = 0;
    patience.wait();
    try {
      for await (const { lines, ended, keptBytes } of readLines(bounded(body, bodyBytes), bodyBytes)) {
        patience.stop(ended > endedBefore);
        load?.hold(this.#response, keptBytes - heldBytes);
        if (keptBytes > 0 && load?.isFullBut(keptBytes) === true) throw load.shed('bytes');
        [heldBytes, endedBefore] = [keptBytes, ended];
        yield lines;
        patience.wait();
      }
    } finally {
      patience.stop(true);
    }
  }

  /** The answer to a line in parts, synchronously if there is nothing to wait for. */
  *#answerLine({ number: line, bytes }: Line): Generator<string | Promise<string>> {
    const { load, limits, transformer } = this.#options;
    if (bytes !== undefined && load?.hasRoomFor(this.#response, bytes) === false) throw load.shed('heap');
    const read = readLine(bytes, limits.bodyBytes);
    if ('incoming' in read) yield* this.#answerEvent(line, read.incoming);
    else if ('outcome' in read) {
      if (read.path !== undefined) this.#letGo();
      yield this.#toLines([{ line, ...read }]);
    } else {
      const { targets } = read;
      const { length = 0 } = bytes ?? {};
      load?.hold(this.#response, length - (this.#force?.bytes ?? 0));
      this.#force = { bytes: length, targets, mapPair: bindPairs(transformer, targets) };
      if (load?.isFullBut(length) === true) throw load.shed('bytes');
    }
  }

  *#answerEvent(line: number, incoming: IncomingEvent): Generator<string | Promise<string>> {
    const { calls, outcomes, take, now } = this.#options;
    const event = this.#events++;
    if (this.#force === undefined) {
      const { ref } = incoming;
      const homeless = fail('LINE_INVALID', 'there are no valid destinations before this line');
      yield this.#toLines([{ line, event, ...homeless, ...(ref !== undefined && { ref }) }]);
      return;
    }
    const { targets, mapPair } = this.#force;
    if (incoming.rejected === undefined) take?.(incoming.payload, targets);
    const options = { now: now(), explain: this.#explain };
    const map = (destination: number) => mapPair(incoming, { event, destination }, options);
    for (const window of inWindows(targets.length, map, bytesOfPair)) {
      const settled = chain(window, (pairs) => settlePairs(pairs, calls));
      yield chain(settled, (pairs) => {
        const results = toResults(pairs, refuse);
        outcomes.recordResults(targets, results);
        return this.#toLines(results.map((result) => ({ line, ...result })));
      });
    }
  }

  /** There are no current destinations any more. */
  #letGo(): void {
    this.#options.load?.hold(this.#response, -(this.#force?.bytes ?? 0));
    this.#force = undefined;
  }

  #toLines(results: readonly object[]): string {
    this.#results += results.length;
    return results.map(toLine).join('');
  }
}

/** Why a stream ends early, if it is not an error of the service. */
function failureOf(error: unknown, body: Readable): Fail | undefined {
  if (error instanceof Problem) {
    return fail(error.code === 'SERVICE_OVERLOADED' ? 'STREAM_SHED' : 'LINE_INVALID', error.message);
  }
  return body.errored === null ? undefined : fail('LINE_INVALID', 'the body ended early or cannot be decompressed');
}

/** Why a line cannot be read. */
type UnreadLine = Fail & { ref?: Json };

/** Reads a line, or says why it cannot be read. The failure has a path only if the line's destinations are wrong. */
function readLine(bytes: Buffer | undefined, limit: number): StreamLine | UnreadLine {
  if (bytes === undefined) return fail('LINE_INVALID', `the line is larger than ${String(limit)} bytes`);
  let line: Json;
  try {
    line = parseUtf8(bytes).value;
  } catch {
    const { message, readable } = diagnoseJson(bytes, 'the line');
    return { ...fail('LINE_INVALID', message), ...refOf(readable) };
  }
  try {
    return readStreamLine(line, bytes.length);
  } catch (error) {
    if (error instanceof Problem) return { ...fail('LINE_INVALID', error.message, error.path), ...refOf(line) };
    throw error;
  }
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
