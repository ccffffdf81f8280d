import type { Response } from 'express';
import _ from 'lodash';

/** How many elements of a list are made text at once; see `toBytes`. */
const PIECE = 20;

/**
 * Answers with JSON. Express's own `json` also makes an entity tag and negotiates, which no client of these routes
 * requires and which costs more than a small transformation.
 */
export function sendJson(response: Response, status: number, body: unknown, contentType = 'application/json'): void {
  // Text is written together with the headers, at once.
  const content = Array.isArray(body) && body.length > PIECE ? toBytes(body) : JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': `${contentType}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(content),
  });
  response.end(content);
}

/** The JSON text of a list, piece by piece: V8 keeps long text in memory that has to be mapped anew for each. */
function toBytes(list: readonly unknown[]): Buffer {
  const texts = _.chunk(list, PIECE).map((piece) => JSON.stringify(piece));
  const bytes = Buffer.allocUnsafe(_.sumBy(texts, (text) => Buffer.byteLength(text)) - texts.length + 1);
  let end = 0;
  for (const text of texts) {
    // The bracket that ends a piece and the one that begins the next become a comma.
    const start = Math.max(end - 1, 0);
    end = start + bytes.write(text, start);
    if (start > 0) bytes[start] = ','.charCodeAt(0);
  }
  return bytes;
}
