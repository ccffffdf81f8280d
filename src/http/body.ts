import type { Request, RequestHandler, Response } from 'express';
import _ from 'lodash';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, type Gunzip } from 'node:zlib';
import { type Json } from '../core/json.ts';
import { Gathered } from '../wire/gathered.ts';
import { NotUtf8, parseUtf8 } from '../wire/parse.ts';
import { Problem } from '../wire/problem.ts';
import { ARRIVAL_MS } from './limits.ts';
import type { Load } from './load.ts';

/** How many times its size a compressed stream may grow; lines of events shrink to a tenth or, at best, a hundredth. */
const MAX_GROWTH = 200;

const decoders = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };

/**
 * Reads the body of a request as bytes, decompressed, whatever its media type, into `request.body`. Express's own reader
 * does the same and more, at a cost that is several times that of transforming an event.
 * @param limit the most bytes it may have, after decompression
 * @param load what the body is counted in
 * @param arrival how long it may take to arrive, in milliseconds
 */
export function readBytes(limit: number, load?: Load, arrival = ARRIVAL_MS): RequestHandler {
  return (request, response, next) => {
    const declared = Number(request.headers['content-length'] ?? Infinity);
    refuseWhereOverloaded(request, load, Number.isFinite(declared) ? declared : 0);
    const stream = decoded(request, response);
    const body = new Gathered();
    let timer: NodeJS.Timeout | undefined;

    const finish = (problem?: Problem) => {
      clearTimeout(timer);
      stream
        .off('data', take)
        .off('end', done)
        .off('error', broken)
        .on('error', () => undefined);
      if (problem === undefined) next();
      else {
        if (stream !== request) stream.destroy();
        throwAway(request);
        next(problem);
      }
    };
    const take = (chunk: Buffer) => {
      body.add(chunk);
      // Most bodies are there at once, and need none.
      if (body.length < declared) timer ??= setTimeout(late, arrival);
      load?.hold(response, chunk.length);
      if (body.length > limit) finish(new Problem('BODY_TOO_LARGE', `the body is larger than ${String(limit)} bytes`));
      // How large a body is, its headers need not say.
      else if (load?.isFullBut(body.length) === true) finish(load.shed('bytes'));
    };
    const done = () => {
      const bytes = body.concat();
      request.body = bytes;
      finish(load?.hasRoomFor(response, bytes) === false ? load.shed('heap') : undefined);
    };
    const broken = () => {
      finish(new Problem('BODY_UNREADABLE', 'the body ended early or cannot be decompressed'));
    };
    const late = () => {
      finish(new Problem('TIMED_OUT', `the body has not arrived within ${String(arrival)} ms`));
    };
    // Of a compressed body, nothing need ever come out.
    if (stream !== request) timer = setTimeout(late, arrival);
    stream.on('data', take).on('end', done).on('error', broken);
  };
}

/**
 * Refuses a request where the process has as much to do as it can.
 * @param bytes what its body has, as far as it is known
 * @throws {Problem} SERVICE_OVERLOADED
 */
export function refuseWhereOverloaded(request: Request, load: Load | undefined, bytes = 0): void {
  const reason = load?.reasonToRefuse(bytes);
  if (load === undefined || reason === undefined) return;
  throwAway(request);
  throw load.shed(reason);
}

/**
 * What a client sends of a body that nobody reads goes nowhere. To close its connection at once would reset it, and a
 * client that sends everything before it reads would never see the answer.
 */
function throwAway(request: Request): void {
  request.unpipe().resume();
}

/** Cuts the connection of a client that has got its answer and does not come to the end of its body. */
export function cutWhenLate(request: Request, arrival = ARRIVAL_MS): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), arrival).unref();
  request.once('close', () => {
    clearTimeout(timer);
  });
}

/**
 * The body of a request as it is after decompression, which ends with the answer at the latest.
 * @throws {Problem} ENCODING_UNSUPPORTED
 */
export function decoded(request: Request, response: Response): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return request;
  if (Object.hasOwn(decoders, encoding)) {
    const decoder = decoders[encoding as keyof typeof decoders]();
    request.once('error', (error) => decoder.destroy(error));
    response.once('close', () => decoder.destroy());
    return request.pipe(decoder);
  }
  throw new Problem('ENCODING_UNSUPPORTED', `the content encoding is none of ${Object.keys(decoders).join(', ')}`);
}

/**
 * The chunks of a stream, as far as it does not grow out of proportion when it is decompressed.
 * @param free how many bytes it may have in any case
 * @throws {Problem} BODY_TOO_LARGE
 */
export async function* bounded(body: Readable, free: number): AsyncGenerator<Buffer> {
  let length = 0;
  // Whoever stops early still has to answer on the same connection.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    const { bytesWritten: compressed = Infinity } = body as Partial<Gunzip>;
    if (length > free + MAX_GROWTH * compressed) {
      throw new Problem('BODY_TOO_LARGE', `the body is larger than ${String(MAX_GROWTH)} times what was sent`);
    }
    yield chunk;
  }
}

/** @throws {Problem} MEDIA_TYPE_UNSUPPORTED where the body is said to be in another charset than UTF-8 */
export function refuseOtherCharsets({ headers }: Request): void {
  const [, charset] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(headers['content-type'] ?? '') ?? [];
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)) return;
  throw new Problem('MEDIA_TYPE_UNSUPPORTED', `the charset is ${_.truncate(charset)}, not utf-8`);
}

const JSON_TYPE = /^application\/([\w.+-]+\+)?json\s*(;|$)/i;

/**
 * Parses a body that `readBytes` has read.
 * @throws {Problem} MEDIA_TYPE_UNSUPPORTED or BODY_NOT_JSON
 */
export function parseJson(request: Request): { value: Json; byteLength: number } {
  const type = request.headers['content-type'];
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new Problem('MEDIA_TYPE_UNSUPPORTED', `the content type is ${type ?? 'absent'}, not application/json`);
  }
  return { value: parseBytes(request), byteLength: (request.body as Buffer).length };
}

/**
 * Parses a body that `readBytes` has read, whatever its media type.
 * @param parse throws where the body is not JSON
 * @throws {Problem} MEDIA_TYPE_UNSUPPORTED or BODY_NOT_JSON
 */
export function parseBytes(request: Request, parse: (bytes: Buffer) => Json = parseUtf8): Json {
  refuseOtherCharsets(request);
  const body = request.body as Buffer;
  try {
    return parse(body);
  } catch (error) {
    if (error instanceof NotUtf8) throw new Problem('BODY_NOT_JSON', 'the body is not UTF-8');
    throw new Problem('BODY_NOT_JSON', body.length === 0 ? 'the body is empty' : 'the body is not JSON');
  }
}
