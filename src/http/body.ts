import type { Request, RequestHandler } from 'express';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { parseUtf8, type Json } from '../core/json.ts';
import { Problem } from '../core/problem.ts';

const decoders = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress };

/**
 * Reads the body of a request as bytes, decompressed, whatever its media type, into `request.body`. Express's own reader
 * does the same and more, at a cost that is several times that of transforming an event.
 * @param limit the most bytes it may have, after decompression
 */
export function readBytes(limit: number): RequestHandler {
  return (request, response, next) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stream = decoded(request);

    const finish = (problem?: Problem) => {
      stream
        .off('data', take)
        .off('end', done)
        .off('error', broken)
        .on('error', () => undefined);
      if (problem === undefined) {
        request.body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length);
        next();
      } else {
        // What else the client sends is thrown away with the connection.
        response.setHeader('Connection', 'close');
        request.unpipe().resume();
        next(problem);
      }
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) finish(new Problem('BODY_TOO_LARGE', `the body is larger than ${String(limit)} bytes`));
      else chunks.push(chunk);
    };
    const done = () => {
      finish();
    };
    const broken = () => {
      finish(new Problem('BODY_UNREADABLE', 'the body ended early or cannot be decompressed'));
    };
    stream.on('data', take).on('end', done).on('error', broken);
  };
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
 * @throws {Problem} BODY_NOT_JSON
 */
export function parseBytes(request: Request): Json {
  const body = request.body as Buffer;
  try {
    return parseUtf8(body);
  } catch {
    throw new Problem('BODY_NOT_JSON', body.length === 0 ? 'the body is empty' : 'the body is not JSON');
  }
}
