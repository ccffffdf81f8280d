import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, type Gunzip } from 'node:zlib';

import type { Request, RequestHandler, Response } from 'express';
import _ from 'lodash';

import { Gathered } from '../wire/gathered.ts';
import { type Parsed, parseUtf8 } from '../wire/parse.ts';
import { Problem } from '../wire/problem.ts';
import { diagnoseJson } from '../wire/syntax.ts';
import { ARRIVAL_MS } from './limits.ts';
import type { Load } from './load.ts';

/** The maximum growth of a decompressed stream. Lines of events compress to a tenth or, at best, a hundredth. */
const MAX_GROWTH = 200;

const decoders = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };

/**
 * Reads the body of a request as bytes, decompressed, whatever its media type, into `request.body`. Express's reader
 * does the same and more, but costs several times as much as transforming an event.
 * @param limit the maximum size after decompression, in bytes
 * @param load counts the body
 * @param arrival the maximum time to arrive, in milliseconds
 */
export function readBytes(limit: number, load?: Load, arrival = ARRIVAL_MS): RequestHandler {
  return (request, response, next) => {
    const declared = Number(request.headers['content-length'] ?? Infinity);
    refuseWhereOverloaded(request, load, Number.isFinite(declared) ? declared : 0);
    const stream = decoded(request, response);
    const body = new Gathered();
    let timer: NodeJS.Timeout | undefined;

    let isFinished = false;
    const finish = (problem?: Problem) => {
      // A stream may still break later.
      if (isFinished) return;
      isFinished = true;
      clearTimeout(timer);
      if (problem === undefined) {
        next();
        return;
      }
      stream.off('data', take);
      if (stream !== request) stream.destroy();
      throwAway(request);
      next(problem);
    };
    const take = (chunk: Buffer) => {
      body.add(chunk);
      // Most bodies arrive at once, and need no timer.
      if (body.length < declared) timer ??= setTimeout(late, arrival);
      load?.hold(response, chunk.length);
      if (body.length > limit) finish(new Problem('BODY_TOO_LARGE', `the body is larger than ${String(limit)} bytes`));
      // How large a body is, its headers need not say.
      else if (load?.isFullBut(body.length) === true) finish(load.shed('bytes'));
    };
    const done = () => {
      if (isFinished) return;
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
    // A compressed body may never produce any output.
    if (stream !== request) timer = setTimeout(late, arrival);
    stream.on('data', take).on('end', done).on('error', broken);
  };
}

/**
 * Refuses a request if the process is overloaded.
 * @param bytes the body's size, as far as it is known
 * @throws {Problem} SERVICE_OVERLOADED
 */
export function refuseWhereOverloaded(request: Request, load: Load | undefined, bytes = 0): void {
  const reason = load?.reasonToRefuse(bytes);
  if (load === undefined || reason === undefined) return;
  throwAway(request);
  throw load.shed(reason);
}

/**
 * Discards the unread rest of a body. Closing the connection at once would reset it, and a client that sends everything
 * before it reads would never see the answer.
 */
function throwAway(request: Request): void {
  request.unpipe().resume();
}

/** Disconnects a client that has its answer and doesn't finish its body. */
export function cutWhenLate(request: Request, arrival = ARRIVAL_MS): void {
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), arrival).unref();
  request.once('close', () => {
    clearTimeout(timer);
  });
}

/**
 * The decompressed body of a request. It ends with the answer at the latest.
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
  throw new Problem('ENCODING_UNSUPPORTED', `the content encoding is not one of ${Object.keys(decoders).join(', ')}`);
}

/**
 * The chunks of a stream, as long as decompression doesn't let it grow out of proportion.
 * @param free the number of bytes that are always allowed
 * @throws {Problem} BODY_TOO_LARGE
 */
export async function* bounded(body: Readable, free: number): AsyncGenerator<Buffer> {
  let length = 0;
  // A reader that stops early still has to answer on the same connection.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    const { bytesWritten: compressed = Infinity } = body as Partial<Gunzip>;
    if (length > free + MAX_GROWTH * compressed) {
      throw new Problem(
        'BODY_TOO_LARGE',
        `the body is more than ${String(MAX_GROWTH)} times larger than its compressed form`,
      );
    }
    yield chunk;
  }
}

/** @throws {Problem} MEDIA_TYPE_UNSUPPORTED if the body has another charset than UTF-8 */
export function refuseOtherCharsets({ headers }: Request): void {
  const [, charset] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(headers['content-type'] ?? '') ?? [];
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)) return;
  throw new Problem('MEDIA_TYPE_UNSUPPORTED', `the charset is ${_.truncate(charset)}; send utf-8`);
}

const JSON_TYPE = /^application\/([\w.+-]+\+)?json\s*(;|$)/i;

/**
 * Parses a body that `readBytes` has read.
 * @throws {Problem} MEDIA_TYPE_UNSUPPORTED or BODY_NOT_JSON
 */
export function parseJson(request: Request): Parsed {
  const type = request.headers['content-type'];
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new Problem('MEDIA_TYPE_UNSUPPORTED', `the content type is ${type ?? 'absent'}; send application/json`);
  }
  return parseBytes(request, parseUtf8);
}

/**
 * Parses a body that `readBytes` has read, whatever its media type.
 * @param parse throws if the body is not JSON
 * @throws {Problem} MEDIA_TYPE_UNSUPPORTED or BODY_NOT_JSON
 */
export function parseBytes<T extends Parsed>(request: Request, parse: (bytes: Buffer) => T): T {
  refuseOtherCharsets(request);
  const body = request.body as Buffer;
  try {
    return parse(body);
  } catch {
    throw new Problem('BODY_NOT_JSON', diagnoseJson(body, 'the body').message);
  }
}
