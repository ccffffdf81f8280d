import express, { type Request, type RequestHandler } from 'express';
import { Problem } from './problem.ts';

/**
 * Reads the body of a request as bytes, decompressed, whatever its media type.
 * @param limit the most bytes it may have
 */
export function readBytes(limit: number): RequestHandler {
  return express.raw({ type: () => true, limit });
}

/**
 * Parses a body that `readBytes` has read.
 * @throws {Problem} MEDIA_TYPE_UNSUPPORTED or BODY_NOT_JSON
 */
export function parseJson(request: Request): { value: unknown; byteLength: number } {
  if (!request.is(['application/json', 'application/*+json'])) {
    const given = request.get('content-type');
    throw new Problem('MEDIA_TYPE_UNSUPPORTED', `the content type is ${given ?? 'absent'}, not application/json`);
  }
  const bytes = request.body as Buffer | undefined;
  const text = bytes?.toString('utf8').replace(/^\uFEFF/, '') ?? '';
  try {
    return { value: JSON.parse(text), byteLength: bytes?.length ?? 0 };
  } catch {
    throw new Problem('BODY_NOT_JSON', text === '' ? 'the body is empty' : 'the body is not JSON');
  }
}
