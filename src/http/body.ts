import type { Request, RequestHandler } from 'express';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type Json } from '../core/json.ts';
import { parseUtf8 } from '../wire/parse.ts';
import { Problem } from '../wire/problem.ts';
import type { Load } from './load.ts';

/** How long a body may take to arrive; a client that is as slow as that is none. */
const TIMEOUT_MS = 60_000;

const decoders = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };

/**
 * Reads the body of a request as bytes, decompressed, whatever its media type, into `request.body`. Express's own reader
 * does the same and more, at a cost that is several times that of transforming an event.
 * @param limit the most bytes it may have, after decompression
 * @param load what the body is counted in
 */
export function readBytes(limit: number, load?: Load): RequestHandler {
  return (request, response, next) => {
    const declared = Number(request.headers['content-length'] ?? Infinity);
    refuseWhereOverloaded(request, load, Number.isFinite(declared) ? declared : 0);
    const stream = decoded(request);
    const chunks: Buffer[] = [];
    let length = 0;
    let timer: NodeJS.Timeout | undefined;

    const finish = (problem?: Problem) => {
      clearTimeout(timer);
      stream
        .off('data', take)
        .off('end', done)
        .off('error', broken)
        .on('error', () => undefined);
      if (problem === undefined) {
        request.body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length);
        next();
      } else {
        throwAway(request);
        next(problem);
      }
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      // Most bodies are there at once, and need none.
      if (stream !== request || length < declared) timer ??= setTimeout(late, TIMEOUT_MS);
      load?.hold(response, chunk.length);
      if (length > limit) finish(new Problem('BODY_TOO_LARGE', `the body is larger than ${String(limit)} bytes`));
      // How large a body is, its headers need not say.
      else if (load?.isFullBut(length) === true) finish(load.shed('bytes'));
    };
    const done = () => {
      finish();
    };
    const broken = () => {
      finish(new Problem('BODY_UNREADABLE', 'the body ended early or cannot be decompressed'));
    };
    const late = () => {
      finish(new Problem('TIMED_OUT', `the body has not arrived within ${String(TIMEOUT_MS)} ms`));
    };
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
 * client that sends everything before it reads would never see the answer; one that does not come to an end is cut off.
 */
function throwAway(request: Request): void {
  request.unpipe().resume();
  const timer = setTimeout(() => request.destroy(), TIMEOUT_MS).unref();
  request.once('close', () => {
    clearTimeout(timer);
  });
}

/**
 * The body of a request as it is after decompression.
 * @throws {Problem} ENCODING_UNSUPPORTED
 */
export function decoded(request: Request): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return request;
  if (Object.hasOwn(decoders, encoding)) {
    const decoder = decoders[encoding as keyof typeof decoders]();
    request.once('error', (error) => decoder.destroy(error));
    return request.pipe(decoder);
  }
  throw new Problem('ENCODING_UNSUPPORTED', `the content encoding is none of ${Object.keys(decoders).join(', ')}`);
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
 * @throws {Problem} BODY_NOT_JSON
 */
export function parseBytes(request: Request, parse: (bytes: Buffer) => Json = parseUtf8): Json {
  const body = request.body as Buffer;
  try {
    return parse(body);
  } catch {
    throw new Problem('BODY_NOT_JSON', body.length === 0 ? 'the body is empty' : 'the body is not JSON');
  }
}
